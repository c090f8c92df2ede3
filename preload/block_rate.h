/* The rate of the block profile in force.
 *
 * CPROF_BLOCK_RATE is where it begins. A process that waits so often that about a thousand waits a
 * second would be recorded gets a rate that doubles until they are fewer, and halves again, down to
 * the setting, when they are few: so that what recording costs has a bound, however often a server
 * waits. A wait counts for the inverse of the probability with which it is kept at that moment, and
 * that depends on waits before it alone: every sum stays unbiased. A rate of 1 means all, always.
 *
 * Async-signal-safe, lock-free, for any number of threads; touches no errno. */
#ifndef CPPROF_PRELOAD_BLOCK_RATE_H
#define CPPROF_PRELOAD_BLOCK_RATE_H

#include <stdint.h>

/* In ns, at `now`, in ticks; 0: off. */
uint64_t block_rate(uint64_t now);

/* A wait is recorded. */
void block_rate_kept(void);

#endif
