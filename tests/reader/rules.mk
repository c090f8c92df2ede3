# What tests/reader/run compares `cpprof` and `go tool pprof` on: a program to record, one that makes
# profiles of texts, one that asks regular expressions, and, where Go is installed, a program whose profiles
# are Go's, and which asks Go's regular expressions.

READER_PROGRAMS := $(B)/tests/reader/recorded $(B)/tests/reader/make_profile $(B)/tests/reader/regexps
# What scripts/bench_reader reads.
READER_BENCH_PROGRAMS := $(B)/tests/reader/large_profile $(B)/tests/reader/usage
ifneq ($(shell command -v go),)
READER_PROGRAMS += $(B)/tests/reader/go_program
endif

$(B)/tests/reader/recorded: tests/reader/programs/recorded.cpp
	@mkdir -p $(@D)
	$(CXX) -O2 -g -Wall -Wextra $(MAP) -MMD -MP -o $@ $< -pthread

$(B)/tests/reader/make_profile $(B)/tests/reader/large_profile $(B)/tests/reader/usage: $(B)/tests/reader/%: $(B)/obj/tests/reader/programs/%.o $(PROTO_OBJ)
	@mkdir -p $(@D)
	$(CC) $(SANFLAGS) -o $@ $^ -lprotobuf-c -lz

$(B)/tests/reader/regexps: $(B)/obj/tests/reader/programs/regexps.o $(OUTSIDE_OBJ)
	@mkdir -p $(@D)
	$(CC) $(SANFLAGS) -o $@ $^ $(HOST_LIBS)

$(B)/tests/reader/go_program: $(wildcard tests/reader/go/*)
	@mkdir -p $(@D)
	cd tests/reader/go && GOTOOLCHAIN=local go build -trimpath -o $(abspath $@) .

.PHONY: reader-programs
reader-programs: $(READER_PROGRAMS)
.PHONY: reader-bench-programs
reader-bench-programs: $(READER_BENCH_PROGRAMS)
