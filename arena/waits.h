/* The table of waits: what a thread can wait for, and the word for it in labels and in text.
 * Constant data, usable anywhere. */
#ifndef CPPROF_ARENA_WAITS_H
#define CPPROF_ARENA_WAITS_H

#include <stdint.h>

enum arena_wait {
    ARENA_WAIT_NONE, /* the thread runs, or what it waits for is not known */
    ARENA_WAIT_MUTEX,
    ARENA_WAIT_RWLOCK,
    ARENA_WAIT_SPIN,
    ARENA_WAIT_COND,
    ARENA_WAIT_SEMAPHORE,
    ARENA_WAIT_BARRIER,
    ARENA_WAIT_JOIN,
    ARENA_WAIT_ONCE,
    ARENA_WAIT_FUTEX,
    ARENA_WAIT_READ,
    ARENA_WAIT_WRITE,
    ARENA_WAIT_ACCEPT,
    ARENA_WAIT_CONNECT,
    ARENA_WAIT_POLL,
    ARENA_WAIT_SLEEP,
    ARENA_WAIT_FLOCK,
    ARENA_WAIT_CHILD,
    ARENA_WAIT_SIGNAL,
    ARENA_WAIT_SYNC,
    ARENA_WAIT_EXIT,
    ARENA_WAITS
};

struct wait_kind {
    const char *word;  /* the value of labels `wait` and `state` */
    const char *about; /* what the functions do, for people */
};

extern const struct wait_kind wait_kinds[ARENA_WAITS];

/* The word of a wait that was read from somewhere: "" for NONE, "unknown" for none of the table. */
const char *wait_word(uint32_t wait);

#endif
