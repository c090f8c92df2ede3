/* Contention.
 *
 * Model: a table of waiters in the fork page, by open addressing: a waiter is in the first free
 * place from its lock's home on, and `waiter_reach` of that home says how far waiters ever were, so
 * that whoever lets go of the lock finds all of them. The times that are charged are cut out of a
 * waiter's by compare-and-swap of `charged`: each nanosecond goes to one holder, whatever the order
 * in which threads get here.
 *
 * A holder's stack costs more than many a lock is held. So a waiter is charged to the first that
 * lets go, and then to one each SLICE_NS, with what went by since: at most so much goes to the
 * wrong one.
 *
 * A waiter shorter than CPROF_MUTEX_THRESHOLD is never recorded: so it is not charged before it has
 * waited as long as that, and then for all of it. */
#include "preload/contention.h"

#include <sys/uio.h>

#include "preload/capture.h"
#include "preload/math.h"
#include "preload/store.h"
#include "preload/sys.h"
#include "preload/thread_entry.h"

enum { HOME_STRIDE = AGENT_WAITERS / AGENT_LOCK_HOMES, FILLING = 1, DETAIL_HOLDER = 1 };

#define SLICE_NS 20000

uint16_t contention_waiting[AGENT_LOCK_HOMES];

/* Atomic: nobody at this home is to be charged before, in ticks. A new waiter writes when it came,
 * which nobody else does. */
static uint64_t due[AGENT_LOCK_HOMES];

void contention_fork_child(void) {
    for (size_t i = 0; i < AGENT_LOCK_HOMES; i++)
        contention_waiting[i] = 0;
}

static struct waiter *waiter_at(unsigned home, uint32_t i) {
    return &fork_page->waiters[(home * HOME_STRIDE + i) % AGENT_WAITERS];
}

/* ---- the waiter */

static struct waiter *take_waiter(unsigned home) {
    for (uint32_t i = 0; i < AGENT_WAITERS / 2; i++) {
        struct waiter *w = waiter_at(home, i);
        uint64_t none = 0;
        if (__atomic_load_n(&w->lock, __ATOMIC_RELAXED) ||
            !__atomic_compare_exchange_n(&w->lock, &none, FILLING, false, __ATOMIC_ACQ_REL,
                                         __ATOMIC_RELAXED))
            continue;
        uint16_t *at = &fork_page->waiter_reach[home];
        uint16_t reach = __atomic_load_n(at, __ATOMIC_RELAXED);
        while (reach < i && !__atomic_compare_exchange_n(at, &reach, (uint16_t)i, true,
                                                         __ATOMIC_RELEASE, __ATOMIC_RELAXED))
            ;
        return w;
    }
    store_count_early(ARENA_DROPPED_WAITERS, 1);
    return NULL;
}

COLD struct waiter *contention_begin(const struct wait *w, bool is_word) {
    uint64_t fraction = agent.config.mutex_fraction;
    if (!fraction || agent_sandboxed() ||
        (fraction > 1 && random_next(thread_rng()) % fraction != 0))
        return NULL;
    unsigned home = contention_home((const void *)w->object);
    struct waiter *waiter = take_waiter(home);
    if (!waiter)
        return NULL;
    waiter->since = w->since;
    waiter->holder = 0;
    waiter->weight = (uint32_t)fraction;
    waiter->is_word = is_word;
    __atomic_store_n(&waiter->charged, w->since, __ATOMIC_RELAXED);
    __atomic_store_n(&waiter->lock, w->object, __ATOMIC_RELEASE);
    __atomic_store_n(&due[home], w->since, __ATOMIC_RELEASE);
    __atomic_fetch_add(&contention_waiting[home], 1, __ATOMIC_SEQ_CST);
    return waiter;
}

static void add_held(struct arena_bucket *b, uint64_t contentions, uint64_t ns) {
    bucket_add(b, 2, (int64_t)contentions);
    bucket_add(b, 3, (int64_t)ns);
}

/* The bucket of a holder that nobody saw let go: it did so before the waiter was listed, or within
 * libc, or the time was up first. */
static struct arena_bucket *unknown_holder(struct store *s) {
    struct capture c;
    if (!capture_frame(s, &c, ARENA_PC_NO_HOLDER))
        return NULL;
    struct arena_bucket *b = capture_bucket(s, &c, ARENA_EVENT_MUTEX, DETAIL_HOLDER);
    capture_release(&c);
    return b;
}

