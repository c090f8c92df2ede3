/* The clock that waits are measured by: ticks, read in a few nanoseconds.
 *
 * Ticks are the processor's time-stamp counter where it runs at one rate in all states (its
 * "invariant" flag), else nanoseconds of CLOCK_MONOTONIC. Async-signal-safe; touches no errno. */
#ifndef CPPROF_PRELOAD_CLOCK_H
#define CPPROF_PRELOAD_CLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <x86intrin.h>

#include "preload/agent.h"

/* From agent_init, once. */
void clock_init(void);

/* The counter is not read any more. */
void clock_distrust(void);

uint64_t clock_ticks_slow(void);

static inline uint64_t clock_ticks(void) {
    return likely(hot.has_tsc) ? __rdtsc() : clock_ticks_slow();
}

/* A difference of ticks in nanoseconds; 0 for a negative one, which the counters of two processors
 * may give. Within 0.1 % from the first millisecond of the process on. */
uint64_t clock_ns(uint64_t from, uint64_t to);

/* About so many ticks as `ns`. */
uint64_t clock_ticks_of(uint64_t ns);

#endif
