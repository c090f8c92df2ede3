/* A thread waits for at most one lock, so from each thread one path leads on. Every thread is
 * walked over once; a path that meets itself has found a circle, one that meets an older path has
 * not. */
#include "collector/threads/threads_deadlock.h"

#include <stdlib.h>

static bool prepare(const struct threads_report *r, struct deadlock *d) {
    if (d->seen)
        return true;
    d->seen = calloc(r->n + 1, sizeof *d->seen);
    d->threads = calloc(r->n + 1, sizeof *d->threads);
    return d->seen && d->threads;
}

/* Follows the path from thread `at`. Returns the first thread that it meets again, or NULL. */
static const struct report_thread *follow(const struct threads_report *r, struct deadlock *d,
                                          size_t at) {
    const unsigned walk = (unsigned)at + 1;
    const struct report_thread *t = &r->threads[at];
    while (t && d->seen[t - r->threads] == 0) {
        d->seen[t - r->threads] = walk;
        t = t->owner ? report_find_thread(r, t->owner) : NULL;
    }
    return t && d->seen[t - r->threads] == walk ? t : NULL;
}

bool deadlock_next(const struct threads_report *r, struct deadlock *d) {
    if (!prepare(r, d))
        return false;
    for (; d->from < r->n; d->from++) {
        const struct report_thread *first = d->seen[d->from] ? NULL : follow(r, d, d->from),
                                   *t = first;
        if (!first)
            continue;
        d->n = 0;
        do {
            d->threads[d->n++] = t;
            t = report_find_thread(r, t->owner);
        } while (t != first);
        return true;
    }
    return false;
}

void deadlock_release(struct deadlock *d) {
    free(d->seen);
    free(d->threads);
    *d = (struct deadlock){0};
}
