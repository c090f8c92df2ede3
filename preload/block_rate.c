/* The rate in force: counts what is kept in windows of time, for the process.
 *
 * Threads that look at once may count into the window before or lose a count: it is a pace, no
 * sum. */
#include "preload/block_rate.h"

#include "preload/clock.h"

enum { WINDOW_NS = 100000000, KEPT_MOST = 100, KEPT_FEW = KEPT_MOST / 4 };

#define RATE_MOST (UINT64_C(1) << 36) /* ns, a minute */

static struct {
    uint64_t ns;           /* atomic: 0 not set yet */
    uint64_t since;        /* atomic: ticks when the window began */
    uint64_t window_ticks; /* atomic: 0 not known yet */
    uint32_t kept;         /* atomic: in this window */
} pace HOT_DATA;

/* Begins a window; the first that comes after the end of one does. */
static COLD void next_window(uint64_t now, uint64_t since) {
    uint64_t least = agent.config.block_rate_ns, rate = __atomic_load_n(&pace.ns, __ATOMIC_RELAXED);
    uint64_t ticks = __atomic_load_n(&pace.window_ticks, __ATOMIC_RELAXED);
    if (!__atomic_compare_exchange_n(&pace.since, &since, now, false, __ATOMIC_RELAXED,
                                     __ATOMIC_RELAXED))
        return;
    uint32_t kept = __atomic_exchange_n(&pace.kept, 0, __ATOMIC_RELAXED);
    if (ticks && kept < KEPT_FEW) {
        uint64_t windows = (now - since) / ticks;
        rate = windows < 64 ? rate >> windows : 0;
    }
    __atomic_store_n(&pace.ns, rate > least ? rate : least, __ATOMIC_RELAXED);
    __atomic_store_n(&pace.window_ticks, clock_ticks_of(WINDOW_NS), __ATOMIC_RELAXED);
}

HOT uint64_t block_rate(uint64_t now) {
    uint64_t since = __atomic_load_n(&pace.since, __ATOMIC_RELAXED);
    uint64_t ticks = __atomic_load_n(&pace.window_ticks, __ATOMIC_RELAXED);
    if (unlikely((int64_t)(now - since) >= (int64_t)ticks))
        next_window(now, since);
    return __atomic_load_n(&pace.ns, __ATOMIC_RELAXED);
}

HOT void block_rate_kept(void) {
    uint64_t rate = __atomic_load_n(&pace.ns, __ATOMIC_RELAXED);
    if (__atomic_add_fetch(&pace.kept, 1, __ATOMIC_RELAXED) != KEPT_MOST || rate <= 1)
        return;
    __atomic_store_n(&pace.ns, rate < RATE_MOST ? rate * 2 : rate, __ATOMIC_RELAXED);
    __atomic_store_n(&pace.kept, 0, __ATOMIC_RELAXED);
}
