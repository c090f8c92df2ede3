/* Signals.
 *
 * Model: we hold the tick signal (SIGPROF at first), a spare one for ticks to move to, which is
 * open in every thread by then, the dump signal, and one that threads are asked for their stacks by
 * (SIGURG: where it comes too late, by default it does nothing). Of each held signal the kernel has
 * our handler and, in every thread, an open mask; `shown` is the action that the program believes
 * in, and a bit of the thread's `masked` whether the program believes it blocked there. A signal
 * that is not for us gets what the program asked for:
 *   - blocked in this thread: blocked for real now, and queued again, so that another thread, a
 *     sigwait or a signalfd gets it;
 *   - a handler, to ignore it, or the default, in general death.
 * A signal that the program installs a handler for is the program's (`yielded`): ticks move to
 * another one before that, and nothing of ours is sent by it any more; it stays held, because
 * threads may still believe it blocked.
 *
 * A child that shares our memory (vfork) has actions and masks of its own: what it sets goes to the
 * kernel as it is, and only what it believes blocked is noted, apart.
 *
 * Our handlers run with all signals blocked, on the alternate stack where the thread has one (Go
 * needs that), and restart what they interrupt. */
#include "preload/signals.h"

#include <errno.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/ucontext.h>

#include "preload/agent.h"
#include "preload/clock.h"
#include "preload/cpu.h"
#include "preload/cpu_timer.h"
#include "preload/dump.h"
#include "preload/real.h"
#include "preload/requests.h"
#include "preload/store.h"
#include "preload/sys.h"
#include "preload/threads/threads_answer.h"

/* Some alternate stack of the program is too small for our handler. */
static bool off_altstack;

/* ---- the handler */

/* The program has the signal blocked here: block it for real, and let it wait in the queue. */
static void queue_again(int signo, siginfo_t *si, ucontext_t *uc) {
    int pid = sys_getpid(), tid = sys_gettid();
    sigaddset(&uc->uc_sigmask, signo);
    if (si->si_code == SI_TKILL) {
        sys_call4(SYS_rt_tgsigqueueinfo, pid, tid, signo, (long)si);
        return;
    }
    /* The kernel lets only main say that a signal came from kill(). */
    if (tid != pid && si->si_code >= 0)
        si->si_code = SI_QUEUE;
    sys_call3(SYS_rt_sigqueueinfo, pid, signo, (long)si);
}

/* SIGURG's default, the only one that is not death, is nothing. */
static void as_by_default(int signo, ucontext_t *uc) {
    if (signo == SIGURG)
        return;
    struct {
        void *handler;
        unsigned long flags;
        void *restorer;
        uint64_t mask;
    } dfl = {0};
    sys_call4(SYS_rt_sigaction, signo, (long)&dfl, 0, sizeof dfl.mask);
    sigdelset(&uc->uc_sigmask, signo);
    sys_call3(SYS_tgkill, sys_getpid(), sys_gettid(), signo);
}

static void call_program(struct held *h, siginfo_t *si, void *uc) {
    struct sigaction act = h->shown;
    if (act.sa_flags & (int)SA_RESETHAND)
        h->shown.sa_handler = SIG_DFL;
    if (act.sa_flags & SA_SIGINFO)
        act.sa_sigaction(h->signo, si, uc);
    else
        act.sa_handler(h->signo);
}

/* True when a handler of the program ran; what it ignores, or what does nothing, must not show by
 * EINTR either. */
static bool as_the_program_asked(struct held *h, siginfo_t *si, ucontext_t *uc) {
    if (thread_state.masked & held_bit(h)) {
        queue_again(h->signo, si, uc);
    } else if (h->shown.sa_handler == SIG_DFL) {
        as_by_default(h->signo, uc);
    } else if (h->shown.sa_handler != SIG_IGN) {
        call_program(h, si, uc);
        return true;
    }
    return false;
}

/* ---- the program's own profiler
 *
 * A timer of the program for the whole process (ITIMER_PROF) signals the thread that runs, in the
 * kernel's same tick as ours. Ours is taken first; if its handler blocked the program's signal, the
 * kernel would hand that to any other thread, and the program's profiler would see a thread that
 * waits. So it stays open there, and when it interrupts our handler it is put off: queued for this
 * thread alone and blocked until our handler returns, as if it had come then.
 *
 * That takes two frames. Where a thread's alternate stack may not hold them, all is blocked, and
 * what has not been taken by another thread yet is fetched back. */
static bool small_altstack;

static bool is_program_tick(const struct held *h) {
    return held_use_of(h) == HELD_YIELDED && held_is_handler(&h->shown);
}

