/* The CPU timers of threads.
 *
 * Model: what a thread's timer does is known to the thread itself, in its thread_state, for a tick
 * costs no look at shared memory. The first expiry is uniform in (0, period], so that short times
 * are sampled without bias. How many expiries were due is known from the thread's CPU clock: when
 * the rate changes, what was due at the old one is added up, and what has been recorded is taken
 * off; the rest is owed, and is recorded with the first tick at the new rate, or at the thread's
 * end. So no change of rate, and no tick that the kernel drops with it, loses time or counts it
 * twice.
 *
 * Others may change the timer, too: the handler of a request, and who moves timers to another
 * signal. They take the thread's entry in fork_page->timers, so does the thread itself. Nobody
 * waits for it in a handler: the thread leaves it to its next tick, the handler leaves it to the
 * thread, which looks at window.changes again when it is done. A timer that another thread has made
 * is adopted by its owner at the next tick. */
#include "preload/cpu_timer.h"

#include <errno.h>
#include <string.h>

#include "preload/cpu_window.h"
#include "preload/math.h"
#include "preload/slot.h"
#include "preload/store.h"
#include "preload/sys.h"
#include "preload/thread_entry.h"

#define NEVER_SEEN UINT32_MAX

const char cpu_timer_cookie;

/* ---- the kernel's timers */

static uint32_t period_of(uint32_t hz) {
    return 1000000000u / hz;
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
    ev.sigev_value.sival_ptr = (void *)&cpu_timer_cookie;
    ev._sigev_un._tid = (int)tid;
    long r = sys_call3(SYS_timer_create, thread_clock(tid), (long)&ev, (long)&id);
    return sys_failed(r) ? (int)r : id;
}

static void delete_timer(int id) {
    sys_call1(SYS_timer_delete, id);
}

/* First expiry after first_ns of CPU time, with TIMER_ABSTIME when its clock says so; 0: never. */
static void set_timer(int id, int flags, uint64_t first_ns, uint32_t hz) {
    struct itimerspec it = {
        .it_value = {(time_t)(first_ns / 1000000000), (long)(first_ns % 1000000000)},
        .it_interval = {hz == 1 ? 1 : 0, hz == 1 ? 0 : (long)period_of(hz)},
    };
    sys_call4(SYS_timer_settime, id, flags, (long)&it, 0);
}

static uint64_t draw_first(uint32_t hz) {
    return random_next(thread_rng()) % period_of(hz) + 1;
}

/* ---- who may change a thread's timer */

static struct cpu_timer *entry_of(const struct thread_state *t) {
    return t->slot ? &fork_page->timers[t->slot - fork_page->slots] : NULL;
}

