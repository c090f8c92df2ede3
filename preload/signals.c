/* Signals.
 *
 * Model: two signals are ours, ticks (SIGPROF at first) and dump requests. For each, `shown` holds
 * the action that the program believes in, and every thread's `masked` whether the program believes
 * it blocked there; the kernel has our handler, and has them unblocked. A signal of that number
 * which is not for us, somebody's kill -PROF, is given what the program asked for:
 *   - blocked in this thread: it is blocked for real and queued again, so that another thread, or
 *     a sigwait, gets it;
 *   - ignored: nothing; default: the default, in general death.
 * When the program installs a handler of its own for the tick signal, ticks move to a signal that
 * it does not use; for the dump signal, dump requests by signal end. The program always wins.
 *
 * Our handlers run with all signals blocked, on the alternate stack where the thread has one (Go
 * needs that), and restart what they interrupt. */
#include "preload/signals.h"

#include <errno.h>
#include <string.h>
#include <sys/ucontext.h>

#include "preload/agent.h"
#include "preload/cpu.h"
#include "preload/dump.h"
#include "preload/real.h"
#include "preload/sys.h"

/* The action the program believes in, for a signal that is or was ours. Written in the sigaction
 * hook under the program's own ordering of its calls. */
static struct sigaction shown[_NSIG];
static uint8_t ours[_NSIG]; /* atomic: our handler is installed */
/* The program waits for the dump signal itself, in sigwait or signalfd. */
static int dump_yielded; /* atomic */

static bool is_ours(int signo) {
    return signo > 0 && signo < _NSIG && __atomic_load_n(&ours[signo], __ATOMIC_ACQUIRE);
}

static uint8_t mask_bit(int signo) {
    return signo == agent.config.dump_signo ? MASK_DUMP : MASK_TICK;
}

uint64_t signals_ours(void) {
    uint64_t set = 0;
    if (is_ours(agent.tick_signo))
        set |= sys_sigbit(agent.tick_signo);
    if (is_ours(agent.config.dump_signo))
        set |= sys_sigbit(agent.config.dump_signo);
    return set;
}

/* ---- handlers */

/* The program has the signal blocked here: block it for real, and let it wait in the queue. */
static void queue_again(int signo, siginfo_t *si, ucontext_t *uc) {
    sigaddset(&uc->uc_sigmask, signo);
    if (si->si_code == SI_TKILL)
        sys_call4(SYS_rt_tgsigqueueinfo, sys_getpid(), sys_gettid(), signo, (long)si);
    else
        sys_call3(SYS_rt_sigqueueinfo, sys_getpid(), signo, (long)si);
}