static uint64_t program_ticks(void) {
    uint64_t set = 0;
    for (int i = 0, n = held_count(); i < n; i++)
        if (is_program_tick(&held[i]))
            set |= sys_sigbit(held[i].signo);
    return set;
}

static void queue_for_this_thread(int signo, siginfo_t *si) {
    sys_call4(SYS_rt_tgsigqueueinfo, sys_getpid(), sys_gettid(), signo, (long)si);
}

static bool put_off(const struct held *h, siginfo_t *si, ucontext_t *uc) {
    bool at_entry = uc->uc_mcontext.gregs[REG_RIP] == (greg_t)(uintptr_t)held_handler;
    if (!is_program_tick(h) || (!thread_state.in_tick && !at_entry))
        return false;
    queue_for_this_thread(h->signo, si);
    sigaddset(&uc->uc_sigmask, h->signo);
    return true;
}

static void fetch_back(const ucontext_t *uc) {
    const struct timespec now = {0};
    siginfo_t si;
    for (int i = 0, n = held_count(); i < n && !agent_sandboxed(); i++) {
        const struct held *h = &held[i];
        uint64_t set = sys_sigbit(h->signo);
        if (!is_program_tick(h) || thread_state.masked & held_bit(h) ||
            sigismember(&uc->uc_sigmask, h->signo) == 1)
            continue;
        if (sys_call4(SYS_rt_sigtimedwait, (long)&set, (long)&si, (long)&now, sizeof set) ==
            h->signo)
            queue_for_this_thread(h->signo, &si);
    }
}

/* A signal for the process goes to main, if main does not block it; but a thread that returns from
 * any handler takes what is queued for the process at that moment, before main was scheduled. So
 * that our handler does not draw signals to threads that would never have got them, it gives main
 * time to take what is queued: 50 us as a rule, 25 ms at most, on a machine with much to do or
 * where main blocks the signal. (To look whether it does would take a descriptor, which a handler
 * must not have while other threads open and close theirs.) */
static void leave_queued_to_main(const ucontext_t *uc) {
    uint64_t blocked, queued = 0;
    struct timespec moment = {0, 50000};
    if (thread_state.tid == (uint32_t)agent.pid || agent_sandboxed())
        return;
    memcpy(&blocked, &uc->uc_sigmask, sizeof blocked);
    blocked |= program_ticks(); /* for this thread */
    for (; moment.tv_nsec < 20000000; moment.tv_nsec *= 2) {
        sys_call2(SYS_rt_sigpending, (long)&queued, sizeof queued);
        if (likely(!(queued & ~blocked & ~signals_open_set())))
            return;
        sys_call2(SYS_nanosleep, (long)&moment, 0);
    }
}

/* A process that signals itself means its own business, as `kill -USR2 $$` in a shell. */
static bool is_request(const struct held *h, const siginfo_t *si) {
    bool sent = si->si_code == SI_USER || si->si_code == SI_TKILL || si->si_code == SI_QUEUE;
    return !(sent && si->si_pid == agent.pid) && !__atomic_load_n(&h->waited_for, __ATOMIC_RELAXED);
}

/* Whether this handler alone has ended the system call that it interrupted, so that a hook may make
 * the call again: it came right behind it, no handler of the program is to run before the call
 * returns, and none has, or it would have been interrupted instead. All signals are blocked here:
 * what comes later comes as if it were after the call. */
static bool ended_call(const ucontext_t *uc) {
    const greg_t *regs = uc->uc_mcontext.gregs;
    const uint8_t *pc = (const uint8_t *)regs[REG_RIP];
    uint64_t blocked, queued = 0;
    if ((regs[REG_RAX] != -EINTR && regs[REG_RAX] <= 0) || pc[-2] != 0x0f || pc[-1] != 0x05)
        return false; /* no `syscall` behind us, or it was not cut short */
    memcpy(&blocked, &uc->uc_sigmask, sizeof blocked);
    sys_call2(SYS_rt_sigpending, (long)&queued, sizeof queued);
    return !(queued & ~blocked & ~signals_open_set());
}

static bool program_handles; /* any signal; atomic */

/* Behind the call stands a thread, too, whose call a handler of the program has ended, when a tick
 * comes as that handler returns: EINTR is the program's then. It looks the same; but a tick comes
 * to a thread that runs, so it ends a call only on its way to sleep, and a call that took longer
 * was ended by another. (A thread that was put aside on that way gets an EINTR too many, in a
 * program that has handlers: better than one that is lost.) */
