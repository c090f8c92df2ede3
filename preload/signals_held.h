/* The signals that we hold: who each is for, and what the program believes of it. The model stands
 * in preload/signals.c. Async-signal-safe; keeps errno. */
#ifndef CPPROF_PRELOAD_SIGNALS_HELD_H
#define CPPROF_PRELOAD_SIGNALS_HELD_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "preload/agent.h"

enum { SIGNALS_HELD_MAX = 8 };

enum held_use { HELD_TICK, HELD_SPARE, HELD_DUMP, HELD_ASK, HELD_YIELDED };

struct held {
    int signo;              /* written once */
    int use;                /* enum held_use; atomic */
    int waited_for;         /* atomic: the program takes it by sigwait or signalfd */
    struct sigaction shown; /* under the program's own ordering of its sigaction calls */
};

/* Append-only; entry i has bit i of `masked`. */
extern struct held held[SIGNALS_HELD_MAX];
extern int n_held; /* atomic */

/* Our handler of all of them; written once. */
extern void (*held_handler)(int, siginfo_t *, void *);

static inline int held_count(void) {
    return __atomic_load_n(&n_held, __ATOMIC_ACQUIRE);
}

/* Whether an action is a function of the program's. */
static inline bool held_is_handler(const struct sigaction *act) {
    return act->sa_handler != SIG_DFL && act->sa_handler != SIG_IGN;
}

struct held *held_find(int signo); /* NULL when we do not hold it */
uint8_t held_bit(const struct held *h);
int held_use_of(const struct held *h);

/* True in a child that shares its parent's memory. */
bool held_in_vfork_child(void);

/* What the calling thread, or vfork child, believes blocked. */
uint8_t *held_believed(void);

/* The signals that are kept deliverable in every thread, as the kernel's word. */
uint64_t signals_open_set(void);

/* The action that the program believes in, for a signal that we hold; else false. */
bool signals_shown(int signo, struct sigaction *old);

/* True when the program, or a library's constructor before ours, has a handler for the signal. */
bool held_has_handler(int signo);

#endif
