/* Ticks.
 *
 * Model: the rate of the counter is found by comparing it with CLOCK_MONOTONIC over the time since
 * the start, when it is needed; again when that time has doubled, until it is a second. */
#include "preload/clock.h"

#include <cpuid.h>

#include "preload/sys.h"

#define SETTLED_NS INT64_C(1000000000)

/* Where the comparison begins; written once. */
static uint64_t base_ticks HOT_DATA;
static int64_t base_ns HOT_DATA;

static uint64_t ns_per_tick HOT_DATA; /* atomic: in units of 2^-32; 0: not known yet */
static int64_t compared_ns HOT_DATA;  /* atomic: how long the last comparison was */

static bool counter_is_invariant(void) {
    unsigned a, b, c, d;
    return __get_cpuid(0x80000007, &a, &b, &c, &d) && (d & 1u << 8);
}

/* Both clocks at one moment: the counter before and after must not be far apart. */
static int64_t both(uint64_t *ticks) {
    int64_t ns = 0;
    uint64_t least = UINT64_MAX;
    for (int i = 0; i < 3; i++) {
        uint64_t before = __rdtsc();
        int64_t now = sys_clock_ns(CLOCK_MONOTONIC);
        uint64_t gap = __rdtsc() - before;
        if (gap < least) {
            least = gap;
            *ticks = before + gap / 2;
            ns = now;
        }
    }
    return ns;
}

void clock_init(void) {
    hot.has_tsc = counter_is_invariant();
    if (hot.has_tsc)
        base_ns = both(&base_ticks);
}

void clock_distrust(void) {
    hot.has_tsc = false;
}

/* CLOCK_MONOTONIC by the system call: the vdso's reads the counter, too. In a sandbox no call may
 * be made, and no wait is recorded. */
uint64_t clock_ticks_slow(void) {
    return agent_sandboxed() ? 0 : (uint64_t)sys_clock_ns(CLOCK_MONOTONIC);
}

static uint64_t compare(void) {
    uint64_t ticks;
    if (agent_sandboxed())
        return __atomic_load_n(&ns_per_tick, __ATOMIC_RELAXED);
    int64_t ns = both(&ticks) - base_ns;
    if (ns <= 0 || ticks <= base_ticks)
        return __atomic_load_n(&ns_per_tick, __ATOMIC_RELAXED);
    uint64_t rate = (uint64_t)((double)ns * 0x1p32 / (double)(ticks - base_ticks));
    __atomic_store_n(&ns_per_tick, rate, __ATOMIC_RELAXED);
    __atomic_store_n(&compared_ns, ns, __ATOMIC_RELAXED);
    return rate;
}

HOT static uint64_t rate_now(void) {
    uint64_t rate = __atomic_load_n(&ns_per_tick, __ATOMIC_RELAXED);
    int64_t over = __atomic_load_n(&compared_ns, __ATOMIC_RELAXED);
    if (likely(over >= SETTLED_NS))
        return rate;
    uint64_t since = __rdtsc() - base_ticks;
    if (rate && (int64_t)(((unsigned __int128)since * rate) >> 32) < 2 * over)
        return rate;
    return compare();
}

HOT uint64_t clock_ns(uint64_t from, uint64_t to) {
    if ((int64_t)(to - from) <= 0)
        return 0;
    if (!hot.has_tsc)
        return to - from;
    return (uint64_t)(((unsigned __int128)(to - from) * rate_now()) >> 32);
}

uint64_t clock_ticks_of(uint64_t ns) {
    uint64_t rate = hot.has_tsc ? rate_now() : 0;
    return rate ? (uint64_t)((double)ns * 0x1p32 / (double)rate) : ns;
}
