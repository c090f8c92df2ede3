/* Names for addresses in no file, from the process's map of JIT code.
 *
 * Not async-signal-safe: malloc. One thread at a time per profile. */
#ifndef CPPROF_SYMBOLIZE_JIT_H
#define CPPROF_SYMBOLIZE_JIT_H

#include <stddef.h>

#include "proto/profile.h"

/* Gives each of the `n` locations, sorted by address, the line that the map at `perf_map` has for
 * it; NULL: /tmp/perf-PID.map, with the PID of the profile's comments. What has no name is said in
 * p's comments. Returns 0 or -ENOMEM. */
int symbolize_jit(struct profile *p, struct profile_location *const *locations, size_t n,
                  const char *perf_map);

#endif
