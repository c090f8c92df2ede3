/* The threads of a process that runs under the agent, told by itself.
 *
 * Not async-signal-safe. */
#ifndef CPPROF_COLLECTOR_THREADS_AGENT_H
#define CPPROF_COLLECTOR_THREADS_AGENT_H

#include <sys/types.h>

#include "arena/threads_record.h"
#include "collector/arena_file.h"
#include "collector/threads/threads_report.h"

/* Asks the process of an arena for its threads, and waits for the answer for `patience_ms`, or as
 * long as it takes to see that none will come. `h` is the header of its arena, for how it is asked.
 * On success *record, which has passed threads_record_check, is the caller's, to be freed. On error
 * a negative errno, and one line for people in *why (static) that ends a sentence beginning with
 * "process PID": -EAGAIN stopped, -EPERM, -ESRCH dead, -ENOTSUP does not take requests, -ETIMEDOUT,
 * -EINVAL a bad answer, -ENOMEM. */
int threads_agent_record(const struct arena_file *f, const struct arena_header *h, int patience_ms,
                         struct threads_head **record, const char **why);

/* Fills a report from a checked record and the arena that it refers to. Release it in every case.
 * 0 or -ENOMEM. */
int threads_agent_report(struct threads_report *r, const struct arena_view *v,
                         const struct threads_head *record);

/* Both for process `pid`. 0, or a negative errno after a message. */
int threads_agent_read(struct threads_report *r, pid_t pid);

#endif
