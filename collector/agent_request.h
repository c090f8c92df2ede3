/* Asking the agent in a process for something, with the values of arena/requests.h.
 *
 * A signal may kill who does not expect it, and an arena says nothing that its owner has not
 * written. So the signal goes only to a process that is the one the arena was made by, belongs to
 * the owner of the arena, and has a handler for it.
 *
 * Functions return 0 or a negative errno, with one line for people in *why (static) that ends a
 * sentence beginning with "process PID". Not async-signal-safe. Any thread. */
#ifndef CPPROF_COLLECTOR_AGENT_REQUEST_H
#define CPPROF_COLLECTOR_AGENT_REQUEST_H

#include "arena/requests.h"
#include "collector/arena_file.h"

struct agent_request {
    const struct arena_file *file; /* borrowed */
    int signo;
    int pid_fd; /* of that very process; -1: this kernel has none, its number has to do */
};

/* Readies requests to the process of an arena with the header `h`: -ESRCH dead, -EPERM not its
 * owner's, -ENOTSUP takes no requests, -EAGAIN stopped or sandboxed. Release it in every case. */
int agent_request_init(struct agent_request *q, const struct arena_file *f,
                       const struct arena_header *h, const char **why);

void agent_request_release(struct agent_request *q);

/* Whether an answer can come at all, now: -ESRCH, -EAGAIN stopped. */
int agent_request_awake(const struct agent_request *q, const char **why);

/* Sends a request. A full queue of signals is no error: it is to be sent again anyway when no
 * answer comes. -ESRCH, -EPERM. */
int agent_request_send(const struct agent_request *q, uint64_t value, const char **why);

#endif
