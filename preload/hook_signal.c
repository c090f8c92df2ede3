/* Hooks: signal actions, masks, and waits for signals.
 *
 * They keep our two signals deliverable while the program sees what it set (preload/signals.h). For
 * every other signal there is one change: a handler on the alternate stack runs with ticks blocked,
 * because such a stack may be too small for a second signal frame; the program does not see that
 * bit. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/time.h>
#include <time.h>

#include "preload/agent.h"
#include "preload/cpu.h"
#include "preload/real.h"
#include "preload/signals.h"
#include "preload/sys.h"

typedef void (*handler_fn)(int);

/* Signals whose action has the tick bit in sa_mask because we put it there. */
static uint64_t tick_added; /* atomic */

static bool tick_was_added(int signo) {
    return __atomic_load_n(&tick_added, __ATOMIC_RELAXED) & sys_sigbit(signo);
}

static int sigaction_other(int signo, const struct sigaction *act, struct sigaction *old) {
    struct sigaction changed;
    bool was_added = tick_was_added(signo), add = false;
    if (act && signals_tick_bit() && act->sa_flags & SA_ONSTACK &&
        !sigismember(&act->sa_mask, agent.tick_signo)) {
        changed = *act;
        sigaddset(&changed.sa_mask, agent.tick_signo);
        act = &changed;
        add = true;
    }
    int r = REAL(sigaction)(signo, act, old);
    if (r != 0)
        return r;
    if (old && was_added)
        sigdelset(&old->sa_mask, agent.tick_signo);
    if (act && add)
        __atomic_fetch_or(&tick_added, sys_sigbit(signo), __ATOMIC_RELAXED);
    else if (act && was_added)
        __atomic_fetch_and(&tick_added, ~sys_sigbit(signo), __ATOMIC_RELAXED);
    return r;
}

HOOK int sigaction(int signo, const struct sigaction *act, struct sigaction *old) {
    return signals_action(signo, act, old) ? 0 : sigaction_other(signo, act, old);
}

HOOK int __sigaction(int signo, const struct sigaction *act, struct sigaction *old);
HOOK int __sigaction(int signo, const struct sigaction *act, struct sigaction *old) {
    return sigaction(signo, act, old);
}

/* After signal() of another signal the action has no bit of ours. */
static void forget_tick_bit(int signo) {
    if (signo > 0 && signo < _NSIG && tick_was_added(signo))
        __atomic_fetch_and(&tick_added, ~sys_sigbit(signo), __ATOMIC_RELAXED);
}

/* signal() and its relatives; `flags` are what the relative sets. */
#define SIGNAL_HOOK(name, flags)                                                                   \
    HOOK handler_fn name(int signo, handler_fn handler) {                                          \
        struct sigaction act = {.sa_handler = handler, .sa_flags = flags}, old;                    \
        if (handler != SIG_ERR && signals_action(signo, &act, &old))                               \
            return old.sa_handler;                                                                 \
        forget_tick_bit(signo);                                                                    \
        return REAL(name)(signo, handler);                                                         \
    }

handler_fn bsd_signal(int signo, handler_fn handler);

SIGNAL_HOOK(signal, SA_RESTART)
SIGNAL_HOOK(bsd_signal, SA_RESTART)
SIGNAL_HOOK(ssignal, SA_RESTART)
SIGNAL_HOOK(sysv_signal, (int)SA_RESETHAND | SA_NODEFER)
SIGNAL_HOOK(__sysv_signal, (int)SA_RESETHAND | SA_NODEFER)

HOOK int sigignore(int signo) {
    return signal(signo, SIG_IGN) == SIG_ERR ? -1 : 0;
}

#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

/* System V's sigset: sets the action, and unblocks; SIG_HOLD blocks. */
HOOK handler_fn sigset(int signo, handler_fn handler) {
    struct sigaction former;
    sigset_t set, before;
    if (!signals_shown(signo, &former)) {
        forget_tick_bit(signo);
        return REAL(sigset)(signo, handler);
    }
    sigemptyset(&set);
    sigaddset(&set, signo);
    if (handler != SIG_HOLD && signal(signo, handler) == SIG_ERR)
        return SIG_ERR;
    if (sigprocmask(handler == SIG_HOLD ? SIG_BLOCK : SIG_UNBLOCK, &set, &before) != 0)
        return SIG_ERR;
    return sigismember(&before, signo) == 1 ? SIG_HOLD : former.sa_handler;
}

HOOK int siginterrupt(int signo, int flag) {
    struct sigaction act;
    if (!signals_shown(signo, &act))
        return REAL(siginterrupt)(signo, flag);
    act.sa_flags = flag ? act.sa_flags & ~SA_RESTART : act.sa_flags | SA_RESTART;
    return sigaction(signo, &act, NULL);
}

/* ---- masks */

