/* The connections of a server, and until when each has to have done what it is at: whoever sends or
 * reads a byte a second is cut off.
 *
 * Any thread. Not async-signal-safe. */
#ifndef CPPROF_COLLECTOR_SERVE_CONNECTIONS_H
#define CPPROF_COLLECTOR_SERVE_CONNECTIONS_H

#include <pthread.h>
#include <stdint.h>

#include "collector/serve/server.h"

struct connection {
    int fd;         /* borrowed; -1: a free entry */
    int64_t end_ns; /* CLOCK_MONOTONIC; 0: it may take its time */
};

struct connections {
    pthread_mutex_t lock;
    struct connection entries[SERVER_CONNECTIONS_MAX];
};

void connections_init(struct connections *c);

/* Adds a socket, with SERVER_REQUEST_SECONDS for its first request; NULL when there is no room. It
 * has to be removed before it is closed. */
struct connection *connections_add(struct connections *c, int fd);
void connections_remove(struct connections *c, struct connection *entry);

/* Gives it so many seconds from now; 0: no limit. */
void connections_limit(struct connections *c, struct connection *entry, unsigned seconds);

/* Shuts down those whose time is over. */
void connections_check(struct connections *c);

#endif
