/* The threads of a process at one moment, wherever they were read from (the agent's record, a
 * process that was stopped, a core file): what there is to print of them.
 *
 * Addresses are locations of one profile with the mappings that they are in, so that the symbolizer
 * names them as it names those of any profile. A location's address is, as in profile.proto, where
 * execution stands (`exact`) or one less than the return address.
 *
 * `int` results are 0 or -ENOMEM. Not async-signal-safe. One thread at a time per report. */
#ifndef CPPROF_COLLECTOR_THREADS_REPORT_H
#define CPPROF_COLLECTOR_THREADS_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena/location_table.h"
#include "symbolize/symbolize.h"
#include "proto/profile.h"

#define WAITED_UNKNOWN UINT64_MAX

struct report_frame {
    const struct profile_location *location;
    bool exact;
};

struct report_stack { /* leaf first */
    struct report_frame *frames;
    uint32_t n, room;
};

struct report_thread {
    uint32_t tid;
    const char *name;   /* "" when unknown */
    const char *state;  /* one word */
    uint64_t waited_ns; /* or WAITED_UNKNOWN */
    uint64_t object;    /* address of the lock it waits for; 0: none, or not known */
    uint32_t owner;     /* tid of the thread that holds that; 0: not known */
    struct report_stack stack;
    struct report_stack creator; /* of the thread that made it; empty when unknown */
};

struct threads_report {
    uint32_t pid;
    struct profile *profile;       /* owned, and with it every string and frame */
    struct report_thread *threads; /* owned */
    size_t n;
    bool sorted; /* all but the first are in the order of tids */
    struct location_table locations;
    uint32_t *offsets; /* owned: of each location in its function, once symbolized; else NULL */
};

/* An empty report of a process. Release it in every case. */
int report_init(struct threads_report *r, uint32_t pid);
void report_release(struct threads_report *r);

/* Adds a thread whose name is the `name_bytes` at `name`, up to a NUL; the state is not copied. The
 * result is valid until the next call; NULL when out of memory. */
struct report_thread *report_add_thread(struct threads_report *r, uint32_t tid, const char *name,
                                        size_t name_bytes);

/* The thread with that tid, or NULL. */
const struct report_thread *report_find_thread(const struct threads_report *r, uint32_t tid);

/* Adds a mapping of code. `path` and `build_id` (lower-case hex) are copied; the kernel's mark of a
 * deleted file is cut, the build ID tells as much. NULL when out of memory. */
struct profile_mapping *report_add_mapping(struct threads_report *r, uint64_t start, uint64_t end,
                                           uint64_t offset, const char *path, const char *build_id);

/* The first mapping that holds an address, or NULL. */
struct profile_mapping *report_find_mapping(const struct threads_report *r, uint64_t address);

/* Adds a frame at the root end of a stack. `mapping` may be NULL. */
int report_push_frame(struct threads_report *r, struct report_stack *stack, uint64_t address,
                      bool exact, struct profile_mapping *mapping);

/* The same for a frame that is no code, an enum arena_pc, which has a name of its own. */
int report_push_pseudo(struct threads_report *r, struct report_stack *stack, uint64_t pc);

/* The main thread first, then by tid. */
void report_sort(struct threads_report *r);

/* Names all frames; prints a message for each file that could not be used. */
int report_symbolize(struct threads_report *r, struct symbolizer *symbolizer);

/* How far a frame is behind the start of its function, bytes; 0 when that is not known. */
uint64_t report_frame_offset(const struct threads_report *r, const struct report_frame *f);

#endif
