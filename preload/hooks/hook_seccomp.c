/* Hooks: prctl and syscall: the ways into a seccomp sandbox, into another program, and out of the
 * process or thread, by number; futexes are in hook_futex.c.
 *
 * In a sandbox a system call that the program did not mean to make may kill it, even the return
 * from a tick. So before the program enters one, all that will be needed is made (the arena), the
 * timers of the threads that enter are deleted, and from then on the agent makes no call of its
 * own: no timers, no dump from inside, no growth of the arena.
 *
 * Both functions are variadic in C and take machine words in fact; these forms let the compiler
 * jump to the real one with everything in place, which matters where the call returns twice
 * (clone). */
#include <errno.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "preload/agent.h"
#include "preload/cpu.h"
#include "preload/cpu_timer.h"
#include "preload/dump.h"
#include "preload/hooks/hook_futex.h"
#include "preload/real.h"
#include "preload/store.h"
#include "preload/sys.h"
#include "preload/thread.h"
#include "preload/wait.h"

int prctl(int, ...);
long syscall(long, ...);

/* Calls `enter`, which takes the program into a sandbox if it returns 0 or more; then there is no
 * way back. */
#define ENTER(type, every_thread, enter)                                                           \
    do {                                                                                           \
        bool on = agent_on();                                                                      \
        if (on)                                                                                    \
            before_sandbox(every_thread);                                                          \
        type r_ = (enter);                                                                         \
        if (on && r_ < 0)                                                                          \
            not_in_sandbox(every_thread);                                                          \
        return r_;                                                                                 \
    } while (0)

static COLD void before_sandbox(bool every_thread) {
    agent_fork_check();
    struct store *s = store_get();
    cpu_exec_begin();
    if (every_thread)
        cpu_run_timers(false);
    if (s)
        s->header->counters[ARENA_SANDBOXED] = 1;
    __atomic_store_n(&agent.sandboxed, 1, __ATOMIC_RELEASE);
    wait_switch(WAIT_OFF);
}

/* It was refused: libraries ask in ways that fail, to see what there is. */
static COLD void not_in_sandbox(bool every_thread) {
    int saved = errno;
    struct store *s = store_peek();
    __atomic_store_n(&agent.sandboxed, 0, __ATOMIC_RELEASE);
    wait_switch(WAIT_COLD);
    if (s)
        s->header->counters[ARENA_SANDBOXED] = 0;
    if (every_thread)
        cpu_run_timers(true);
    cpu_exec_failed();
    errno = saved;
}

#ifndef PR_SET_SYSCALL_USER_DISPATCH
#define PR_SET_SYSCALL_USER_DISPATCH 59
#endif

/* Seccomp, or system calls that the program itself wants to see (Wine, emulators). */
static bool is_sandbox(int option, long arg) {
    return option == PR_SET_SECCOMP || (option == PR_SET_SYSCALL_USER_DISPATCH && arg == 1);
}

typedef int prctl_fn(int, long, long, long, long);
HOOK prctl_fn hook_prctl __asm__("prctl");
HOOK int hook_prctl(int option, long a, long b, long c, long d) {
    prctl_fn *real = (prctl_fn *)REAL(prctl);
    if (unlikely(is_sandbox(option, a)))
        ENTER(int, false, real(option, a, b, c, d));
    if (unlikely(option == PR_SET_TSC))
        wait_ticks_changed();
    if (unlikely(option == PR_SET_CHILD_SUBREAPER))
        agent.subreaper_above |= a != 0;
    return real(option, a, b, c, d);
}

HOOK syscall_fn hook_syscall __asm__("syscall");
HOOK long hook_syscall(long nr, long a, long b, long c, long d, long e, long f) {
    syscall_fn *real = (syscall_fn *)REAL(syscall);
    if (nr == SYS_futex)
        return futex_call(real, a, b, c, d, e, f);
    if (unlikely(nr == SYS_seccomp &&
                 (a == SECCOMP_SET_MODE_STRICT || a == SECCOMP_SET_MODE_FILTER)))
        ENTER(long, b &SECCOMP_FILTER_FLAG_TSYNC, real(nr, a, b, c, d, e, f));
    if (unlikely(nr == SYS_prctl && is_sandbox((int)a, b)))
        ENTER(long, false, real(nr, a, b, c, d, e, f));
    if (unlikely(nr == SYS_prctl && a == PR_SET_TSC))
        wait_ticks_changed();
    if (unlikely(nr == SYS_execve))
        return execve((const char *)a, (char *const *)b, (char *const *)c);
    if (unlikely(nr == SYS_execveat))
        return execveat((int)a, (const char *)b, (char *const *)c, (char *const *)d, (int)e);
    if (unlikely(nr == SYS_exit_group))
        dump_at_exit();
    else if (unlikely(nr == SYS_exit) && agent_on())
        thread_end();
    return real(nr, a, b, c, d, e, f);
}
