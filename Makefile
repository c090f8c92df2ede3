# cpprof: build, test, measure, install. `make help` lists the targets.

VERSION := 0.1.0
PREFIX  ?= /usr/local
# make has built-in values of its own for these two
ifeq ($(origin CC),default)
CC := gcc
endif
ifeq ($(origin CXX),default)
CXX := g++
endif
CLANG   ?= clang
SANITIZE ?=

# Products of a sanitizer build stay apart from those of the plain one.
empty :=
comma := ,
B := build$(if $(SANITIZE),/sanitize-$(subst $(comma),-,$(SANITIZE)))

WARN := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith \
        -Wno-unused-parameter
CSTD := -std=gnu11
INC  := -I. -I$(B)/gen
# Keep this checkout's path out of the debug information.
MAP  := -ffile-prefix-map=$(CURDIR)=.
CFLAGS ?= -O2 -g
SANFLAGS := $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer)

HOST_CFLAGS := $(CSTD) $(CFLAGS) $(WARN) $(INC) $(MAP) $(SANFLAGS) -D_GNU_SOURCE -DCPPROF_VERSION='"$(VERSION)"'
# Of debug information; valgrind 3.19 gives up a program over the version 5 that clang makes.
DWARF4 := $(if $(filter -g%,$(CFLAGS)),-gdwarf-4)
# The agent: hidden symbols, initial-exec TLS, frames that fit on a small alternate stack. It is
# never built with a sanitizer, whose runtime may not be what a host has.
AGENT_CFLAGS := $(CSTD) $(CFLAGS) $(DWARF4) $(INC) $(MAP) -fPIC -fvisibility=hidden
PIC_CFLAGS   := $(AGENT_CFLAGS) $(WARN) -D_GNU_SOURCE -DCPPROF_VERSION='"$(VERSION)"' \
                -ftls-model=initial-exec -fasynchronous-unwind-tables -fno-stack-protector \
                -fno-builtin-malloc -fno-plt

PROTO_SRC     := $(wildcard proto/*.c)
ARENA_SRC     := $(wildcard arena/*.c)
PRELOAD_SRC   := $(wildcard preload/*.c preload/*/*.c)
BASE_SRC      := $(wildcard base/*.c)
SYMBOLIZE_SRC := $(wildcard symbolize/*.c)
READER_SRC    := $(wildcard reader/*.c reader/*/*.c)
COLLECTOR_SRC := $(wildcard collector/*.c collector/*/*.c)
# What the agent takes of proto: the writer, not the decoder.
AGENT_PROTO_SRC := proto/writer.c
GEN := $(B)/gen/proto/profile.pb-c.c

host_obj = $(patsubst %.c,$(B)/obj/%.o,$(1))
pic_obj  = $(patsubst %.c,$(B)/pic/%.o,$(1))

PROTO_OBJ     := $(call host_obj,$(PROTO_SRC)) $(B)/obj/gen/profile.pb-c.o
ARENA_OBJ     := $(call host_obj,$(ARENA_SRC))
# Everything that runs outside of a host, but for main().
OUTSIDE_OBJ   := $(call host_obj,$(filter-out collector/main.c,$(COLLECTOR_SRC)) $(READER_SRC) $(SYMBOLIZE_SRC) $(BASE_SRC)) \
                 $(ARENA_OBJ) $(PROTO_OBJ)
