/* Faster CPU sampling in a process, or any, for the time of a window.
 *
 * Any thread. Not async-signal-safe. */
#ifndef CPPROF_COLLECTOR_SERVE_CPU_REQUEST_H
#define CPPROF_COLLECTOR_SERVE_CPU_REQUEST_H

#include "collector/serve/target.h"

/* Has the process of `t`, whose arena has the header `h`, sample at `hz` or faster for `seconds`
 * and a little more, and waits until it does; at most two seconds. *granted is the rate then. A
 * negative errno, with *why as in target.h: as agent_request.h, or -ETIMEDOUT. */
int cpu_request(const struct target *t, const struct arena_header *h, uint32_t hz, unsigned seconds,
                uint32_t *granted, const char **why);

#endif
