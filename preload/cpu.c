/* The CPU sampler.
 *
 * Model: each thread has a timer on its own CPU clock that sends the tick signal to that thread
 * alone. A tick stands for 1 + overrun periods. The kernel looks at CPU timers at its own tick
 * only, so an expiry in a thread's last moments is never delivered; what is owed then (cpu_timer.c)
 * is recorded at thread exit for the thread's start routine. */
#include "preload/cpu.h"

#include <errno.h>
#include <ucontext.h>

#include "preload/capture.h"
#include "preload/cpu_timer.h"
#include "preload/sys.h"

void cpu_thread_begin(bool is_new) {
    cpu_timer_open(&thread_state, is_new);
}

static void count(struct store *s, struct capture *c, int64_t ns) {
    struct arena_bucket *b = capture_bucket(s, c, ARENA_EVENT_CPU, 0);
    int64_t period = thread_state.cpu_period_ns, periods = (ns + period / 2) / period;
    if (!b)
        return;
    bucket_add(b, 0, periods ? periods : 1);
    bucket_add(b, 1, ns);
    store_count(s, ARENA_CPU_SAMPLES, 1);
}

void cpu_thread_end(void) {
    struct thread_state *t = &thread_state;
    if (agent_sandboxed())
        return;
    agent_fork_check();
    int64_t owed = cpu_timer_close(t);
    struct store *s = owed > 0 ? store_get() : NULL;
    struct capture c;
    if (s && capture_frame(s, &c, t->start_pc)) {
        count(s, &c, owed);
        capture_release(&c);
    }
}

void cpu_settle(void) {
    struct thread_state *t = &thread_state;
    if (agent_sandboxed() || !t->has_timer)
        return;
    int64_t owed = cpu_timer_owed(t);
    struct store *s = owed > 0 ? store_peek() : NULL;
    struct capture c;
    if (!s)
        return;
    cpu_timer_recorded(t, owed);
    if (capture_here(s, &c)) {
        count(s, &c, owed);
        capture_release(&c);
    }
}

void cpu_exec_begin(void) {
    struct thread_state *t = &thread_state;
    uint64_t set = sys_sigbit(agent.tick_signo), mask;
    if (agent_sandboxed() || !set)
        return;
    cpu_settle();
    sys_sigmask(SIG_BLOCK, set, &mask);
    cpu_timer_close(t);
    if (t->cpu_period_ns) /* it had one */
        sys_take_pending(set);
    sys_sigmask(SIG_SETMASK, mask, NULL);
}

void cpu_exec_failed(void) {
    if (thread_state.stage == THREAD_LIVE)
        cpu_thread_begin(false);
}

/* ---- ticks */

bool cpu_is_tick(const siginfo_t *si) {
    return si->si_code == SI_TIMER && si->si_value.sival_ptr == (void *)&cpu_timer_cookie;
}

/* While a window is open, and once after it: the rate may have changed. */
static COLD int64_t look(struct thread_state *t, int64_t ns) {
    return cpu_timer_look(t) ? cpu_timer_owed(t) : ns;
}

void cpu_tick(const siginfo_t *si, void *context) {
    struct thread_state *t = &thread_state;
    int64_t periods = 1 + (si->si_overrun > 0 ? si->si_overrun : 0);
    struct store *s;
    struct capture c;
    /* While another thread makes the store this tick is left to the settling at thread exit. */
    if (!(s = store_get()))
        return;
    int64_t ns = periods * t->cpu_period_ns;
    if (unlikely(t->cpu_seen != __atomic_load_n(&fork_page->window.changes, __ATOMIC_RELAXED)))
        ns = look(t, ns);
    if (!t->has_timer || ns <= 0)
        return;
    cpu_timer_recorded(t, ns);
    if (!capture_has_room(context)) {
        store_count(s, ARENA_DROPPED_NO_STACK, (uint64_t)periods);
        return;
    }
    if (!capture_context(s, &c, context)) /* counted there */
        return;
    count(s, &c, ns);
    capture_release(&c);
}