/* What the kernel would have done with a signal that we do not want. */
static void as_the_program_asked(int signo, siginfo_t *si, ucontext_t *uc) {
    if (thread_state.masked & mask_bit(signo)) {
        queue_again(signo, si, uc);
    } else if (shown[signo].sa_handler == SIG_DFL) {
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
}

/* A signal for the process goes to main, if main does not block it; but a thread that returns from
 * any handler takes what is queued for the process at that moment, before main was scheduled. So
 * that our handler does not draw signals to threads that would never have got them, it gives main a
 * moment to take what is queued. */
static void leave_queued_to_main(const ucontext_t *uc) {
    uint64_t blocked, queued = 0;
    const struct timespec moment = {0, 50000};
    if (thread_state.tid == (uint32_t)agent.pid || agent_sandboxed())
        return;
    memcpy(&blocked, &uc->uc_sigmask, sizeof blocked);
    for (int i = 0; i < 20; i++) {
        sys_call2(SYS_rt_sigpending, (long)&queued, sizeof queued);
        if (likely(!(queued & ~blocked & ~signals_ours())))
            return;
        sys_call2(SYS_nanosleep, (long)&moment, 0);
    }
}

static void on_tick(int signo, siginfo_t *si, void *uc) {
    if (cpu_is_tick(si)) {
        /* An old timer's tick may come after they moved. */
        if (thread_state.has_timer)
            cpu_tick(si, uc);
        leave_queued_to_main(uc);
    } else {
        as_the_program_asked(signo, si, uc);
    }
}

static void on_dump(int signo, siginfo_t *si, void *uc) {
    /* A process that signals itself means its own business, as `kill -USR2 $$` in a shell. */
    bool from_itself =
        (si->si_code == SI_USER || si->si_code == SI_TKILL || si->si_code == SI_QUEUE) &&
        si->si_pid == agent.pid;
    if (from_itself || __atomic_load_n(&dump_yielded, __ATOMIC_RELAXED))
        as_the_program_asked(signo, si, uc);
    else
        dump_request();
    leave_queued_to_main(uc);
}

static void take(int signo, void (*handler)(int, siginfo_t *, void *)) {
    struct sigaction act = {.sa_sigaction = handler,
                            .sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK};
    sigfillset(&act.sa_mask);
    if (REAL(sigaction)(signo, &act, &shown[signo]) == 0)
        __atomic_store_n(&ours[signo], 1, __ATOMIC_RELEASE);
}

/* A program may have been started with a handler in place of nobody; only DFL and IGN are
 * inherited, but a library's constructor may have installed one before ours ran. */
static bool has_handler(int signo) {
    struct sigaction act;
    return REAL(sigaction)(signo, NULL, &act) != 0 ||
           (act.sa_handler != SIG_DFL && act.sa_handler != SIG_IGN);
}

/* Signals that hardly any program uses, for when SIGPROF is taken. */
static int next_tick_signal(void) {
    const int candidates[] = {SIGPROF, SIGSTKFLT, SIGPWR, SIGVTALRM, SIGRTMAX - 3, SIGRTMAX - 4};
    for (size_t i = 0; i < sizeof candidates / sizeof candidates[0]; i++)
        if (candidates[i] != agent.config.dump_signo && !is_ours(candidates[i]) &&
            !has_handler(candidates[i]))
            return candidates[i];
    return 0;
}

void signals_init(void) {
    if (agent.config.cpu_rate_hz) {
        agent.tick_signo = next_tick_signal();
        if (agent.tick_signo)
            take(agent.tick_signo, on_tick);
        else
            agent.config.cpu_rate_hz = 0;
    }
    if (agent.config.dump_signo && !has_handler(agent.config.dump_signo))
        take(agent.config.dump_signo, on_dump);
}

void signals_thread_begin(void) {
    uint64_t set = signals_ours(), old;
    if (!set)
        return;
    sys_sigmask(SIG_UNBLOCK, set, &old);
    if (old & sys_sigbit(agent.tick_signo))
        thread_state.masked |= MASK_TICK;
    if (old & sys_sigbit(agent.config.dump_signo))
        thread_state.masked |= MASK_DUMP;
}

/* ---- actions */

/* The program takes the tick signal. Timers move first, then what is pending is discarded, so that
 * no tick reaches its handler. */
static void move_ticks(int from) {
    int to = next_tick_signal();
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    if (to)
        take(to, on_tick);
    else
        agent.config.cpu_rate_hz = 0;
    cpu_move_timers(to ? to : from);
    __atomic_store_n(&ours[from], 0, __ATOMIC_RELEASE);
    REAL(sigaction)(from, &ignore, NULL);
}

enum signal_claim signals_claim(int signo, const struct sigaction *act, struct sigaction *old) {
    if (!agent_on() || signo <= 0 || signo >= _NSIG)
        return CLAIM_NOT_OURS;
    bool wants = act && act->sa_handler != SIG_DFL && act->sa_handler != SIG_IGN;
    if (!is_ours(signo)) {
        if (signo != agent.config.dump_signo || !act || wants)
            return CLAIM_NOT_OURS;
        /* It gives the dump signal back. */
        if (REAL(sigaction)(signo, NULL, old) != 0)
            return CLAIM_NOT_OURS;
        take(signo, on_dump);
        shown[signo] = *act;
        return CLAIM_KEPT;
    }
    *old = shown[signo];
    if (!wants) {
        if (act)
            shown[signo] = *act;
        return CLAIM_KEPT;
    }
    if (signo == agent.tick_signo)
        move_ticks(signo);
    else
        __atomic_store_n(&ours[signo], 0, __ATOMIC_RELEASE);
    /* What the program believed blocked in this thread becomes so. */
    if (thread_state.masked & mask_bit(signo)) {
        sys_sigmask(SIG_BLOCK, sys_sigbit(signo), NULL);
        thread_state.masked &= (uint8_t)~mask_bit(signo);
    }
    return CLAIM_YIELDED;
}

void signals_release(int signo) {
    if (!is_ours(signo) || signo != agent.tick_signo)
        return;
    move_ticks(signo);
    REAL(sigaction)(signo, &shown[signo], NULL);
}

/* ---- masks */

static void mask_one(int how, int signo, uint8_t bit, sigset_t *set, uint8_t *masked) {
    if (!is_ours(signo))
        return;
    bool named = sigismember(set, signo) == 1;
    if (how == SIG_UNBLOCK) {
        if (named)
            *masked &= (uint8_t)~bit;
        return;
    }
    if (named)
        *masked |= bit;
    else if (how == SIG_SETMASK)
        *masked &= (uint8_t)~bit;
    sigdelset(set, signo);
}

void signals_mask_set(int how, sigset_t *set, uint8_t *masked) {
    mask_one(how, agent.tick_signo, MASK_TICK, set, masked);
    mask_one(how, agent.config.dump_signo, MASK_DUMP, set, masked);
}

void signals_mask_get(sigset_t *set, uint8_t masked) {
    if (masked & MASK_TICK && is_ours(agent.tick_signo))
        sigaddset(set, agent.tick_signo);
    if (masked & MASK_DUMP && is_ours(agent.config.dump_signo))
        sigaddset(set, agent.config.dump_signo);
}

void signals_program_waits(const sigset_t *set) {
    int dump = agent.config.dump_signo;
    if (dump && is_ours(dump) && sigismember(set, dump) == 1)
        __atomic_store_n(&dump_yielded, 1, __ATOMIC_RELAXED);
}

/* ---- exec and fork */

void signals_exec_begin(struct signals_saved *saved) {
    const int signos[2] = {agent.tick_signo, agent.config.dump_signo};
    memset(saved, 0, sizeof *saved);
    for (int i = 0; i < 2; i++) {
        if (!is_ours(signos[i]) || shown[signos[i]].sa_handler != SIG_IGN)
            continue;
        saved->ignored[i] = signos[i];
        REAL(sigaction)(signos[i], &shown[signos[i]], &saved->action[i]);
    }
    uint64_t block = 0;
    if (thread_state.masked & MASK_TICK)
        block |= sys_sigbit(agent.tick_signo);
    if (thread_state.masked & MASK_DUMP)
        block |= sys_sigbit(agent.config.dump_signo);
    sys_sigmask(SIG_BLOCK, block & signals_ours(), &saved->mask);
}

void signals_exec_failed(const struct signals_saved *saved) {
    for (int i = 0; i < 2; i++)
        if (saved->ignored[i])
            REAL(sigaction)(saved->ignored[i], &saved->action[i], NULL);
    sys_sigmask(SIG_SETMASK, saved->mask, NULL);
}

void signals_fork_begin(void) {
    /* A fork that a tick interrupts starts again, for ever if forking takes longer than a period.
     */
    sys_sigmask(SIG_BLOCK, signals_ours(), &thread_state.saved_mask);
}

void signals_fork_end(void) {
    sys_sigmask(SIG_SETMASK, thread_state.saved_mask, NULL);
}
