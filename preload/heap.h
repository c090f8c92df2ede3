/* The heap sampler: which allocations are sampled, and what a sampled one counts for.
 *
 * Poisson sampling by bytes: each thread counts down a gap drawn from an exponential distribution
 * of mean `rate`; the allocation that ends a gap is sampled. A block of s bytes is thus sampled
 * with probability 1 - exp(-s/rate) and counts for the inverse of that (Go's runtime/pprof,
 * scaleHeapSample; here applied per block, when recorded).
 *
 * All functions are async-signal-safe and keep errno. */
#ifndef CPPROF_PRELOAD_HEAP_H
#define CPPROF_PRELOAD_HEAP_H

#include "preload/agent.h"
#include "preload/live.h"
#include "preload/store.h"

/* Called where a thread's gap ends within `bytes`, before the real allocation: true when it is to
 * be sampled by heap_sample. Draws the next gap. */
bool heap_due(size_t bytes);

/* Records a sampled allocation that succeeded; `p` may be NULL, for one that failed: nothing. */
void heap_sample(const void *p, size_t bytes);

/* Records the free of p, which live_maybe() took for a sampled block. Before the real free. */
void heap_freed(const void *p);

/* realloc: takes a block out of the live table (`found` false: it was not sampled), and then either
 * puts it back or counts it as freed. */
struct heap_taken {
    bool found;
    struct live_block block;
};
void heap_take(const void *p, struct heap_taken *taken);
void heap_put_back(const void *p, const struct heap_taken *taken);
void heap_drop(const struct heap_taken *taken);

/* In a forked child: moves every live block from the parent's store to the child's, where it counts
 * as allocated and in use. Blocks that find no room are dropped and counted. */
void heap_inherit(struct store *from, struct store *to);

/* True when the allocation needs no more than the countdown: every allocation's first step. */
static inline bool heap_skip(size_t bytes) {
    if (likely(bytes < thread_state.heap_left)) {
        thread_state.heap_left -= bytes;
        return true;
    }
    return false;
}

#endif
