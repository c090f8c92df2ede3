/* The CPU sampler.
 *
 * Model: each thread has a timer on its own CPU clock that sends the tick signal to that thread
 * alone. A tick stands for 1 + overrun periods. The first expiry is uniform in (0, period], so that
 * short threads are sampled without bias. The kernel looks at CPU timers at its own tick only, so
 * an expiry in a thread's last moments is never delivered; how many expiries were due is known from
 * the clock, and the missing ones are recorded at thread exit for the thread's start routine.
 *
 * The threads' slots say which timers exist: to move them to another signal, and to delete those of
 * threads that ended without telling when the kernel refuses more timers. */
#include "preload/cpu.h"

#include <errno.h>
#include <string.h>
#include <ucontext.h>

#include "preload/capture.h"
#include "preload/math.h"
#include "preload/slot.h"
#include "preload/sys.h"
#include "preload/thread_entry.h"

/* Tells our ticks from the program's own timers: nobody else has this address. */
static const char tick_cookie;

static uint64_t period_ns(void) {
    return 1000000000u / agent.config.cpu_rate_hz;
}

/* The CPU clock of any thread of this process (kernel's encoding: CPUCLOCK_PERTHREAD | SCHED). */
static int thread_clock(uint32_t tid) {
    return (int)(~tid << 3 | 6);
}

/* Returns the timer id or a negative errno. */
static int create_timer(uint32_t tid, int signo) {
    struct sigevent ev;
    int32_t id;
    memset(&ev, 0, sizeof ev);
    ev.sigev_notify = SIGEV_THREAD_ID;
    ev.sigev_signo = signo;
    ev.sigev_value.sival_ptr = (void *)&tick_cookie;
    ev._sigev_un._tid = (int)tid;
    long r = sys_call3(SYS_timer_create, thread_clock(tid), (long)&ev, (long)&id);
    return sys_failed(r) ? (int)r : id;
}

static void delete_timer(int id) {
    sys_call1(SYS_timer_delete, id);
}

/* First expiry after first_ns of CPU time, with TIMER_ABSTIME when its clock says so; 0: never. */
static void set_timer(int id, int flags, uint64_t first_ns) {
    struct itimerspec it = {
        .it_value = {(time_t)(first_ns / 1000000000), (long)(first_ns % 1000000000)},
        .it_interval = {(time_t)(period_ns() / 1000000000), (long)(period_ns() % 1000000000)},
    };
    sys_call4(SYS_timer_settime, id, flags, (long)&it, 0);
}

/* ---- a thread's timer */

static void arm(struct thread_state *t, bool is_new) {
    int id = create_timer(t->tid, agent.tick_signo);
    if (id == -EAGAIN) {
        slot_reap();
        id = create_timer(t->tid, agent.tick_signo);
    }
    if (id < 0) {
        store_count_early(ARENA_NO_TIMER, 1);
        return;
    }
    t->timer = id;
    if (t->slot) /* else it is sampled all the same; it only cannot be moved */
        __atomic_store_n(&t->slot->timer, id + 1, __ATOMIC_RELEASE);
    t->has_timer = true;
    t->cpu_ticks = 0;
    t->cpu_first_ns = random_next(thread_rng()) % period_ns() + 1;
    /* A new thread's time counts from its very start. */
    t->cpu_armed_ns = is_new ? 0 : (uint64_t)sys_clock_ns(CLOCK_THREAD_CPUTIME_ID);
    set_timer(id, TIMER_ABSTIME, t->cpu_armed_ns + t->cpu_first_ns);
}

/* The slot's id is the true one: cpu_move_timers may have changed it. */
static void disarm(struct thread_state *t) {
    int id = t->timer;
    if (t->slot)
        id = __atomic_exchange_n(&t->slot->timer, 0, __ATOMIC_ACQ_REL) - 1;
    if (id >= 0)
        delete_timer(id);
    t->has_timer = false;
}

void cpu_thread_begin(bool is_new) {
    if (agent.config.cpu_rate_hz && agent.tick_signo && !agent_sandboxed())
        arm(&thread_state, is_new);
}

