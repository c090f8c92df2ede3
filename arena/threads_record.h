/* The threads of a process at one moment: what the agent's dumper collects, and another process may
 * ask for.
 *
 * Who asks sends ARENA_REQUEST_THREADS (arena/requests.h); the agent answers with a file
 * `RUN_DIR/PID.START.threads`, mode 0600, written under another name and renamed, so that it is
 * whole. It is an answer to a request that was made before its `monotonic_ns`. Who has read it
 * removes it.
 *
 * The record is a head and then n_threads entries, each `bytes` long and a multiple of 8. All
 * integers are in the machine's byte order. A reader trusts nothing of it and checks every bound.
 * Addresses are those of the arena's objects at `epoch`; references are into the same arena. */
#ifndef CPPROF_ARENA_THREADS_RECORD_H
#define CPPROF_ARENA_THREADS_RECORD_H

#include "arena/requests.h"
#include "arena/view.h"
#include "arena/waits.h"

#define THREADS_MAGIC   UINT64_C(0x0a73647268747063) /* "cpthrds\n" in memory */
#define THREADS_VERSION 1u
#define THREADS_SUFFIX  ".threads"

struct threads_head {
    uint64_t magic;
    uint32_t version;
    uint32_t pid;
    uint64_t start_ticks;
    int64_t realtime_ns, monotonic_ns; /* when the first thread was looked at */
    uint64_t bytes;                    /* of all of it */
    uint32_t n_threads;
    uint32_t epoch;
};

struct threads_entry {
    uint32_t bytes; /* sizeof(struct threads_entry) + depth * 8 */
    uint32_t tid;
    char name[16]; /* no NUL when all 16 are used */
    uint32_t wait; /* enum arena_wait; NONE: see `state` */
    char state;    /* as in /proc/PID/task/TID/stat: R S D T Z ...; '?': not known */
    char pad[3];
    uint64_t waited_ns; /* how long it has waited; 0 when `wait` is NONE */
    uint64_t object;    /* address of the lock, or whatever else it waits on; 0: none */
    uint32_t owner;     /* tid of the thread that holds the lock; 0: not known */
    arena_ref creator;  /* struct arena_stack that made the thread; 0: not known */
    uint32_t depth;     /* of pc */
    uint32_t reserved;
    uint64_t pc[]; /* leaf first, as in struct arena_stack */
};

/* Why the n bytes at p are no record: NULL when they are, else one line for people (static). */
const char *threads_record_check(const void *p, uint64_t n);

/* Walks the entries of a checked record: the first for NULL, then the one after `e`; NULL at the
 * end. */
const struct threads_entry *threads_record_next(const struct threads_head *h,
                                                const struct threads_entry *e);

/* What its state is called: the word of its wait, "running" for R, else what /proc's letter stands
 * for. */
const char *threads_entry_state(const struct threads_entry *e);

#endif
