# Programs that tests/threads/run looks into, as users build theirs; the static one is linked like any
# static program of this system.

THREADS_PROGRAMS := $(addprefix $(B)/tests/threads/,bank bank_static crash calm leaderless remapped shifter spawner vforker)
THREADS_CFLAGS := -O2 -g -Wall -Wextra -Wno-unused-parameter -I. $(MAP) -MMD -MP

$(B)/tests/threads/%: tests/threads/programs/%.c
	@mkdir -p $(@D)
	$(CC) $(CSTD) -D_GNU_SOURCE $(THREADS_CFLAGS) -o $@ $< -pthread

$(B)/tests/threads/%: tests/threads/programs/%.cpp
	@mkdir -p $(@D)
	$(CXX) $(THREADS_CFLAGS) -o $@ $< -pthread

$(B)/tests/threads/bank_static: tests/threads/programs/bank.cpp
	@mkdir -p $(@D)
	$(CXX) -static $(THREADS_CFLAGS) -o $@ $< -pthread

.PHONY: threads-programs
threads-programs: $(THREADS_PROGRAMS)
