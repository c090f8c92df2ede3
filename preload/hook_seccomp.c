/* Hooks: the ways into a seccomp sandbox, and out of the process, by number.
 *
 * In a sandbox a system call that the program did not mean to make may kill it. So before the
 * program enters one, all that will be needed is made (the arena), and from then on the agent makes
 * no call of its own: no new timers, no dump from inside, no growth of the arena. In strict mode
 * not even the return from a tick is certain to be allowed, so the thread's timer goes.
 *
 * Both functions are variadic in C and take machine words in fact; these forms let the compiler
 * jump to the real one with everything in place, which matters where the call returns twice
 * (clone). */
#include <linux/seccomp.h>
#include <sys/prctl.h>

#include "preload/agent.h"
#include "preload/cpu.h"
#include "preload/dump.h"
#include "preload/real.h"
#include "preload/store.h"
#include "preload/sys.h"
#include "preload/thread.h"

int prctl(int, ...);
long syscall(long, ...);

static COLD void enter_sandbox(bool strict) {
    if (!agent_on())
        return;
    agent_fork_check();
    struct store *s = store_get();
    if (s)
        s->header->counters[ARENA_SANDBOXED] = 1;
    if (strict)
        cpu_exec_begin();
    __atomic_store_n(&agent.sandboxed, 1, __ATOMIC_RELEASE);
}

HOOK int hook_prctl(int option, long a, long b, long c, long d) __asm__("prctl");
HOOK int hook_prctl(int option, long a, long b, long c, long d) {
    if (unlikely(option == PR_SET_SECCOMP))
        enter_sandbox(a == SECCOMP_MODE_STRICT);
    return ((__typeof__(&hook_prctl))REAL(prctl))(option, a, b, c, d);
}

HOOK long hook_syscall(long nr, long a, long b, long c, long d, long e, long f) __asm__("syscall");
HOOK long hook_syscall(long nr, long a, long b, long c, long d, long e, long f) {
    if (unlikely(nr == SYS_seccomp &&
                 (a == SECCOMP_SET_MODE_STRICT || a == SECCOMP_SET_MODE_FILTER)))
        enter_sandbox(a == SECCOMP_SET_MODE_STRICT);
    else if (unlikely(nr == SYS_prctl && a == PR_SET_SECCOMP))
        enter_sandbox(b == SECCOMP_MODE_STRICT);
    else if (unlikely(nr == SYS_exit_group))
        dump_at_exit();
    else if (unlikely(nr == SYS_exit) && agent_on())
        thread_end();
    return ((__typeof__(&hook_syscall))REAL(syscall))(nr, a, b, c, d, e, f);
}
