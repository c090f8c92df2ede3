/* Waiting for a window to pass: `seconds` of a profile.
 *
 * Any thread. Not async-signal-safe. */
#ifndef CPPROF_COLLECTOR_SERVE_WINDOW_H
#define CPPROF_COLLECTOR_SERVE_WINDOW_H

#include <stdint.h>

#include "collector/serve/target.h"

enum window_end {
    WINDOW_PASSED,
    WINDOW_HUNG_UP, /* the client has gone */
    WINDOW_ENDED,   /* the process has */
    WINDOW_STOPPED, /* the server ends */
};

/* Waits until `end_ns` of CLOCK_MONOTONIC, or until something of the above happens.
 * `client` is the socket of who asked, -1 for none. */
enum window_end window_wait(const struct server *s, const struct target *t, int client,
                            int64_t end_ns);

#endif
