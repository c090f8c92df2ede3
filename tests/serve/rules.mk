# What tests/serve/run asks for profiles: a program of known amounts, arenas of programs that are not
# there, and, where Go is installed, a program with net/http/pprof.

SERVE_PROGRAMS := $(B)/tests/serve/worker $(B)/tests/serve/arenas
ifneq ($(shell command -v go),)
SERVE_PROGRAMS += $(B)/tests/serve/reference
endif

$(B)/tests/serve/%: tests/serve/programs/%.c
	@mkdir -p $(@D)
	$(CC) $(CSTD) -D_GNU_SOURCE -O2 -g -Wall -Wextra -Wno-unused-parameter -I. $(MAP) -MMD -MP -o $@ $< -pthread

$(B)/tests/serve/reference: $(wildcard tests/serve/reference/*)
	@mkdir -p $(@D)
	cd tests/serve/reference && GOTOOLCHAIN=local go build -trimpath -o $(abspath $@) .

.PHONY: serve-programs
serve-programs: $(SERVE_PROGRAMS)