static bool ended_by_a_handler(const siginfo_t *si, const struct thread_slot *slot) {
    enum { WAY_TO_SLEEP_NS = 100000 };
    if (!cpu_is_tick(si) || !__atomic_load_n(&program_handles, __ATOMIC_RELAXED))
        return false;
    /* Outside of a wait nobody knows how long it took. */
    return !(slot->seq & 1) || clock_ns(slot->at.since, clock_ticks()) > WAY_TO_SLEEP_NS;
}

static void on_signal(int signo, siginfo_t *si, void *uc) {
    struct held *h = held_find(signo);
    int use = held_use_of(h);
    bool seen = false;
    if (put_off(h, si, uc))
        return;
    if (cpu_is_tick(si)) {
        thread_state.in_tick = 1;
        if (small_altstack)
            fetch_back(uc);
        agent_fork_check();
        dump_retry();
        cpu_tick(si, uc);
    } else if (answer_is_question(si)) {
        answer_question(si, uc);
    } else if (request_is_one(si)) {
        request_serve(si);
    } else if (use == HELD_DUMP && is_request(h, si)) {
        dump_request(DUMP_FILES);
    } else {
        seen = as_the_program_asked(h, si, uc);
    }
    struct thread_slot *slot = thread_state.slot;
    if (!seen && slot && !agent_sandboxed() && ended_call(uc) && !ended_by_a_handler(si, slot))
        thread_state.interrupted = slot->seq;
    if (use != HELD_YIELDED)
        leave_queued_to_main(uc);
    thread_state.in_tick = 0;
}

/* ---- holding and yielding */

/* Gives the kernel our handler, with what the program set for its own where it has one. */
static bool install(const struct held *h, struct sigaction *former) {
    struct sigaction act = {.sa_sigaction = on_signal};
    int use = held_use_of(h);
    if ((use == HELD_YIELDED || use == HELD_ASK) && held_is_handler(&h->shown)) {
        act.sa_mask = h->shown.sa_mask;
        act.sa_flags = (h->shown.sa_flags & ~(int)SA_RESETHAND) | SA_SIGINFO;
        if (act.sa_flags & SA_ONSTACK)
            sigaddset(&act.sa_mask, agent.tick_signo);
    } else {
        sigfillset(&act.sa_mask);
        for (int i = 0; use == HELD_TICK && !small_altstack && i < n_held; i++)
            if (is_program_tick(&held[i]))
                sigdelset(&act.sa_mask, held[i].signo);
        act.sa_flags = SA_SIGINFO | SA_RESTART | (off_altstack ? 0 : SA_ONSTACK);
    }
    return REAL(sigaction)(h->signo, &act, former) == 0;
}

static bool hold(int signo, enum held_use use) {
    struct held *h = held_find(signo);
    if (h) { /* yielded before, free now */
        __atomic_store_n(&h->use, use, __ATOMIC_RELEASE);
        return install(h, NULL);
    }
    if (n_held == SIGNALS_HELD_MAX)
        return false;
    h = &held[n_held];
    h->signo = signo;
    h->use = use;
    if (REAL(sigaction)(signo, NULL, &h->shown) != 0)
        return false;
    __atomic_store_n(&n_held, n_held + 1, __ATOMIC_RELEASE); /* on_signal looks it up */
    return install(h, NULL);
}

/* The spare one; else SIGPROF and signals that hardly any program uses; 0 when all are taken. */
static int free_tick_signal(void) {
    for (int i = 0; i < n_held; i++)
        if (held_use_of(&held[i]) == HELD_SPARE)
            return held[i].signo;
    const int candidates[] = {SIGPROF, SIGSTKFLT, SIGPWR, SIGVTALRM, SIGRTMAX - 3};
    for (size_t i = 0; i < sizeof candidates / sizeof candidates[0]; i++)
        if (candidates[i] != agent.config.dump_signo && candidates[i] != agent.tick_signo &&
            !held_has_handler(candidates[i]))
            return candidates[i];
    return 0;
}

/* The kernel's frame, with all vector registers, and ours. */
void signals_altstack(size_t bytes) {
    size_t frame = getauxval(AT_MINSIGSTKSZ), need = (frame ? frame : 2048) + 3072;
    if (bytes >= 2 * need || off_altstack || (bytes >= need && small_altstack))
        return;
    small_altstack = true;
    off_altstack = bytes < need;
    for (int i = 0, n = held_count(); i < n; i++)
        install(&held[i], NULL);
}

