/* CPU sampling by request.
 *
 * Model: one window, in the fork page: a rate and an end. Requests while it is open make it faster
 * or longer. `changes` is what threads compare at each tick: it is odd while a window is open, so
 * that all of them look at the clock then, and whoever finds that the time is up ends the window.
 * Threads change their own timers when they see that; one that does not run costs nothing and keeps
 * its timer until it does.
 *
 * A thread that has no timer has no ticks, either. So the handler of the request makes the timers
 * of all threads, whose slots say who they are: 2 us each. That it holds up no thread for long it
 * does BATCH of them, and has itself called again in a moment by a timer, until all have theirs;
 * then the window is granted. Threads that begin meanwhile see the window themselves. Where a
 * thread and the handler are at the same timer, one leaves it to the other: preload/cpu_timer.c. */
#include "preload/cpu_window.h"

#include "preload/cpu_timer.h"
#include "preload/self_timer.h"
#include "preload/slot.h"
#include "preload/store.h"
#include "preload/sys.h"
#include "preload/thread_entry.h"

enum { HZ_MAX = 10000, BATCH = 128, GAP_NS = 1000000, BUSY_TRIES = 20, BUSY_NS = 50000 };

static struct cpu_window *window(void) {
    return &fork_page->window;
}

/* ---- who changes the window */

static bool try_take(struct cpu_window *w) {
    return !__atomic_exchange_n(&w->busy, 1, __ATOMIC_ACQUIRE);
}

/* Whoever has it is done soon; but this handler may have interrupted that very thread. */
static bool take(struct cpu_window *w) {
    const struct timespec moment = {0, BUSY_NS};
    for (int i = 0; i < BUSY_TRIES; i++) {
        if (try_take(w))
            return true;
        sys_call2(SYS_nanosleep, (long)&moment, 0);
    }
    return false;
}

static void give(struct cpu_window *w) {
    __atomic_store_n(&w->busy, 0, __ATOMIC_RELEASE);
}

static void change(struct cpu_window *w, uint32_t hz) {
    bool was_open = w->changes & 1;
    __atomic_store_n(&w->hz, hz, __ATOMIC_RELEASE);
    __atomic_fetch_add(&w->changes, was_open == (hz != 0) ? 2 : 1, __ATOMIC_SEQ_CST);
    w->next = 0;
}

bool cpu_window_is_timer(const siginfo_t *si) {
    return self_timer_is(&window()->timer, si);
}

/* ---- opening it */

static void grant(struct store *s, const struct cpu_window *w) {
    int64_t until_ns = w->slow_until_ns > w->until_ns ? w->slow_until_ns : w->until_ns;
    __atomic_store_n(&s->header->cpu_window_until_ns, until_ns, __ATOMIC_RELEASE);
    __atomic_store_n(&s->header->cpu_window_hz, w->hz, __ATOMIC_RELEASE);
}

/* Gives timers to some of the threads that have not the right one, and grants the window when all
 * have. */
static void go_on(struct store *s, struct cpu_window *w) {
    uint32_t high = slot_high();
    do {
        for (uint32_t n = 0; w->next < high && n < BATCH; w->next++)
            n += cpu_timer_change(w->next, w->hz);
        if (w->next < high && self_timer_set(&w->timer, GAP_NS))
            return;
    } while (w->next < high);
    self_timer_delete(&w->timer);
    grant(s, w);
}

static void close_window(struct cpu_window *w) {
    struct store *s = store_peek();
    self_timer_delete(&w->timer);
    w->slow_hz = 0;
    w->slow_until_ns = 0;
    change(w, 0);
    if (s)
        __atomic_store_n(&s->header->cpu_window_hz, 0, __ATOMIC_RELEASE);
}

/* The time of the rate in force is up. Threads slow their timers down when they see it. */
static void end_window(struct cpu_window *w) {
    struct store *s = store_peek();
    if (!w->slow_hz || sys_clock_ns(CLOCK_MONOTONIC) >= w->slow_until_ns) {
        close_window(w);
        return;
    }
    __atomic_store_n(&w->until_ns, w->slow_until_ns, __ATOMIC_RELEASE);
    change(w, w->slow_hz);
    w->slow_hz = 0;
    w->slow_until_ns = 0;
    if (s)
        grant(s, w);
}

static bool is_over(const struct cpu_window *w) {
    return sys_clock_ns(CLOCK_MONOTONIC) >= __atomic_load_n(&w->until_ns, __ATOMIC_ACQUIRE);
}

/* What is slower than the window in force must not make that longer: it comes after. Of several
 * slower ones, the fastest rate and the latest end. */
static void slow_down_to(struct cpu_window *w, uint32_t hz, int64_t until_ns) {
    if (hz > w->slow_hz)
        w->slow_hz = hz;
    if (until_ns > w->slow_until_ns)
        w->slow_until_ns = until_ns;
}

static void open_window(struct cpu_window *w, uint32_t hz, int64_t until_ns, int64_t now_ns) {
    bool is_open = w->hz && now_ns < w->until_ns;
    if (hz < agent.config.cpu_rate_hz)
        hz = agent.config.cpu_rate_hz;
    if (is_open && hz < w->hz) {
        slow_down_to(w, hz, until_ns);
        return;
    }
    if (is_open && hz > w->hz)
        slow_down_to(w, w->hz, w->until_ns);
    if (!is_open || hz != w->hz || until_ns > w->until_ns)
        __atomic_store_n(&w->until_ns, until_ns, __ATOMIC_RELEASE);
    if (!is_open || hz != w->hz)
        change(w, hz);
}

static bool can_sample(void) {
    return !agent_sandboxed() && agent.tick_signo && agent.ask_signo && sys_getpid() == agent.pid;
}

void cpu_window_request(uint32_t hz, uint32_t seconds) {
    agent_fork_check();
    struct cpu_window *w = window();
    if (!hz || hz > HZ_MAX || !seconds || !can_sample())
        return;
    struct store *s = store_get();
    thread_notice(); /* who takes something has a tid */
    if (!s || !take(w))
        return; /* who asks does it again */
    if (w->hz && is_over(w))
        end_window(w);
    int64_t now = sys_clock_ns(CLOCK_MONOTONIC);
    open_window(w, hz, now + seconds * INT64_C(1000000000), now);
    go_on(s, w);
    give(w);
}

void cpu_window_go_on(void) {
    agent_fork_check();
    struct cpu_window *w = window();
    struct store *s = store_peek();
    thread_notice();
    if (!s || !can_sample() || !take(w))
        return;
    if (w->hz)
        go_on(s, w);
    else
        self_timer_delete(&w->timer);
    give(w);
}

/* ---- its end */

uint32_t cpu_window_rate(void) {
    struct cpu_window *w = window();
    uint32_t hz = __atomic_load_n(&w->hz, __ATOMIC_ACQUIRE);
    if (!hz)
        return agent.config.cpu_rate_hz;
    if (!is_over(w))
        return hz;
    if (try_take(w)) {
        if (w->hz && is_over(w)) /* else it is another one */
            end_window(w);
        hz = w->hz;
        give(w);
        return hz ? hz : agent.config.cpu_rate_hz;
    }
    return agent.config.cpu_rate_hz;
}

void cpu_window_stop(void) {
    struct cpu_window *w = window();
    if (!take(w))
        return;
    if (w->hz)
        close_window(w);
    give(w);
}
