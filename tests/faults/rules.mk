# What tests/faults/run makes go wrong: programs built as their authors would, and readers of profiles that
# it takes from the other tests.

FAULTS_PROGRAMS := $(patsubst tests/faults/programs/%.c,$(B)/tests/faults/%,$(filter-out %_library.c,$(wildcard tests/faults/programs/*.c))) \
    $(B)/tests/faults/walked_library.so $(B)/tests/faults/clock_back_library.so

FAULTS_CFLAGS := -O1 -g -fno-omit-frame-pointer -Wall -Wextra -Wno-unused-parameter -D_GNU_SOURCE -I. $(MAP) -MMD -MP

$(B)/tests/faults/%: tests/faults/programs/%.c
	@mkdir -p $(@D)
	$(CC) $(CSTD) $(FAULTS_CFLAGS) -o $@ $< -pthread -ldl

$(B)/tests/faults/%_library.so: tests/faults/programs/%_library.c
	@mkdir -p $(@D)
	$(CC) $(CSTD) $(FAULTS_CFLAGS) -fPIC -shared -o $@ $<

.PHONY: faults-programs
faults-programs: $(FAULTS_PROGRAMS) $(B)/tests/truth/totals
	@$(MAKE) -s -f tests/preload/rules.mk B=$(B) $(B)/tests/preload/check_profile $(B)/tests/preload/ask_threads