static void record(struct store *s, const struct waiter *w, uint64_t charged, uint64_t now) {
    struct capture c;
    arena_ref holder = __atomic_load_n(&w->holder, __ATOMIC_RELAXED);
    if (!capture_here(s, &c))
        return;
    struct arena_bucket *b = capture_bucket(s, &c, ARENA_EVENT_MUTEX, 0);
    capture_release(&c);
    if (!b)
        return;
    bucket_add(b, 0, w->weight);
    bucket_add(b, 1, (int64_t)(clock_ns(w->since, now) * w->weight));
    store_count(s, ARENA_MUTEX_SAMPLES, 1);
    b = holder ? store_at(s, holder) : unknown_holder(s);
    if (b)
        add_held(b, w->weight, clock_ns(charged, now) * w->weight);
}

COLD void contention_end(struct waiter *waiter, const struct wait *w, uint64_t now, bool waited) {
    unsigned home = contention_home((const void *)w->object);
    uint64_t charged = __atomic_exchange_n(&waiter->charged, 0, __ATOMIC_ACQ_REL);
    if (waited && clock_ns(waiter->since, now) >= agent.config.mutex_threshold_ns) {
        agent_fork_check();
        struct store *s = store_get();
        if (s)
            record(s, waiter, charged, now);
    }
    __atomic_fetch_sub(&contention_waiting[home], 1, __ATOMIC_RELAXED);
    __atomic_store_n(&waiter->lock, 0, __ATOMIC_RELEASE);
}

/* ---- the holder */

/* Whoever lets go, found once it is needed. */
struct holder {
    struct store *s;
    struct arena_bucket *bucket;
    bool looked;
};

static __attribute__((noinline)) bool holder_find(struct holder *h) {
    struct capture c;
    if (!h->looked && (h->looked = true) && capture_here(h->s, &c)) {
        h->bucket = capture_bucket(h->s, &c, ARENA_EVENT_MUTEX, DETAIL_HOLDER);
        capture_release(&c);
    }
    return h->bucket != NULL;
}

/* What is woken may not be waiting for a lock. A checked read: the word may be gone by now. */
static bool word_is_lock(const void *lock) {
    uint32_t word;
    struct iovec local = {&word, sizeof word}, remote = {(void *)(uintptr_t)lock, sizeof word};
    return sys_call6(SYS_process_vm_readv, sys_getpid(), (long)&local, 1, (long)&remote, 1, 0) ==
               sizeof word &&
           contention_is_lock(word);
}

static void charge(struct waiter *w, struct holder *h, const void *lock, uint64_t now) {
    uint64_t from = __atomic_load_n(&w->charged, __ATOMIC_ACQUIRE);
    if (!from || __atomic_load_n(&w->lock, __ATOMIC_ACQUIRE) != (uintptr_t)lock ||
        clock_ns(w->since, now) < agent.config.mutex_threshold_ns ||
        (w->is_word && !word_is_lock(lock)) || !holder_find(h))
        return;
    uint32_t weight = w->weight;
    arena_ref holder = (arena_ref)(((uint8_t *)h->bucket - h->s->base) / ARENA_ALIGN);
    __atomic_store_n(&w->holder, holder, __ATOMIC_RELAXED);
    if (now > from && __atomic_compare_exchange_n(&w->charged, &from, now, false, __ATOMIC_ACQ_REL,
                                                  __ATOMIC_RELAXED))
        add_held(h->bucket, 0, clock_ns(from, now) * weight);
}

static void charge_all(unsigned home, struct holder *h, const void *lock, uint64_t now) {
    uint32_t reach = __atomic_load_n(&fork_page->waiter_reach[home], __ATOMIC_ACQUIRE);
    for (uint32_t i = 0; i <= reach; i++)
        if (__atomic_load_n(&waiter_at(home, i)->lock, __ATOMIC_RELAXED) == (uintptr_t)lock)
            charge(waiter_at(home, i), h, lock, now);
}

COLD void contention_charge(const void *lock) {
    unsigned home = contention_home(lock);
    uint64_t now = clock_ticks(), from = __atomic_load_n(&due[home], __ATOMIC_ACQUIRE);
    if (now < from || agent_sandboxed())
        return;
    agent_fork_check();
    struct holder h = {.s = store_peek()};
    if (!h.s)
        return;
    charge_all(home, &h, lock, now);
    if (h.bucket) /* unless another waiter has come meanwhile */
        __atomic_compare_exchange_n(&due[home], &from, now + clock_ticks_of(SLICE_NS), false,
                                    __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}
