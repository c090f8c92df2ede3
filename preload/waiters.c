/* The table of waiters.
 *
 * In the fork page, by open addressing: a waiter is in the first free place from its lock's home
 * on, and `waiter_reach` of that home says how far waiters ever were, so that whoever lets go of
 * the lock finds all of them. A thread has one at most, which it remembers, since a jump may take
 * it out of its wait at any time. */
#include "preload/waiters.h"

#include "preload/store.h"

enum { HOME_STRIDE = AGENT_WAITERS / AGENT_LOCK_HOMES, FILLING = 1 };

uint16_t waiters_waiting[AGENT_LOCK_HOMES];
uint64_t waiters_due[AGENT_LOCK_HOMES];

void waiters_fork_child(void) {
    thread_state.waiter = NULL;
    for (size_t i = 0; i < AGENT_LOCK_HOMES; i++)
        if (waiters_waiting[i]) /* a store would copy the page */
            waiters_waiting[i] = 0;
}

struct waiter *waiters_at(unsigned home, uint32_t i) {
    return &fork_page->waiters[(home * HOME_STRIDE + i) % AGENT_WAITERS];
}

uint32_t waiters_reach(unsigned home) {
    return __atomic_load_n(&fork_page->waiter_reach[home], __ATOMIC_ACQUIRE);
}

static void raise_reach(unsigned home, uint32_t i) {
    uint16_t *at = &fork_page->waiter_reach[home], reach = __atomic_load_n(at, __ATOMIC_RELAXED);
    while (reach < i && !__atomic_compare_exchange_n(at, &reach, (uint16_t)i, true,
                                                     __ATOMIC_RELEASE, __ATOMIC_RELAXED))
        ;
}

static struct waiter *take(unsigned home) {
    for (uint32_t i = 0; i < AGENT_WAITERS / 2; i++) {
        struct waiter *w = waiters_at(home, i);
        uint64_t none = 0;
        if (__atomic_load_n(&w->lock, __ATOMIC_RELAXED) ||
            !__atomic_compare_exchange_n(&w->lock, &none, FILLING, false, __ATOMIC_ACQ_REL,
                                         __ATOMIC_RELAXED))
            continue;
        raise_reach(home, i);
        return w;
    }
    store_count_early(ARENA_DROPPED_WAITERS, 1);
    return NULL;
}

struct waiter *waiters_add(uint64_t lock, uint64_t since, uint32_t weight, bool is_word) {
    unsigned home = waiters_home(lock);
    struct waiter *w = thread_state.waiter ? NULL : take(home);
    if (!w)
        return NULL;
    w->since = since;
    w->holder = 0;
    w->weight = weight;
    w->is_word = is_word;
    w->overhead = 0;
    __atomic_store_n(&w->charged, since, __ATOMIC_RELAXED);
    thread_state.waiter = w;
    __atomic_store_n(&w->lock, lock, __ATOMIC_RELEASE);
    __atomic_store_n(&waiters_due[home], since, __ATOMIC_RELEASE);
    __atomic_fetch_add(&waiters_waiting[home], 1, __ATOMIC_SEQ_CST);
    return w;
}

uint64_t waiters_finish(struct waiter *w, uint64_t lock) {
    if (__atomic_load_n(&w->lock, __ATOMIC_RELAXED) != lock)
        return 0;
    return __atomic_exchange_n(&w->charged, 0, __ATOMIC_ACQ_REL);
}

void waiters_remove(struct waiter *w, uint64_t lock) {
    if (thread_state.waiter == w)
        thread_state.waiter = NULL;
    if (__atomic_load_n(&w->lock, __ATOMIC_RELAXED) != lock)
        return; /* a forked child: it is not there */
    __atomic_fetch_sub(&waiters_waiting[waiters_home(lock)], 1, __ATOMIC_RELAXED);
    __atomic_store_n(&w->lock, 0, __ATOMIC_RELEASE);
}

void waiters_abandon(void) {
    struct waiter *w = thread_state.waiter;
    if (!w)
        return;
    __atomic_store_n(&w->charged, 0, __ATOMIC_RELEASE);
    waiters_remove(w, w->lock);
}
