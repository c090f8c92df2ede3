# Workloads of the unwinder's tests: each a library of its own beside the test programs, compiled in
# a way that makes a different kind of frame.

UNWIND_WORK := recursive stripped exceptions callbacks libc alloca realigned \
    entry_aligned signals stepped_signal fibers noreturn nocfi
UNWIND_WORK_SO := $(patsubst %,$(B)/tests/unwind/work_%.so,$(UNWIND_WORK))

WORK_CFLAGS := -D_GNU_SOURCE -O2 -g -fPIC -fomit-frame-pointer -Wall -Wextra -Wno-unused-parameter $(MAP)

$(B)/tests/unwind/work_stripped.so: WORK_CFLAGS += -s

# Its own copy of the C++ run time: libunwind, which the test links, takes over exceptions otherwise.
$(B)/tests/unwind/work_exceptions.so: WORK_CFLAGS += -static-libstdc++ -static-libgcc -Wl,-Bsymbolic

$(B)/tests/unwind/work_stripped.so: tests/unwind/work/recursive.c
	@mkdir -p $(@D)
	$(CC) $(WORK_CFLAGS) -shared -Wl,-z,lazy -o $@ $<

$(B)/tests/unwind/work_%.so: tests/unwind/work/%.c
	@mkdir -p $(@D)
	$(CC) $(WORK_CFLAGS) -shared -Wl,-z,lazy -o $@ $<

$(B)/tests/unwind/work_%.so: tests/unwind/work/%.cpp
	@mkdir -p $(@D)
	$(CXX) $(WORK_CFLAGS) -shared -Wl,-z,lazy -o $@ $<

# The same test with the unwinder's own list of objects, as where glibc has no _dl_find_object.
UNWIND_BIN += $(B)/tests/unwind/own_objects

$(B)/pic/tests/unwind/own_objects.o: preload/unwind/unwind_object.c
	@mkdir -p $(@D)
	$(CC) $(PIC_CFLAGS) -D_dl_find_object=absent_from_libc -MMD -MP -c -o $@ $<

$(B)/tests/unwind/own_objects: $(B)/obj/tests/unwind/against_libunwind.o \
    $(filter-out %/unwind_object.o,$(UNWIND_OBJ)) $(B)/pic/tests/unwind/own_objects.o
	$(CC) -o $@ $^ -lcmocka -lunwind -lpthread

# In an executable whose segments lie apart. Without a frame pointer, by which the way up would be guessed.
UNWIND_BIN += $(B)/tests/unwind/segments_apart

$(B)/tests/unwind/segments_apart: $(B)/obj/tests/unwind/start.o $(UNWIND_OBJ)
	$(CC) -o $@ $^ -no-pie -Wl,-z,separate-code,-z,max-page-size=0x200000 -lcmocka -lunwind -lpthread

$(UNWIND_BIN): | $(UNWIND_WORK_SO)
