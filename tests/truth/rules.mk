# The truth tests: programs whose CPU time and heap are known, a reader of profiles, and tests/truth/run
# that compares the two.

TRUTH_PROGRAMS := $(patsubst tests/truth/programs/%.c,$(B)/tests/truth/%,$(wildcard tests/truth/programs/*.c)) \
    $(patsubst tests/truth/programs/%.cpp,$(B)/tests/truth/%,$(wildcard tests/truth/programs/*.cpp))

# Where there is no rustc, the truth of it is skipped.
ifneq ($(shell command -v rustc),)
TRUTH_PROGRAMS += $(B)/tests/truth/waits_rust
endif

$(B)/tests/truth/waits_rust: tests/truth/programs/waits_rust.rs
	@mkdir -p $(@D)
	MAKEFLAGS= rustc --edition 2021 -O -g --remap-path-prefix $(CURDIR)=. -o $@ $<

# What a user might have: optimised, no frame pointers, no sanitizer.
TRUTH_CFLAGS := -O2 -g -Wall -Wextra -Wno-unused-parameter -I. $(MAP) -MMD -MP

$(B)/tests/truth/%: tests/truth/programs/%.c
	@mkdir -p $(@D)
	$(CC) $(CSTD) -D_GNU_SOURCE $(TRUTH_CFLAGS) -o $@ $< -lpthread -lm

$(B)/tests/truth/libs/heap_library_%.so: tests/truth/programs/libs/heap_library.c
	@mkdir -p $(@D)
	$(CC) $(CSTD) -D_GNU_SOURCE $(TRUTH_CFLAGS) -DSITE=site_library_$* -fPIC -shared -o $@ $<

$(B)/tests/truth/heap_reloaded: $(B)/tests/truth/libs/heap_library_a.so $(B)/tests/truth/libs/heap_library_b.so

$(B)/tests/truth/%: tests/truth/programs/%.cpp
	@mkdir -p $(@D)
	$(CXX) -fsized-deallocation $(TRUTH_CFLAGS) -o $@ $< -lpthread

$(B)/tests/truth/totals: $(B)/obj/tests/truth/totals.o $(B)/obj/tests/truth/names.o $(PROTO_OBJ)
	@mkdir -p $(@D)
	$(CC) $(SANFLAGS) -o $@ $^ -lprotobuf-c -lz -ldw -lelf

$(B)/tests/truth/symbols: $(B)/obj/tests/truth/symbols.o $(OUTSIDE_OBJ)
	@mkdir -p $(@D)
	$(CC) $(SANFLAGS) -o $@ $^ $(HOST_LIBS)

.PHONY: truth-programs
truth-programs: $(TRUTH_PROGRAMS) $(B)/tests/truth/totals $(B)/tests/truth/symbols
