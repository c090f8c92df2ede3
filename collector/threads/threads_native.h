/* The threads of any process, from outside.
 *
 * Not async-signal-safe. One at a time in a process. */
#ifndef CPPROF_COLLECTOR_THREADS_NATIVE_H
#define CPPROF_COLLECTOR_THREADS_NATIVE_H

#include <sys/types.h>

#include "collector/threads/threads_report.h"

/* Fills a report of the running process `pid`; release it in every case. threads_stop.h says what
 * the process notices of it. 0, or -errno after a message. */
int threads_native_read(struct threads_report *r, pid_t pid);

#endif
