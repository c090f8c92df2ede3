/* Hooks: signal actions, masks, and waits for signals.
 *
 * They keep our signals deliverable while the program sees what it set (preload/signals.h). For
 * every other signal there is one change: a handler on the alternate stack runs with our signals
 * blocked, because such a stack may be too small for a second signal frame; the program does not
 * see those bits in sa_mask. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "preload/agent.h"
#include "preload/cpu.h"
#include "preload/real.h"
#include "preload/requests.h"
#include "preload/signals.h"
#include "preload/threads/threads_answer.h"
#include "preload/wait.h"

typedef void (*handler_fn)(int);

/* What we added to a signal's sa_mask, one word a signal. */
static uint64_t added[_NSIG]; /* atomic */

static uint64_t was_added(int signo) {
    return signo > 0 && signo < _NSIG ? __atomic_load_n(&added[signo], __ATOMIC_RELAXED) : 0;
}

static void set_added(int signo, uint64_t bits) {
    if (signo > 0 && signo < _NSIG)
        __atomic_store_n(&added[signo], bits, __ATOMIC_RELAXED);
}

static int sigaction_other(int signo, const struct sigaction *act, struct sigaction *old) {
    struct sigaction changed;
    uint64_t before = was_added(signo), add = 0, mask;
    if (act && agent_on() && act->sa_flags & SA_ONSTACK) {
        changed = *act;
        memcpy(&mask, &changed.sa_mask, sizeof mask);
        add = signals_open_set() & ~mask;
        mask |= add;
        memcpy(&changed.sa_mask, &mask, sizeof mask);
        act = &changed;
    }
    int r = REAL(sigaction)(signo, act, old);
    if (r != 0)
        return r;
    if (old) {
        memcpy(&mask, &old->sa_mask, sizeof mask);
        mask &= ~before;
        memcpy(&old->sa_mask, &mask, sizeof mask);
    }
    if (act)
        set_added(signo, add);
    return r;
}

HOOK int sigaction(int signo, const struct sigaction *act, struct sigaction *old) {
    return signals_action(signo, act, old) ? 0 : sigaction_other(signo, act, old);
}

HOOK int __sigaction(int signo, const struct sigaction *act, struct sigaction *old);
HOOK int __sigaction(int signo, const struct sigaction *act, struct sigaction *old) {
    return sigaction(signo, act, old);
}

/* signal() and its relatives; `flags` are what the relative sets. */
#define SIGNAL_HOOK(name, flags)                                                                   \
    HOOK handler_fn name(int signo, handler_fn handler) {                                          \
        struct sigaction act = {.sa_handler = handler, .sa_flags = flags}, old;                    \
        if (handler != SIG_ERR && signals_action(signo, &act, &old))                               \
            return old.sa_handler;                                                                 \
        set_added(signo, 0); /* they set no alternate stack */                                     \
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
        set_added(signo, 0);
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

/* A stack that is too small even for a first one of ours. */
HOOK int sigaltstack(const stack_t *restrict ss, stack_t *restrict old) {
    int r = REAL(sigaltstack)(ss, old);
    if (r == 0 && ss && !(ss->ss_flags & SS_DISABLE) && agent_on())
        signals_altstack(ss->ss_size);
    return r;
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

/* ---- waits. A signal of ours that is pending at the moment is not for the program, and none of
 * these is restarted by the kernel after a handler of ours. */

static bool is_ours(const siginfo_t *si) {
    return cpu_is_tick(si) || answer_is_question(si) || request_is_one(si);
}

HOOK int sigwaitinfo(const sigset_t *set, siginfo_t *info) {
    siginfo_t own, *si = info ? info : &own;
    struct wait w;
    int r;
    if (agent_on())
        signals_program_waits(set, false);
    bool on = wait_begin(&w, ARENA_WAIT_SIGNAL, 0);
    do
        r = REAL(sigwaitinfo)(set, si);
    while (r > 0 ? is_ours(si) : on && wait_interrupted(&w));
    if (on)
        wait_end(&w);
    return r;
}

HOOK int sigwait(const sigset_t *set, int *signo) {
    siginfo_t si;
    struct wait w;
    int r;
    if (!agent_on())
        return REAL(sigwait)(set, signo);
    signals_program_waits(set, false);
    bool on = wait_begin(&w, ARENA_WAIT_SIGNAL, 0);
    while ((r = REAL(sigwaitinfo)(set, &si)) < 0 ? errno == EINTR : is_ours(&si))
        if (r < 0 && on)
            wait_interrupted(&w); /* for errno: sigwait has no EINTR */
    if (on)
        wait_end(&w);
    if (r < 0)
        return errno;
    *signo = r;
    return 0;
}

HOOK int sigtimedwait(const sigset_t *set, siginfo_t *info, const struct timespec *timeout) {
    siginfo_t own, *si = info ? info : &own;
    struct timespec left;
    struct wait w;
    int r;
    if (!timeout)
        return sigwaitinfo(set, info);
    if ((!timeout->tv_sec && !timeout->tv_nsec) || !wait_begin(&w, ARENA_WAIT_SIGNAL, 0)) {
        do
            r = REAL(sigtimedwait)(set, si, timeout);
        while (r > 0 && is_ours(si));
        return r;
    }
    left = *timeout;
    while ((r = REAL(sigtimedwait)(set, si, &left)) > 0 ? is_ours(si) : wait_interrupted(&w))
        left = timespec_of(wait_left_ns(&w, timespec_ns(timeout)));
    wait_end(&w);
    return r;
}

/* The mask of the call, like every mask of the program, leaves our signals open. */
HOOK int sigsuspend(const sigset_t *set) {
    struct signals_mask m;
    struct wait w;
    int r;
    if (!wait_begin(&w, ARENA_WAIT_SIGNAL, 0))
        return REAL(sigsuspend)(set);
    signals_mask_begin(&m, SIG_SETMASK, set);
    do
        r = REAL(sigsuspend)(&m.kernel);
    while (wait_interrupted(&w));
    signals_mask_undo(&m);
    wait_end(&w);
    return r;
}

HOOK __typeof__(sigsuspend) __sigsuspend __attribute__((alias("sigsuspend")));

HOOK int pause(void) {
    return WAIT_CALL(ARENA_WAIT_SIGNAL, 0, REAL(pause)());
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
