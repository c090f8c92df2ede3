/* Contention.
 *
 * Model: while a sampled thread waits for a lock it is in the table of waiters. The times that are
 * charged are cut out of a waiter's by compare-and-swap of `charged`: each nanosecond goes to one
 * holder, whatever the order in which threads get here.
 *
 * A holder's stack costs more than many a lock is held. So a waiter is charged to the first that
 * lets go, and then to one each SLICE_NS, with what went by since: at most so much goes to the
 * wrong one.
 *
 * A waiter shorter than CPROF_MUTEX_THRESHOLD is never recorded: so it is not charged before it has
 * waited as long as that, and then for all of it. */
#include "preload/contention.h"

#include "preload/capture.h"
#include "preload/math.h"
#include "preload/store.h"
#include "preload/sys.h"
#include "preload/thread_entry.h"

enum { DETAIL_HOLDER = 1 };

#define SLICE_NS 20000

/* ---- the waiter */

HOT struct waiter *contention_begin(const struct wait *w, bool is_word) {
    uint64_t fraction = agent.config.mutex_fraction;
    if (!fraction || agent_sandboxed() ||
        (fraction > 1 && random_next(thread_rng()) % fraction != 0))
        return NULL;
    agent_fork_check();
    return waiters_add(w->object, w->since, (uint32_t)fraction, is_word);
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

static void count_mutex(struct store *s, const struct capture_key *key, const struct waiter *w,
                        uint64_t charged, uint64_t now) {
    arena_ref holder = __atomic_load_n(&w->holder, __ATOMIC_RELAXED);
    struct arena_bucket *b = capture_bucket_of(s, key, ARENA_EVENT_MUTEX, 0);
    if (!b)
        return;
    bucket_add(b, 0, w->weight);
    bucket_add(b, 1, (int64_t)(clock_ns(w->since, now) * w->weight));
    store_count(s, ARENA_MUTEX_SAMPLES, 1);
    b = holder ? store_at(s, holder) : unknown_holder(s);
    if (b)
        add_held(b, w->weight, clock_ns(charged, now + w->overhead) * w->weight);
}

/* One stack for both profiles. `charged` 0: not for the mutex profile; `share` 0: not for block. */
static void count(const struct wait *w, const struct waiter *waiter, uint64_t charged, double share,
                  uint64_t now) {
    struct capture_key key;
    agent_fork_check();
    struct store *s = store_get();
    if (!s || !wait_key(s, w, &key))
        return;
    if (charged)
        count_mutex(s, &key, waiter, charged, now);
    if (share > 0)
        wait_count(s, &key, w, clock_ns(w->since, now), share);
}

HOT void contention_end(struct waiter *waiter, const struct wait *w, uint64_t now, bool waited) {
    uint64_t charged = waiter ? waiters_finish(waiter, w->object) : 0;
    if (waiter)
        now -= __atomic_load_n(&waiter->overhead, __ATOMIC_RELAXED);
    if (waited && !agent_sandboxed()) {
        double share = wait_share(w, now);
        if (charged && clock_ns(w->since, now) < agent.config.mutex_threshold_ns)
            charged = 0;
        if (charged || share > 0)
            count(w, waiter, charged, share, now);
    }
    if (waiter)
        waiters_remove(waiter, w->object);
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
    return sys_read_memory((uintptr_t)lock, &word, sizeof word) == sizeof word &&
           contention_is_lock(word);
}

/* Moves the time up to which a waiter is charged; false when another holder was faster, or it waits
 * no more. */
static bool move_charged(struct waiter *w, uint64_t from, uint64_t to) {
    return __atomic_compare_exchange_n(&w->charged, &from, to, false, __ATOMIC_ACQ_REL,
                                       __ATOMIC_RELAXED);
}

/* The walk of the holder's stack, while the lock is still held, is no part of the wait. */
static void charge(struct waiter *w, struct holder *h, const void *lock, uint64_t now) {
    uint64_t from = __atomic_load_n(&w->charged, __ATOMIC_ACQUIRE);
    if (!from || __atomic_load_n(&w->lock, __ATOMIC_ACQUIRE) != (uintptr_t)lock || now <= from ||
        clock_ns(w->since, now) < agent.config.mutex_threshold_ns ||
        (w->is_word && !word_is_lock(lock)))
        return;
    uint32_t weight = w->weight;
    if (!holder_find(h) || !move_charged(w, from, now))
        return;
    __atomic_store_n(&w->holder, store_ref(h->s, h->bucket), __ATOMIC_RELAXED);
    add_held(h->bucket, 0, clock_ns(from, now) * weight);
    uint64_t spent = clock_ticks() - now;
    if (move_charged(w, now, now + spent))
        __atomic_fetch_add(&w->overhead, spent, __ATOMIC_RELAXED);
}

static void charge_all(unsigned home, struct holder *h, const void *lock, uint64_t now) {
    for (uint32_t i = 0, reach = waiters_reach(home); i <= reach; i++)
        if (__atomic_load_n(&waiters_at(home, i)->lock, __ATOMIC_RELAXED) == (uintptr_t)lock)
            charge(waiters_at(home, i), h, lock, now);
}

HOT void contention_charge(const void *lock) {
    unsigned home = waiters_home((uintptr_t)lock);
    uint64_t now = clock_ticks(), from = __atomic_load_n(&waiters_due[home], __ATOMIC_ACQUIRE);
    if (now < from || agent_sandboxed())
        return;
    agent_fork_check();
    struct holder h = {.s = store_peek()};
    if (!h.s)
        return;
    charge_all(home, &h, lock, now);
    if (h.bucket) /* unless another waiter has come meanwhile */
        __atomic_compare_exchange_n(&waiters_due[home], &from, now + clock_ticks_of(SLICE_NS),
                                    false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}
