/* The threads that are waiting for a lock and were sampled: `struct waiter` of preload/agent.h,
 * found by the lock's address. Async-signal-safe; touches no errno. */
#ifndef CPPROF_PRELOAD_WAITERS_H
#define CPPROF_PRELOAD_WAITERS_H

#include "preload/agent.h"

/* Waiters by the hash of their lock's address; what most unlocks look at. */
extern uint16_t waiters_waiting[AGENT_LOCK_HOMES]; /* atomic */

static inline unsigned waiters_home(uint64_t lock) {
    return (unsigned)(lock * UINT64_C(0x9e3779b97f4a7c15) >> 52);
}

/* Whether somebody who waits for the lock may be listed. */
static inline bool waiters_expected(const void *lock) {
    return unlikely(
        __atomic_load_n(&waiters_waiting[waiters_home((uintptr_t)lock)], __ATOMIC_RELAXED));
}

/* Lists the calling thread, which waits for `lock` since then; NULL when there is no room, or the
 * thread is listed already, in a handler that interrupted another wait. */
struct waiter *waiters_add(uint64_t lock, uint64_t since, uint32_t weight, bool is_word);

/* The wait is over: nobody charges it any more. Returns up to when it was charged, 0 in a forked
 * child, which has no such waiter. Its fields are valid until waiters_remove. */
uint64_t waiters_finish(struct waiter *w, uint64_t lock);
void waiters_remove(struct waiter *w, uint64_t lock);

/* The calling thread waits no more, whatever it waited for: it left by a jump, or ends. */
void waiters_abandon(void);

/* Waiter i from the home of a lock on, 0 <= i <= *reach. */
struct waiter *waiters_at(unsigned home, uint32_t i);
uint32_t waiters_reach(unsigned home);

/* When a waiter at that home is to be charged next, in ticks; a new one writes when it came, which
 * nobody else does. */
extern uint64_t waiters_due[AGENT_LOCK_HOMES]; /* atomic */

/* In a forked child: nobody waits. */
void waiters_fork_child(void);

#endif