typedef int mask_fn(int, const sigset_t *, sigset_t *);

static int change_mask(mask_fn *real, int how, const sigset_t *set, sigset_t *old) {
    struct signals_mask m;
    if (!agent_on())
        return real(how, set, old);
    /* Noted first: a signal that becomes deliverable is delivered before the call returns. */
    signals_mask_begin(&m, how, set);
    int r = real(how, set ? &m.kernel : NULL, old);
    signals_mask_end(&m, r, old);
    return r;
}

HOOK int sigprocmask(int how, const sigset_t *set, sigset_t *old) {
    return change_mask(REAL(sigprocmask), how, set, old);
}

HOOK int pthread_sigmask(int how, const sigset_t *set, sigset_t *old) {
    return change_mask(REAL(pthread_sigmask), how, set, old);
}

/* BSD's and System V's forms, which libc makes from its own sigprocmask, not from ours. */

static int mask_word(int how, int mask) {
    sigset_t set, old;
    uint64_t word = (uint32_t)mask;
    sigemptyset(&set);
    sigemptyset(&old);
    memcpy(&set, &word, sizeof word);
    if (sigprocmask(how, &set, &old) != 0)
        return -1;
    memcpy(&word, &old, sizeof word);
    return (int)(uint32_t)word;
}

HOOK int sigblock(int mask) {
    return mask_word(SIG_BLOCK, mask);
}

HOOK int sigsetmask(int mask) {
    return mask_word(SIG_SETMASK, mask);
}

HOOK int siggetmask(void) {
    return mask_word(SIG_BLOCK, 0);
}

static int mask_signal(int how, int signo) {
    sigset_t set;
    sigemptyset(&set);
    return sigaddset(&set, signo) != 0 ? -1 : sigprocmask(how, &set, NULL);
}

HOOK int sighold(int signo) {
    return mask_signal(SIG_BLOCK, signo);
}

HOOK int sigrelse(int signo) {
    return mask_signal(SIG_UNBLOCK, signo);
}

/* ---- waits: a tick that is pending at the moment is not for the program */

static bool our_tick(const siginfo_t *si) {
    return si->si_signo == agent.tick_signo && cpu_is_tick(si);
}

HOOK int sigwaitinfo(const sigset_t *set, siginfo_t *info) {
    siginfo_t own, *si = info ? info : &own;
    int r;
    if (agent_on())
        signals_program_waits(set, false);
    do
        r = REAL(sigwaitinfo)(set, si);
    while (r > 0 && our_tick(si));
    return r;
}

HOOK int sigwait(const sigset_t *set, int *signo) {
    siginfo_t si;
    int r;
    if (!agent_on())
        return REAL(sigwait)(set, signo);
    signals_program_waits(set, false);
    int saved = errno; /* sigwait has no EINTR and leaves errno alone */
    do
        r = REAL(sigwaitinfo)(set, &si);
    while (r < 0 ? errno == EINTR : our_tick(&si));
    int error = r < 0 ? errno : 0;
    errno = saved;
    if (r > 0)
        *signo = r;
    return error;
}

static int64_t timespec_ns(const struct timespec *ts) {
    return ts->tv_sec * INT64_C(1000000000) + ts->tv_nsec;
}

HOOK int sigtimedwait(const sigset_t *set, siginfo_t *info, const struct timespec *timeout) {
    siginfo_t own, *si = info ? info : &own;
    int r = REAL(sigtimedwait)(set, si, timeout);
    if (likely(r <= 0 || !our_tick(si)))
        return r;
    if (!timeout)
        return sigwaitinfo(set, info);
    /* Rare enough that the time spent before the tick need not be known: at worst the wait is as
     * long as a tick's own time longer, since a thread that waits uses no CPU time. */
    int64_t end = sys_clock_ns(CLOCK_MONOTONIC) + timespec_ns(timeout);
    do {
        int64_t left = end - sys_clock_ns(CLOCK_MONOTONIC);
        struct timespec ts = {left > 0 ? left / 1000000000 : 0, left > 0 ? left % 1000000000 : 0};
        r = REAL(sigtimedwait)(set, si, &ts);
    } while (r > 0 && our_tick(si));
    return r;
}

HOOK int signalfd(int fd, const sigset_t *set, int flags) {
    if (agent_on())
        signals_program_waits(set, true);
    return REAL(signalfd)(fd, set, flags);
}

/* A program that starts ITIMER_PROF wants SIGPROF, whatever it set as its action so far. */
HOOK int setitimer(__itimer_which_t which, const struct itimerval *restrict value,
                   struct itimerval *restrict old) {
    if (agent_on() && which == ITIMER_PROF && value &&
        (value->it_value.tv_sec || value->it_value.tv_usec))
        signals_release(SIGPROF);
    return REAL(setitimer)(which, value, old);
}
