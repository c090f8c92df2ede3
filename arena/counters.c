/* The table of counters. What was lost, cut or not covered has a comment; what was merely done has
 * none. */
#include "arena/counters.h"

const struct counter counters[ARENA_COUNTERS] = {
    [ARENA_CPU_SAMPLES] = {.comment = ""},
    [ARENA_HEAP_SAMPLES] = {.comment = ""},
    [ARENA_MUTEX_SAMPLES] = {.comment = ""},
    [ARENA_BLOCK_SAMPLES] = {.comment = ""},
    [ARENA_CREATE_SAMPLES] = {.comment = ""},
    [ARENA_DROPPED_FULL] =
        {.comment = "samples stand under [cpprof: table full]: no room (CPROF_MAX_MEMORY)"},
    [ARENA_DROPPED_BUSY] = {.comment = "samples dropped: no scratch buffer was free"},
    [ARENA_DROPPED_NO_STACK] = {.comment = "samples dropped: too little room on a thread's stack",
                                .concerns = ARENA_EVENT_CPU},
    [ARENA_DROPPED_LIVE] =
        {.comment = "sampled blocks never counted as in use: no room (CPROF_MAX_MEMORY)",
         .concerns = ARENA_EVENT_HEAP},
    [ARENA_DROPPED_STRINGS] = {.comment = "thread names dropped: no room (CPROF_MAX_MEMORY)"},
    [ARENA_DROPPED_OBJECTS] = {.comment = "mapped objects not listed: no room (CPROF_MAX_MEMORY)"},
    [ARENA_DROPPED_WAITERS] =
        {.comment = "waits for locks stand under [cpprof: holder unknown]: too many at once",
         .concerns = ARENA_EVENT_MUTEX},
    [ARENA_NO_SLOT] = {.comment = "threads not followed: more than 16384 at once"},
    [ARENA_TRUNCATED] = {.comment = "stacks truncated at the depth limit (CPROF_STACK_DEPTH)"},
    [ARENA_LOST] = {.comment = "stacks ended before their outermost frame"},
    [ARENA_NO_TIMER] = {.comment = "threads not covered: the kernel refused a CPU timer",
                        .concerns = ARENA_EVENT_CPU},
    [ARENA_UNCOVERED_MALLOC] = {.comment = "not covered: the program's malloc is its own, not one "
                                           "that can be hooked",
                                .concerns = ARENA_EVENT_HEAP,
                                .is_flag = true},
    [ARENA_UNCOVERED_DEEPBIND] = {.comment = "libraries perhaps not covered: opened with "
                                             "RTLD_DEEPBIND"},
    [ARENA_SANDBOXED] = {.comment = "the program is under seccomp: since then waits are not "
                                    "recorded, and new threads have no CPU timer",
                         .is_flag = true},
    [ARENA_DUMPS] = {.comment = ""},
};
