/* The mutex profile: contended locks, who waited and who held them.
 *
 * A thread that has to wait for a lock may be sampled, 1 in CPROF_MUTEX_FRACTION. Then it is listed
 * while it waits, and each time somebody lets go of that lock, its time since the last such moment
 * is charged to the stack that lets go; the rest, up to when it has the lock, to the last of them.
 * So the time of every waiter counts, as in Go since 1.22, and held_delay adds up to delay, but for
 * rounding and what finds no room.
 *
 * Async-signal-safe; keeps errno. */
#ifndef CPPROF_PRELOAD_CONTENTION_H
#define CPPROF_PRELOAD_CONTENTION_H

#include "preload/wait.h"
#include "preload/waiters.h"

/* A futex's word is that of a lock if it is 0 when free, 1 when taken, 2 when taken and waited for
 * (Drepper, "Futexes Are Tricky", mutex2; Rust's std::sync::Mutex is one). A thread waits while it
 * is 2, and finds a value up to 2 afterwards; a condition variable's is a counter, which has passed
 * 2 by then. */
enum { CONTENTION_WORD = 2 };
static inline bool contention_is_lock(uint32_t word) {
    return word <= CONTENTION_WORD;
}

/* The calling thread is about to wait for a lock: after wait_begin. `is_word`: it is a futex with
 * that word. Returns its waiter, NULL when it is not sampled. */
struct waiter *contention_begin(const struct wait *w, bool is_word);

/* It waits no more, at `now`, in ticks: records the wait, in both profiles, if it `waited` for as
 * long as it had to; else nothing, but what was charged already. `waiter` may be NULL. */
void contention_end(struct waiter *waiter, const struct wait *w, uint64_t now, bool waited);

void contention_charge(const void *lock);

/* The caller is about to let go of the lock. */
static inline void contention_release(const void *lock) {
    if (waiters_expected(lock))
        contention_charge(lock);
}

/* A hook around a lock that is taken: `call` is the real function that waits, `try_` the one that
 * does not, whose failure is `busy`. */
#define CONTENDED(kind, lock, call, try_, busy)                                                    \
    ({                                                                                             \
        struct wait w_;                                                                            \
        __typeof__(call) r_;                                                                       \
        if (wait_begin(&w_, kind, (uint64_t)(uintptr_t)(lock))) {                                  \
            struct waiter *waiter_ = contention_begin(&w_, false);                                 \
            /* once more: the lock may have become free before we were listed */                   \
            bool waits_ = (r_ = (try_)) == (busy);                                                 \
            if (waits_)                                                                            \
                r_ = (call);                                                                       \
            uint64_t now_ = wait_leave(&w_);                                                       \
            contention_end(waiter_, &w_, now_, waits_ &&wait_result(r_));                          \
        } else {                                                                                   \
            r_ = (call);                                                                           \
        }                                                                                          \
        r_;                                                                                        \
    })

#endif