static bool try_take(struct cpu_timer *e) {
    uint32_t nobody = 0;
    return !e || __atomic_compare_exchange_n(&e->taken_by, &nobody, thread_state.tid, false,
                                             __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
}

/* Waits while another thread has it, which is microseconds if that runs. False, after a second, or
 * where this thread itself has it: a handler of the program has interrupted it, and ends it. */
static bool take(struct cpu_timer *e) {
    const struct timespec moment = {0, 50000};
    for (int i = 0; i < 20000; i++) {
        if (try_take(e))
            return true;
        if (__atomic_load_n(&e->taken_by, __ATOMIC_RELAXED) == thread_state.tid)
            return false;
        sys_call2(SYS_nanosleep, (long)&moment, 0);
    }
    return false;
}

static void give(struct cpu_timer *e) {
    uint32_t me = thread_state.tid;
    if (e) /* one that could not be taken is another's */
        __atomic_compare_exchange_n(&e->taken_by, &me, 0, false, __ATOMIC_SEQ_CST,
                                    __ATOMIC_RELAXED);
}

static void set_open(struct cpu_timer *e, bool open) {
    if (e)
        __atomic_store_n(&e->open, open, __ATOMIC_RELEASE);
}

/* ---- the calling thread's own, taken */

static uint64_t due_ns(const struct thread_state *t, uint64_t clock_ns) {
    uint64_t used = clock_ns - t->cpu_armed_ns;
    if (!t->has_timer || (int64_t)used < 0 || used < t->cpu_first_ns)
        return 0;
    return ((used - t->cpu_first_ns) / t->cpu_period_ns + 1) * t->cpu_period_ns;
}

/* From `armed_ns` on another rate is in force. */
static void set_base(struct thread_state *t, uint32_t hz, uint64_t armed_ns, uint64_t first_ns) {
    t->cpu_owed_ns += (int64_t)due_ns(t, armed_ns);
    t->cpu_hz = hz;
    t->cpu_period_ns = period_of(hz);
    t->cpu_armed_ns = armed_ns;
    t->cpu_first_ns = first_ns;
}

/* Takes over what another thread has made of the timer. */
static bool adopt(struct thread_state *t, const struct cpu_timer *e) {
    if (!e || e->version == t->cpu_version || !e->hz)
        return false;
    t->cpu_version = e->version;
    set_base(t, e->hz, e->armed_ns, e->first_ns);
    t->has_timer = true;
    return true;
}

static bool make(struct thread_state *t) {
    int id = create_timer(t->tid, agent.tick_signo);
    if (id == -EAGAIN) {
        slot_reap();
        id = create_timer(t->tid, agent.tick_signo);
    }
    if (id < 0) {
        store_count_early(ARENA_NO_TIMER, 1);
        return false;
    }
    t->timer = id;
    if (t->slot) /* else it is sampled all the same; only nobody else can change it */
        __atomic_store_n(&t->slot->timer, id + 1, __ATOMIC_RELEASE);
    return true;
}

/* The slot's id is the true one: another thread may have changed it. */
static int timer_id(const struct thread_state *t) {
    return t->slot ? __atomic_load_n(&t->slot->timer, __ATOMIC_ACQUIRE) - 1 : t->timer;
}

static void arm(struct thread_state *t, struct cpu_timer *e, uint32_t hz, bool is_new) {
    /* A new thread's time counts from its very start. */
    uint64_t now = is_new ? 0 : (uint64_t)sys_clock_ns(CLOCK_THREAD_CPUTIME_ID);
    if ((!t->has_timer || timer_id(t) < 0) && !make(t))
        return;
    set_base(t, hz, now, draw_first(hz));
    t->has_timer = true;
    set_timer(timer_id(t), TIMER_ABSTIME, now + t->cpu_first_ns, hz);
    if (e)
        __atomic_store_n(&e->hz, hz, __ATOMIC_RELEASE);
}

static void disarm(struct thread_state *t, struct cpu_timer *e) {
    int id = timer_id(t);
    if (t->slot)
        __atomic_store_n(&t->slot->timer, 0, __ATOMIC_RELEASE);
    if (t->has_timer && id >= 0)
        delete_timer(id);
    t->has_timer = false;
    t->cpu_hz = 0;
    if (e)
        __atomic_store_n(&e->hz, 0, __ATOMIC_RELEASE);
}

/* Sees to it that the timer has the rate that it should have. True when the rate has changed. */
static bool set_rate(struct thread_state *t, struct cpu_timer *e, bool is_new) {
    bool changed = adopt(t, e);
    uint32_t hz = cpu_window_rate();
    if (hz == t->cpu_hz)
        return changed;
    if (hz) {
        arm(t, e, hz, is_new);
    } else { /* what comes after the end of a window is not asked for */
        disarm(t, e);
        t->cpu_owed_ns = 0;
    }
    return true;
}

static uint32_t window_changes(void) {
    return __atomic_load_n(&fork_page->window.changes, __ATOMIC_SEQ_CST);
}

/* The same until no window has changed meanwhile, whose handler found the timer taken. `e` is taken
 * and is given back. */
static bool settle(struct thread_state *t, struct cpu_timer *e, bool is_new) {
    bool changed = false;
    uint32_t seen;
    do {
        seen = window_changes();
        changed |= set_rate(t, e, is_new);
        give(e);
    } while (window_changes() != seen && try_take(e));
    t->cpu_seen = seen & ~1u; /* while a window is open, every tick looks */
    return changed;
}

void cpu_timer_open(struct thread_state *t, bool is_new) {
    struct cpu_timer *e = entry_of(t);
    t->cpu_hz = t->cpu_period_ns = 0;
    t->cpu_owed_ns = 0;
    t->cpu_seen = NEVER_SEEN;
    if (!agent.tick_signo || agent_sandboxed() || !take(e))
        return;
    if (e) {
        e->hz = 0;
        t->cpu_version = e->version;
    }
    set_open(e, true);
    settle(t, e, is_new);
}

int64_t cpu_timer_owed(const struct thread_state *t) {
    return t->cpu_owed_ns + (int64_t)due_ns(t, (uint64_t)sys_clock_ns(CLOCK_THREAD_CPUTIME_ID));
}

int64_t cpu_timer_close(struct thread_state *t) {
    struct cpu_timer *e = entry_of(t);
    take(e); /* if not: this thread had it, and a handler that ends it has interrupted that */
    set_open(e, false);
    adopt(t, e);
    int64_t owed = t->has_timer && cpu_window_rate() ? cpu_timer_owed(t) : 0;
    disarm(t, e);
    give(e);
    return owed;
}

bool cpu_timer_look(struct thread_state *t) {
    struct cpu_timer *e = entry_of(t);
    if (agent_sandboxed() || !try_take(e))
        return false;
    if (e && !__atomic_load_n(&e->open, __ATOMIC_ACQUIRE)) {
        give(e);
        return false;
    }
    return settle(t, e, false);
}

/* ---- those of other threads */

static void change(struct thread_slot *slot, struct cpu_timer *e, uint32_t tid, uint32_t hz) {
    struct timespec now;
    int id = __atomic_load_n(&slot->timer, __ATOMIC_ACQUIRE) - 1;
    if (sys_call2(SYS_clock_gettime, thread_clock(tid), (long)&now) != 0)
        return; /* it ended without telling */
    if (id < 0 && (id = create_timer(tid, agent.tick_signo)) < 0) {
        store_count_early(ARENA_NO_TIMER, 1);
        return;
    }
    e->armed_ns = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
    e->first_ns = draw_first(hz);
    e->version++;
    __atomic_store_n(&e->hz, hz, __ATOMIC_RELEASE);
    __atomic_store_n(&slot->timer, id + 1, __ATOMIC_RELEASE);
    set_timer(id, TIMER_ABSTIME, e->armed_ns + e->first_ns, hz);
}

static bool needs_change(const struct thread_slot *slot, const struct cpu_timer *e, uint32_t hz) {
    return __atomic_load_n(&slot->tid, __ATOMIC_ACQUIRE) &&
           __atomic_load_n(&e->open, __ATOMIC_ACQUIRE) &&
           __atomic_load_n(&e->hz, __ATOMIC_ACQUIRE) != hz;
}

bool cpu_timer_change(uint32_t i, uint32_t hz) {
    struct thread_slot *slot = &fork_page->slots[i];
    struct cpu_timer *e = &fork_page->timers[i];
    if (!needs_change(slot, e, hz) || !try_take(e))
        return false;
    bool needs = needs_change(slot, e, hz); /* from here on it cannot end */
    if (needs)
        change(slot, e, __atomic_load_n(&slot->tid, __ATOMIC_ACQUIRE), hz);
    give(e);
    return needs;
}

/* The rate stays, and with it what is due; only the next expiry comes later. */
static void move(struct thread_slot *slot, const struct cpu_timer *e, int signo) {
    uint32_t tid = __atomic_load_n(&slot->tid, __ATOMIC_ACQUIRE);
    int timer = __atomic_load_n(&slot->timer, __ATOMIC_ACQUIRE);
    if (!tid || !timer || !e->hz)
        return;
    int fresh = signo ? create_timer(tid, signo) : -1;
    delete_timer(timer - 1);
    __atomic_store_n(&slot->timer, fresh < 0 ? 0 : fresh + 1, __ATOMIC_RELEASE);
    if (fresh >= 0)
        set_timer(fresh, 0, period_of(e->hz), e->hz);
}

void cpu_move_timers(int signo) {
    thread_notice(); /* who takes something has a tid */
    __atomic_store_n(&agent.tick_signo, signo, __ATOMIC_SEQ_CST);
    if (!signo)
        cpu_window_stop();
    for (uint32_t i = 0, high = slot_high(); i < high; i++) {
        struct cpu_timer *e = &fork_page->timers[i];
        if (!take(e))
            continue; /* its ticks are known whatever signal they come by */
        move(&fork_page->slots[i], e, signo);
        give(e);
    }
}

void cpu_run_timers(bool run) {
    for (uint32_t i = 0, high = slot_high(); i < high; i++) {
        int timer = __atomic_load_n(&fork_page->slots[i].timer, __ATOMIC_ACQUIRE);
        uint32_t hz = __atomic_load_n(&fork_page->timers[i].hz, __ATOMIC_ACQUIRE);
        if (timer && hz)
            set_timer(timer - 1, 0, run ? period_of(hz) : 0, hz);
    }
}