AGENT_OBJ     := $(call pic_obj,$(PRELOAD_SRC) $(ARENA_SRC) $(AGENT_PROTO_SRC)) $(B)/pic/gen/profile.pb-c.o
UNWIND_OBJ    := $(call pic_obj,$(wildcard preload/unwind/*.c))

# Libraries that the command loads when it first uses them, base/late_library.h: their names here.
soname = $(shell readelf -d "$$($(CC) -print-file-name=lib$(1).so)" 2>/dev/null | sed -n 's/.*SONAME.*\[\(.*\)\]/\1/p')
$(B)/obj/reader/source/curl_late.o: HOST_CFLAGS += -DCURL_SONAME='"$(call soname,curl)"'
$(B)/obj/collector/serve/mhd_late.o: HOST_CFLAGS += -DMHD_SONAME='"$(call soname,microhttpd)"'

HOST_LIBS := -lpcre2-8 -lprotobuf-c -lz -ldw -lelf -lunwind-x86_64 -l:libiberty.a -ledit -lpthread -lm

# `make V=1` shows the commands.
ifneq ($(V),1)
Q = @printf '  %-5s %s\n' $(1) $@;
endif

.PHONY: all
all: setup-build $(B)/lib/libcpprof.so $(B)/bin/cpprof ## the agent and the command

SETUPS := $(addprefix setup-,build demo test hosts bench peers flame fuzz)
.PHONY: $(SETUPS)
$(SETUPS): setup-%:
	@scripts/setup $*

# Objects are kept, also those that only a test program needed.
.SECONDARY:

# ---- objects

# Order-only: with make -j, too, what the build needs is installed before it begins.
$(B)/gen/proto/profile.pb-c.c: proto/profile.proto | setup-build
	@mkdir -p $(@D)
	$(call Q,GEN)protoc-c --c_out=$(B)/gen $<

$(B)/obj/gen/profile.pb-c.o: $(GEN)
	@mkdir -p $(@D)
	$(call Q,CC)$(CC) $(CSTD) $(CFLAGS) $(INC) $(MAP) $(SANFLAGS) -c -o $@ $<

$(B)/pic/gen/profile.pb-c.o: $(GEN)
	@mkdir -p $(@D)
	$(call Q,CC)$(CC) $(AGENT_CFLAGS) -DNDEBUG -c -o $@ $<

$(B)/obj/%.o: %.c | $(GEN)
	@mkdir -p $(@D)
	$(call Q,CC)$(CC) $(HOST_CFLAGS) -MMD -MP -c -o $@ $<

# What this file puts into the command with .incbin, which the compiler's -MMD does not see.
$(B)/obj/reader/export/flame_page.o: $(wildcard reader/export/flame*.html reader/export/flame*.css reader/export/flame*.js)

# Hooks that servers call most are to fit on one page, so without holes for the sake of their jumps. clang has
# no such options, and would say so.
$(B)/pic/preload/hooks/%.o: PIC_CFLAGS += -fno-align-jumps -fno-align-labels -Wno-ignored-optimization-argument

$(B)/pic/%.o: %.c | $(GEN)
	@mkdir -p $(@D)
	$(call Q,CC)$(CC) $(PIC_CFLAGS) -MMD -MP -c -o $@ $<

# ---- products

$(B)/lib/libcpprof.so: $(AGENT_OBJ) preload/versions.map
	@mkdir -p $(@D)
	$(call Q,LD)$(CC) -shared -o $@ $(AGENT_OBJ) -Wl,-soname,libcpprof.so -Wl,--version-script=preload/versions.map \
	    -Wl,-z,relro,-z,now,-z,nodelete,--no-undefined,--build-id -Wl,-Bsymbolic-functions \
	    -l:libprotobuf-c.a -l:libz.a -Wl,--exclude-libs,ALL

$(B)/bin/cpprof: $(B)/obj/collector/main.o $(OUTSIDE_OBJ)
	@mkdir -p $(@D)
	$(call Q,LD)$(CC) $(SANFLAGS) -o $@ $^ $(HOST_LIBS)

# ---- unit tests: tests/unit/NAME.c, linked with everything that runs outside of a host

UNIT_BIN := $(patsubst tests/unit/%.c,$(B)/tests/unit/%,$(wildcard tests/unit/*.c))

$(B)/tests/unit/%: $(B)/obj/tests/unit/%.o $(OUTSIDE_OBJ)
	@mkdir -p $(@D)
	$(call Q,LD)$(CC) $(SANFLAGS) -o $@ $^ -lcmocka $(HOST_LIBS)

# The one part of the agent that needs no process around it.
$(B)/tests/unit/store_index: $(B)/obj/preload/store_index.o

# ---- the unwinder against libunwind: tests/unwind/NAME.c, linked with the unwinder alone

UNWIND_BIN := $(patsubst tests/unwind/%.c,$(B)/tests/unwind/%,$(wildcard tests/unwind/*.c))

$(B)/tests/unwind/%: $(B)/obj/tests/unwind/%.o $(UNWIND_OBJ)
	@mkdir -p $(@D)
	$(call Q,LD)$(CC) -o $@ $^ -lcmocka -lunwind -lpthread

-include $(wildcard tests/*/rules.mk)
-include $(shell find $(B)/obj $(B)/pic $(B)/tests -name '*.d' 2>/dev/null)

# ---- what people type

UNIT_SUITES    := $(UNIT_BIN)
UNWIND_SUITES  := $(UNWIND_BIN)
# Programs run under the agent: SANITIZE does not concern them.
PROGRAM_SUITES := tests/object/run tests/preload/run tests/threads/run tests/faults/run "tests/truth/run --untimed"
SERVER_SUITES  := tests/hosts/run tests/serve/run "tests/suites/run --short"
# By the other compiler.
CLANG_SUITES   := tests/object/clang
# Times are compared with what programs measure themselves.
TIMED_SUITES   := "tests/truth/run --timed"
# They run the command alone, beside go tool pprof. Without a Chromium, flame says so and skips; check-flame
# installs one.
READER_SUITES := tests/reader/run tests/reader/code tests/reader/fetch tests/reader/seed tests/reader/shell \
                 tests/reader/export tests/reader/flame

# For who types no more than that, on all processors; with a -j of theirs, as they say.
BUILD = $(MAKE) --no-print-directory $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc))

