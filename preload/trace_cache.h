/* The last stacks of each thread's waits and heap samples. A thread waits, and allocates, at few
 * places, again and again: a stack that is still as it was need be neither walked nor looked up in
 * the store.
 *
 * A trace is of one place (pc, sp, fp where a walk begins) and has every word of the stack that the
 * walk from there depended on. The walk would give the same stack if and only if those are the
 * same, and the code is. For the calling thread's own stack; async-signal-safe; keeps errno. */
#ifndef CPPROF_PRELOAD_TRACE_CACHE_H
#define CPPROF_PRELOAD_TRACE_CACHE_H

#include "preload/agent.h"
#include "preload/unwind/unwind.h"

enum { TRACE_WORDS = 100 };

/* Each has traces of its own, so that one does not drive out the others'. */
enum trace_of { TRACE_OF_WAITS, TRACE_OF_CALLS, TRACES_OF };

struct trace {
    uint64_t pc, sp, fp;     /* where the walk began */
    uint64_t sum;            /* of the words */
    uint64_t version;        /* of the mapped objects, objects_version() */
    arena_ref stack, bucket; /* bucket: the last one of that stack, 0 none; the caller's */
    uint16_t n, highest;
    bool uses_fp;
    uint16_t word[TRACE_WORDS]; /* places on the stack, in words above sp */
};

/* The thread's trace of this place if it is still true in `version`; else NULL. It may be replaced
 * by a handler at any time: its fields are to be checked by what they lead to. */
struct trace *trace_find(enum trace_of of, const struct wait_place *at, uint64_t version,
                         arena_ref *stack);

/* Keeps what a walk from `at` has depended on, and the stack that it gave. NULL where that cannot
 * be kept. */
struct trace *trace_keep(enum trace_of of, const struct wait_place *at, uint64_t version,
                         arena_ref stack, const struct unwind_words *words);

#endif
