/* Circles of threads that each wait for a lock which the next one holds.
 *
 * Not async-signal-safe. One thread at a time per walk. */
#ifndef CPPROF_COLLECTOR_THREADS_DEADLOCK_H
#define CPPROF_COLLECTOR_THREADS_DEADLOCK_H

#include "collector/threads/threads_report.h"

/* A walk over the circles of a report, and the one it is at. */
struct deadlock {
    const struct report_thread **threads; /* each waits for the next, the last for the first */
    size_t n;
    unsigned *seen; /* per thread of the report: 0, or the walk that came by */
    size_t from;    /* where the next walk begins */
};

/* Moves a walk, zeroed at first, to the next circle. False when there is none, or no memory. A
 * thread that waits for itself is a circle of one; one that waits for a circle is no part of it. */
bool deadlock_next(const struct threads_report *r, struct deadlock *d);
void deadlock_release(struct deadlock *d);

#endif