.PHONY: check unit stress
check: setup-test ## every test; SANITIZE=address,undefined for those outside the agent
	+@$(BUILD) all $(UNIT_BIN) $(if $(SANITIZE),,$(UNWIND_BIN))
	@scripts/check $(if $(SANITIZE),,$(PROGRAM_SUITES) --) $(UNIT_SUITES) \
	    $(if $(SANITIZE),,$(UNWIND_SUITES) $(CLANG_SUITES) $(READER_SUITES) $(SERVER_SUITES) -- $(TIMED_SUITES))

unit: setup-test all $(UNIT_BIN) ## unit tests only
	@scripts/check $(UNIT_SUITES)

.PHONY: check-flame
check-flame: setup-flame all ## flame graphs in a headless Chromium, which is installed for it
	@scripts/check tests/reader/flame

stress: setup-test all ## the long forms: a minute of hostile loops, 100 kills, 10 heap runs
	@LONG=1 STORM_SECONDS=60 scripts/check $(PROGRAM_SUITES) tests/hosts/run tests/serve/run $(TIMED_SUITES)

.PHONY: truth
truth: setup-test setup-peers all ## one table of all that is claimed: truth, measured, bound, other profilers beside
	@LONG=1 tests/truth/run

.PHONY: soak
soak: setup-test all ## a day's events in half an hour: 10^9 mallocs, 10^7 contended locks, 10^6 threads
	@SOAK=1 tests/faults/run soak

.PHONY: check-hosts
check-hosts: setup-hosts all ## other people's tests, with and without the agent, case by case (an hour)
	@tests/suites/run

.PHONY: demo
demo: setup-demo ## a small service under the agent, and the top of each of its profiles
	+@$(BUILD) all
	@scripts/demo $(B)

.PHONY: bench
bench: setup-bench all ## ratios with and without the agent, and of the reader to go tool pprof
	@scripts/bench $(B)
	@scripts/bench_reader $(B)

FUZZ_SECONDS ?= 60
.PHONY: fuzz
fuzz: setup-fuzz $(GEN) ## every fuzz target for FUZZ_SECONDS=60 each
	@scripts/fuzz $(FUZZ_SECONDS) $(wildcard tests/fuzz/*.c)

.PHONY: format
format: ## clang-format over the sources
	clang-format -i $(wildcard */*.[ch] tests/*/*.[ch] tests/*/*/*.[ch])

DEST := $(DESTDIR)$(PREFIX)
.PHONY: install uninstall
install: all ## PREFIX=/usr/local, DESTDIR=: library, command, manual, pkg-config file
	install -d $(DEST)/bin $(DEST)/lib/pkgconfig $(DEST)/share/man/man1 $(DEST)/share/man/man7
	install -m 755 $(B)/bin/cpprof $(DEST)/bin/cpprof
	install -m 755 $(B)/lib/libcpprof.so $(DEST)/lib/libcpprof.so
	install -m 644 docs/cpprof.1 $(DEST)/share/man/man1/cpprof.1
	install -m 644 docs/libcpprof.7 $(DEST)/share/man/man7/libcpprof.7
	sed -e 's|@PREFIX@|$(PREFIX)|; s|@VERSION@|$(VERSION)|' docs/cpprof.pc.in > $(DEST)/lib/pkgconfig/cpprof.pc
	chmod 644 $(DEST)/lib/pkgconfig/cpprof.pc

uninstall: ## removes what install put there
	rm -f $(DEST)/bin/cpprof $(DEST)/lib/libcpprof.so $(DEST)/share/man/man1/cpprof.1 \
	    $(DEST)/share/man/man7/libcpprof.7 $(DEST)/lib/pkgconfig/cpprof.pc

.PHONY: clean
clean: ## removes build/
	rm -rf build

.PHONY: help
help: ## this
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{printf "%-18s %s\n", $$1, $$2}'
