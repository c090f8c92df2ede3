/* A process that reads one file, so that a file that crashes or confuses its reader costs its names
 * and nothing else.
 *
 * It is forked without exec: the caller's other threads do not exist in it, and it uses nothing but
 * malloc (which fork keeps usable) of what they might have held. The caller must not have SIGCHLD
 * ignored. Not async-signal-safe. One thread at a time per worker. */
#ifndef CPPROF_SYMBOLIZE_WORKER_H
#define CPPROF_SYMBOLIZE_WORKER_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "symbolize/symbolize_answer.h"
#include "symbolize/symbolize_object.h"

struct worker {
    pid_t pid; /* 0 when there is none */
    int socket;
};

struct worker_limits {
    unsigned cpu_seconds;  /* for one request */
    unsigned wall_seconds; /* for one request; debug information may come over the network */
};

/* Starts a worker for a file. Takes source->fd in every case. Returns 0 or -errno of fork. */
int worker_start(struct worker *w, const struct symbolize_source *source,
                 const struct worker_limits *limits);

/* Has it look up n offsets. Fills *answer (zeroed before), to be released in every case. On error
 * the worker has been stopped, and `why` says in a few words what became of it: -EIO when it died,
 * -ETIMEDOUT, -EPROTO, -ENOMEM. */
int worker_lookup(struct worker *w, const struct worker_limits *limits, const uint64_t *offsets,
                  uint32_t n, struct answer *answer, char *why, size_t why_bytes);

/* Ends it, now. A worker without process is allowed. */
void worker_stop(struct worker *w);

#endif
