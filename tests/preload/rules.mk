# The agent's hostile programs: tests/preload/prog/NAME.c and NAME.cpp, each a program of its own,
# built as its author would, without anything of ours. `run` builds them with
#   make -f tests/preload/rules.mk
# and so does anybody who includes this file and asks for preload-programs.

B   ?= build
CC  := $(if $(filter default,$(origin CC)),gcc,$(CC))
CXX := $(if $(filter default,$(origin CXX)),g++,$(CXX))

PROG_DIR    := $(B)/tests/preload
PROG_CFLAGS := -O1 -g -fno-omit-frame-pointer -Wall -Wextra -Wno-unused-parameter -D_GNU_SOURCE
PROG_HEADERS := $(wildcard tests/preload/prog/*.h)

# Those that are not plain executables have rules of their own below.
PROG_SPECIAL := plugin plugin_cxx waits_plugin loader_lock_plugin
PROG_NAMES   := $(filter-out $(PROG_SPECIAL),$(basename $(notdir \
    $(wildcard tests/preload/prog/*.c tests/preload/prog/*.cpp))))
PROG_BIN     := $(PROG_NAMES:%=$(PROG_DIR)/%) \
    $(PROG_DIR)/state_nopie $(PROG_DIR)/victim_nopie $(PROG_DIR)/victim_stripped \
    $(PROG_DIR)/victim_static $(PROG_DIR)/libs/plugin.so $(PROG_DIR)/libs/plugin_cxx.so \
    $(PROG_DIR)/libs/waits_plugin.so $(PROG_DIR)/libs/loader_lock_plugin.so \
    $(PROG_DIR)/check_profile $(PROG_DIR)/ask_threads $(PROG_DIR)/ask_cpu

.PHONY: preload-programs
preload-programs: $(PROG_BIN)

$(PROG_DIR)/%: tests/preload/prog/%.c $(PROG_HEADERS)
	@mkdir -p $(@D)
	$(CC) -std=gnu11 $(PROG_CFLAGS) -o $@ $< -pthread -ldl

$(PROG_DIR)/%: tests/preload/prog/%.cpp $(PROG_HEADERS)
	@mkdir -p $(@D)
	$(CXX) $(PROG_CFLAGS) -o $@ $< -pthread -ldl

# Its library is found by $ORIGIN alone.
$(PROG_DIR)/origin: tests/preload/prog/origin.c tests/preload/prog/prog.h
	@mkdir -p $(@D)
	$(CC) -std=gnu11 $(PROG_CFLAGS) -o $@ $< -ldl -Wl,--enable-new-dtags,-rpath,'$$ORIGIN/libs'

# What distributions build with.
$(PROG_DIR)/waits_names: PROG_CFLAGS += -O2 -D_FORTIFY_SOURCE=2 -Wno-unused-result

# Its allocator is seen by every library.
$(PROG_DIR)/own_malloc: PROG_CFLAGS += -rdynamic -fno-builtin

$(PROG_DIR)/%_nopie: tests/preload/prog/%.c tests/preload/prog/prog.h
	@mkdir -p $(@D)
	$(CC) -std=gnu11 $(PROG_CFLAGS) -fno-pie -no-pie -o $@ $< -pthread -ldl

$(PROG_DIR)/%_stripped: tests/preload/prog/%.c tests/preload/prog/prog.h
	@mkdir -p $(@D)
	$(CC) -std=gnu11 -O2 -s -D_GNU_SOURCE -o $@ $< -pthread -ldl

$(PROG_DIR)/%_static: tests/preload/prog/%.c tests/preload/prog/prog.h
	@mkdir -p $(@D)
	$(CC) -std=gnu11 $(PROG_CFLAGS) -static -o $@ $< -pthread

$(PROG_DIR)/libs/%.so: tests/preload/prog/%.c
	@mkdir -p $(@D)
	$(CC) -std=gnu11 $(PROG_CFLAGS) -fPIC -shared -o $@ $<

$(PROG_DIR)/libs/%.so: tests/preload/prog/%.cpp
	@mkdir -p $(@D)
	$(CXX) $(PROG_CFLAGS) -fPIC -shared -o $@ $<

# Reads profiles for the runner: linked with the decoder, not with the agent.
CHECK_SRC := tests/preload/check_profile.c $(wildcard proto/*.c)
$(PROG_DIR)/check_profile: $(CHECK_SRC) $(wildcard proto/*.h)
	@mkdir -p $(@D) $(B)/gen/proto
	test -f $(B)/gen/proto/profile.pb-c.c || protoc-c --c_out=$(B)/gen proto/profile.proto
	$(CC) -std=gnu11 -O1 -g -Wall -Wextra -Wno-unused-parameter -D_GNU_SOURCE -I. -I$(B)/gen -o $@ \
	    $(CHECK_SRC) $(B)/gen/proto/profile.pb-c.c -lprotobuf-c -lz

# Asks for records of threads.
ASK_SRC := tests/preload/ask_threads.c arena/threads_record.c arena/waits.c
$(PROG_DIR)/ask_threads: $(ASK_SRC) $(wildcard arena/*.h)
	@mkdir -p $(@D)
	$(CC) -std=gnu11 -O1 -g -Wall -Wextra -D_GNU_SOURCE -I. -o $@ $(ASK_SRC)

# Asks for CPU sampling.
$(PROG_DIR)/ask_cpu: tests/preload/ask_cpu.c $(wildcard arena/*.h)
	@mkdir -p $(@D)
	$(CC) -std=gnu11 -O1 -g -Wall -Wextra -D_GNU_SOURCE -I. -o $@ tests/preload/ask_cpu.c
