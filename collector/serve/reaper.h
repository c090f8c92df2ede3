/* The arenas of processes that died: written as profiles and removed, as `cpprof recover` does it.
 *
 * Started and stopped by one thread. Not async-signal-safe. */
#ifndef CPPROF_COLLECTOR_SERVE_REAPER_H
#define CPPROF_COLLECTOR_SERVE_REAPER_H

#include <pthread.h>

#include "collector/profile_files.h"
#include "collector/serve/server.h"

enum { REAPER_FAILED_MAX = 256 };

struct reaper {
    const struct server *server;
    struct profile_output out;
    pthread_t thread;
    char failed[REAPER_FAILED_MAX][48]; /* names of arenas that are not tried again */
    size_t n_failed;
};

/* Profiles go to `dir`, as in profile_request; nothing is to be released. -errno after a message.
 */
int reaper_init(struct reaper *r, const struct server *s, const char *dir);

/* Looks once: writes what there is of dead processes that the server serves. */
void reaper_look(struct reaper *r);

/* Does so every few seconds in a thread of its own, until the server is stopped. -errno after a
 * message. */
int reaper_start(struct reaper *r);
void reaper_stop(struct reaper *r);

#endif