/* Expiries of this thread's timer that are due and did not arrive; they count as arrived now. */
static uint64_t take_undelivered(struct thread_state *t) {
    if (!t->has_timer || agent_sandboxed())
        return 0;
    uint64_t used = (uint64_t)sys_clock_ns(CLOCK_THREAD_CPUTIME_ID) - t->cpu_armed_ns;
    if (used < t->cpu_first_ns)
        return 0;
    uint64_t due = (used - t->cpu_first_ns) / period_ns() + 1;
    uint64_t missing = due > t->cpu_ticks ? due - t->cpu_ticks : 0;
    t->cpu_ticks += missing;
    return missing;
}

static void count(struct store *s, struct capture *c, uint64_t periods) {
    struct arena_bucket *b = capture_bucket(s, c, ARENA_EVENT_CPU, 0);
    if (!b)
        return;
    bucket_add(b, 0, (int64_t)periods);
    bucket_add(b, 1, (int64_t)(periods * period_ns()));
    store_count(s, ARENA_CPU_SAMPLES, 1);
}

void cpu_thread_end(void) {
    struct thread_state *t = &thread_state;
    if (!t->has_timer)
        return;
    if (agent_sandboxed())
        return;
    uint64_t missing = take_undelivered(t);
    disarm(t);
    agent_fork_check();
    struct store *s = missing ? store_get() : NULL;
    struct capture c;
    if (s && capture_frame(s, &c, t->start_pc)) {
        count(s, &c, missing);
        capture_release(&c);
    }
}

void cpu_settle(void) {
    uint64_t missing = take_undelivered(&thread_state);
    struct store *s = missing ? store_get() : NULL;
    struct capture c;
    if (s && capture_here(s, &c)) {
        count(s, &c, missing);
        capture_release(&c);
    }
}

void cpu_exec_begin(void) {
    struct thread_state *t = &thread_state;
    if (!t->has_timer)
        return;
    uint64_t set = sys_sigbit(agent.tick_signo), mask;
    struct timespec none = {0, 0};
    sys_sigmask(SIG_BLOCK, set, &mask);
    disarm(t);
    while (sys_call4(SYS_rt_sigtimedwait, (long)&set, 0, (long)&none, sizeof set) > 0)
        ;
    sys_sigmask(SIG_SETMASK, mask, NULL);
}

void cpu_exec_failed(void) {
    if (thread_state.stage == THREAD_LIVE)
        cpu_thread_begin(false);
}

void cpu_move_timers(int signo) {
    __atomic_store_n(&agent.tick_signo, signo, __ATOMIC_RELEASE);
    for (uint32_t i = 0, high = slot_high(); i < high; i++) {
        struct thread_slot *slot = &fork_page->slots[i];
        uint32_t tid = __atomic_load_n(&slot->tid, __ATOMIC_ACQUIRE);
        int timer = __atomic_load_n(&slot->timer, __ATOMIC_ACQUIRE), fresh;
        if (!tid || !timer)
            continue;
        fresh = signo ? create_timer(tid, signo) : -1;
        if (__atomic_compare_exchange_n(&slot->timer, &timer, fresh < 0 ? 0 : fresh + 1, false,
                                        __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) {
            delete_timer(timer - 1);
            if (fresh >= 0)
                set_timer(fresh, 0, period_ns());
        } else if (fresh >= 0) { /* the thread ended meanwhile */
            delete_timer(fresh);
        }
    }
}

void cpu_run_timers(bool run) {
    for (uint32_t i = 0, high = slot_high(); i < high; i++) {
        int timer = __atomic_load_n(&fork_page->slots[i].timer, __ATOMIC_ACQUIRE);
        if (timer)
            set_timer(timer - 1, 0, run ? period_ns() : 0);
    }
}

/* ---- ticks */

bool cpu_is_tick(const siginfo_t *si) {
    return si->si_code == SI_TIMER && si->si_value.sival_ptr == (void *)&tick_cookie;
}

void cpu_tick(const siginfo_t *si, void *context) {
    struct thread_state *t = &thread_state;
    uint64_t periods = 1 + (uint64_t)(si->si_overrun > 0 ? si->si_overrun : 0);
    struct store *s;
    struct capture c;
    /* While another thread makes the store this tick is left to the settling at thread exit. */
    if (!(s = store_get()))
        return;
    t->cpu_ticks += periods;
    if (!capture_has_room(context)) {
        store_count(s, ARENA_DROPPED_NO_STACK, periods);
        return;
    }
    if (!capture_context(s, &c, context)) /* counted there */
        return;
    count(s, &c, periods);
    capture_release(&c);
}
