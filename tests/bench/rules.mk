# The programs that scripts/bench measures, with and without the agent.

BENCH_PROGRAMS := $(patsubst tests/bench/programs/%.c,$(B)/tests/bench/%,$(filter-out %/bare_hooks.c,$(wildcard tests/bench/programs/*.c))) \
    $(patsubst tests/bench/programs/%.cpp,$(B)/tests/bench/%,$(wildcard tests/bench/programs/*.cpp)) \
    $(B)/tests/bench/unwind_bench $(B)/tests/bench/bare_hooks.so

BENCH_CFLAGS := -O2 -g -Wall -Wextra -Wno-unused-parameter -I. $(MAP) -MMD -MP

$(B)/tests/bench/%: tests/bench/programs/%.c
	@mkdir -p $(@D)
	$(CC) $(CSTD) -D_GNU_SOURCE $(BENCH_CFLAGS) -o $@ $< -lpthread

$(B)/tests/bench/%: tests/bench/programs/%.cpp
	@mkdir -p $(@D)
	$(CXX) $(BENCH_CFLAGS) -o $@ $< -lpthread

$(B)/tests/bench/%.so: tests/bench/programs/%.c
	@mkdir -p $(@D)
	$(CC) $(CSTD) -D_GNU_SOURCE $(BENCH_CFLAGS) -fno-builtin-malloc -fPIC -shared -o $@ $<

# With frame pointers, for the walk along them.
$(B)/tests/bench/unwind_bench: tests/bench/unwind_bench.c $(UNWIND_OBJ)
	@mkdir -p $(@D)
	$(CC) $(CSTD) -D_GNU_SOURCE $(BENCH_CFLAGS) -fno-omit-frame-pointer -fno-optimize-sibling-calls -o $@ $(filter %.c %.o,$^) -lunwind -lpthread

.PHONY: bench-programs
bench-programs: $(BENCH_PROGRAMS)
