/* The rate of the block profile in force, and a filter before it.
 *
 * CPROF_BLOCK_RATE is where it begins. A process that waits so often that more than about a
 * hundred waits a second would be recorded gets a rate that doubles until they are fewer, and
 * halves again, down to the setting, when they are few: so that what recording costs has a bound,
 * however often a server waits. A wait counts for the inverse of the probability with which
 * it is kept at that moment, and that depends on waits before it alone: every sum stays unbiased. A
 * rate of 1 means all, always.
 *
 * A wait of d ns is kept with probability min(1, d/rate). That it is not is found out by a
 * multiplication and a subtraction: waits of a thread use up a random number, exponential with mean
 * 1, by x = 2d/rate each, and the one with which it ends passes, so with probability 1 - exp(-x),
 * and so does each with x >= 1. As 1 - exp(-x) >= x/2 below 1, what passes can be kept with what is
 * missing to d/rate.
 *
 * Async-signal-safe, lock-free, for any number of threads; touches no errno. */
#ifndef CPPROF_PRELOAD_BLOCK_RATE_H
#define CPPROF_PRELOAD_BLOCK_RATE_H

#include "preload/agent.h"

#define BLOCK_FILTER_NONE 0x1p1000 /* all pass */

/* Looks whether the rate is still right; from hot.block_until on. */
void block_rate_look(uint64_t now);

/* With which probability a wait of `ns` is to be kept. */
double block_rate_share(uint64_t ns);

/* With which probability a wait with this x passes. */
double block_rate_passes(double x);

/* Whether one does. */
static inline bool block_rate_filter(double x) {
    struct thread_state *t = &thread_state;
    if (x >= 1)
        return true;
    t->block_left -= x;
    return unlikely(t->block_left <= 0);
}

/* For one that did: false when it did not, since the thread's number had not been drawn yet. Draws
 * the next one. */
bool block_rate_passed(double x);

/* A wait is recorded. */
void block_rate_kept(void);

#endif