void signals_init(void) {
    held_handler = on_signal;
    /* Also where the settings want no ticks: another process may ask for some, and a thread that
     * has blocked the signal before it is ours would never get one. */
    int tick = free_tick_signal();
    if (tick && hold(tick, HELD_TICK)) {
        agent.tick_signo = tick;
        int spare = free_tick_signal();
        if (spare)
            hold(spare, HELD_SPARE);
    } else {
        agent.config.cpu_rate_hz = 0;
    }
    if (agent.config.dump_signo && !held_has_handler(agent.config.dump_signo))
        hold(agent.config.dump_signo, HELD_DUMP);
    /* Signals that do nothing by default: a question that comes after an exec harms nobody. */
    const int asks[] = {SIGURG, SIGWINCH};
    for (size_t i = 0; i < sizeof asks / sizeof asks[0]; i++)
        if (agent.config.dump_signo != asks[i] && !held_has_handler(asks[i]) &&
            hold(asks[i], HELD_ASK) && !agent.ask_signo)
            agent.ask_signo = asks[i];
}

/* Nothing of ours is sent by this signal any more. Ticks move first, then those that are pending
 * are discarded, so that none reaches a handler of the program. */
static void yield(struct held *h) {
    if (held_use_of(h) == HELD_TICK) {
        int to = free_tick_signal();
        if (to && !hold(to, HELD_TICK))
            to = 0;
        cpu_move_timers(to); /* 0: none is free, no CPU samples from now on */
        struct sigaction ignore = {.sa_handler = SIG_IGN};
        REAL(sigaction)(h->signo, &ignore, NULL);
    }
    __atomic_store_n(&h->use, HELD_YIELDED, __ATOMIC_RELEASE);
}

static void set_action(struct held *h, const struct sigaction *act) {
    bool handler = held_is_handler(act);
    /* Questions can be told from the program's signals whatever the action. */
    if (handler && held_use_of(h) != HELD_YIELDED && held_use_of(h) != HELD_ASK)
        yield(h);
    h->shown = *act;
    /* Given up by the program, the dump signal is one again. */
    if (!handler && h->signo == agent.config.dump_signo)
        __atomic_store_n(&h->use, HELD_DUMP, __ATOMIC_RELEASE);
    install(h, NULL);
    struct held *tick = held_find(agent.tick_signo);
    if (tick && tick != h)
        install(tick, NULL); /* its mask */
}

/* The child's own actions are the kernel's, but for ours, which it inherited. */
static void child_action(struct held *h, const struct sigaction *act, struct sigaction *old) {
    struct sigaction now;
    REAL(sigaction)(h->signo, act, &now);
    if (old)
        *old = now.sa_flags & SA_SIGINFO && now.sa_sigaction == on_signal ? h->shown : now;
}

bool signals_action(int signo, const struct sigaction *act, struct sigaction *old) {
    struct held *h = agent_on() ? held_find(signo) : NULL;
    struct sigaction former;
    if (act && held_is_handler(act))
        __atomic_store_n(&program_handles, true, __ATOMIC_RELAXED);
    if (!h)
        return false;
    if (held_in_vfork_child()) {
        child_action(h, act, old);
        return true;
    }
    former = h->shown;
    if (act)
        set_action(h, act);
    if (old)
        *old = former;
    return true;
}

void signals_release(int signo) {
    struct held *h = agent_on() ? held_find(signo) : NULL;
    if (!h || held_use_of(h) != HELD_TICK)
        return;
    yield(h);
    install(h, NULL);
}

/* What is read from a descriptor can be given to nobody else: questions come by another signal
 * from now on, if there is one that the program does not read there, too. */
static void move_asking(const sigset_t *set) {
    for (int i = 0; i < n_held; i++) {
        if (held_use_of(&held[i]) != HELD_ASK || sigismember(set, held[i].signo) == 1)
            continue;
        struct held *former = held_find(agent.ask_signo);
        struct store *s = store_peek();
        __atomic_store_n(&agent.ask_signo, held[i].signo, __ATOMIC_RELEASE);
        __atomic_store_n(&former->use, HELD_YIELDED, __ATOMIC_RELEASE);
        if (s)
            __atomic_store_n(&s->header->request_signo, (uint32_t)held[i].signo, __ATOMIC_RELEASE);
        return;
    }
}

void signals_program_waits(const sigset_t *set, bool by_descriptor) {
    struct held *h = held_find(agent.config.dump_signo);
    if (h && sigismember(set, h->signo) == 1)
        __atomic_store_n(&h->waited_for, 1, __ATOMIC_RELAXED);
    if (by_descriptor && sigismember(set, agent.tick_signo) == 1)
        signals_release(agent.tick_signo);
    if (by_descriptor && agent.ask_signo && sigismember(set, agent.ask_signo) == 1)
        move_asking(set);
}
