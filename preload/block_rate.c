/* The rate in force: counts what is kept in windows of time, for the process.
 *
 * Threads that look at once may count into the window before or lose a count: it is a pace, no
 * sum. */
#include "preload/block_rate.h"

#include "preload/clock.h"
#include "preload/math.h"
#include "preload/thread_entry.h"

enum { WINDOW_NS = 400000000, KEPT_MOST = 40, KEPT_FEW = KEPT_MOST / 4 };

#define RATE_MOST (UINT64_C(1) << 36) /* ns, a minute */

static struct {
    uint64_t ns;    /* atomic: 0 not set yet, or off */
    uint64_t since; /* atomic: ticks when the window began */
    uint32_t kept;  /* atomic: in this window */
} pace HOT_DATA;

/* Two threads may do this at once: then the filter is for the other one's rate until the end of the
 * window, and passes more or fewer, of which the right share is kept. */
static void set_rate(uint64_t ns) {
    double filter = ns > 1 ? 2 / (double)clock_ticks_of(ns) : ns == 1 ? BLOCK_FILTER_NONE : 0;
    __atomic_store_n(&pace.ns, ns, __ATOMIC_RELAXED);
    __atomic_store(&hot.block_filter, &filter, __ATOMIC_RELAXED);
}

COLD void block_rate_look(uint64_t now) {
    uint64_t least = agent.config.block_rate_ns, rate = __atomic_load_n(&pace.ns, __ATOMIC_RELAXED);
    uint64_t since = __atomic_load_n(&pace.since, __ATOMIC_RELAXED);
    uint64_t window = clock_ticks_of(WINDOW_NS);
    if (now < __atomic_load_n(&hot.block_until, __ATOMIC_RELAXED) ||
        !__atomic_compare_exchange_n(&pace.since, &since, now, false, __ATOMIC_RELAXED,
                                     __ATOMIC_RELAXED))
        return;
    uint32_t kept = __atomic_exchange_n(&pace.kept, 0, __ATOMIC_RELAXED);
    if (kept < KEPT_FEW) {
        uint64_t windows = (now - since) / window;
        rate = windows < 64 ? rate >> windows : 0;
    }
    set_rate(rate > least ? rate : least);
    __atomic_store_n(&hot.block_until, now + window, __ATOMIC_RELAXED);
}

double block_rate_share(uint64_t ns) {
    uint64_t rate = __atomic_load_n(&pace.ns, __ATOMIC_RELAXED);
    if (!rate && !(rate = agent.config.block_rate_ns))
        return 0;
    return ns < rate ? (double)ns / (double)rate : 1;
}

double block_rate_passes(double x) {
    return x >= 1 ? 1 : math_one_minus_exp_minus(x);
}

static void draw(struct thread_state *t) {
    double drawn = -math_log(random_unit(thread_rng()));
    t->block_left = drawn > 0 ? drawn : 0x1p-60;
}

bool block_rate_passed(double x) {
    struct thread_state *t = &thread_state;
    if (x >= 1)
        return true;
    if (t->block_left == -x) { /* it was 0 */
        draw(t);
        if (!block_rate_filter(x))
            return false;
    }
    draw(t);
    return true;
}

HOT void block_rate_kept(void) {
    uint64_t rate = __atomic_load_n(&pace.ns, __ATOMIC_RELAXED);
    if (__atomic_add_fetch(&pace.kept, 1, __ATOMIC_RELAXED) != KEPT_MOST || rate <= 1)
        return;
    if (rate < RATE_MOST)
        set_rate(2 * rate);
    __atomic_store_n(&pace.kept, 0, __ATOMIC_RELAXED);
}
