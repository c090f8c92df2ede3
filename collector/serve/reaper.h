/* The arenas of processes that died: written as profiles and removed, as `cpprof recover` does it.
 *
 * Started and stopped by one thread. Not async-signal-safe. */
#ifndef CPPROF_COLLECTOR_SERVE_REAPER_H
#define CPPROF_COLLECTOR_SERVE_REAPER_H

#include <pthread.h>

#include "collector/arena_file.h"
#include "collector/profile_files.h"
#include "collector/serve/server.h"
#include "collector/serve/user_budget.h"

struct reaper {
    const struct server *server;
    struct profile_output out;
    pthread_t thread;
    struct arena_list seen; /* when it looked last */
    bool *is_left;          /* by index there: it could not be written, and is not tried again */
    struct user_budgets budgets; /* of users other than the server's */
};

/* Profiles go to `dir`, as in profile_request. -errno after a message. Release it in every case. */
int reaper_init(struct reaper *r, const struct server *s, const char *dir);
void reaper_release(struct reaper *r);

/* Looks once: writes what there is of dead processes that the server serves. */
void reaper_look(struct reaper *r);

/* Does so every few seconds in a thread of its own, until the server is stopped. -errno after a
 * message. */
int reaper_start(struct reaper *r);
void reaper_stop(struct reaper *r);

#endif
