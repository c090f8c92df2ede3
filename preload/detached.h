/* Short-lived processes of ours that the program cannot see: nobody's children.
 *
 * Each shares the program's memory and has a copy of nothing else; it blocks all signals, has no
 * descriptors but 0, 1 and 2, is in a session of its own, and a fault in it ends it alone. What it
 * runs must touch neither `thread_state` nor errno. All functions are async-signal-safe; they
 * change errno. */
#ifndef CPPROF_PRELOAD_DETACHED_H
#define CPPROF_PRELOAD_DETACHED_H

#include <stdbool.h>
#include <stdint.h>

enum { DETACHED_MAX = 4 };

struct detached {
    uint32_t tid; /* atomic: not 0 while taken; the kernel clears it when our memory is left */
    int zombie;   /* atomic: pid of a direct child that has to be reaped, or 0 */
    bool failed;  /* there was no second clone */
    bool direct;  /* it is our child, and must not exec */
    bool at_end;  /* for `main`: the process ends */
    bool awaited; /* the end of the program waits for it */
    void (*main)(struct detached *);
    void *stack; /* kept for the next one */
};

extern struct detached detached[DETACHED_MAX];

/* Takes one, or NULL; gives it back when it was not launched after all. */
struct detached *detached_take(void);
void detached_give(struct detached *d);

/* Whether somebody who does not expect it would find an orphan of ours among its children; a
 * process made then is a direct child. */
bool detached_orphans_disturb(void);

/* Starts it; main(d) runs in it, and it is given back at its end or exec. All signals are blocked.
 * False when there is no such process. */
bool detached_launch(struct detached *d, void (*main)(struct detached *));

/* Whether it is still there. */
static inline bool detached_runs(const struct detached *d) {
    return __atomic_load_n(&d->tid, __ATOMIC_ACQUIRE) != 0;
}

/* Reaps direct children that have ended; `options`: WNOHANG, or 0 when all are known to be at their
 * end. */
void detached_reap(int options);

/* In a forked child. */
void detached_fork_child(void);

#endif
