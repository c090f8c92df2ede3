/* Faults: a handler that jumps back to where the guard was set, or ends the process. */
#include "preload/fault_guard.h"

#include <signal.h>
#include <stddef.h>

#include "preload/real.h"
#include "preload/sys.h"

static void *resume[5]; /* of __builtin_setjmp */
static bool guarded;

static void on_fault(int signo) {
    if (guarded)
        __builtin_longjmp(resume, 1);
    sys_call1(SYS_exit_group, 1);
}

void fault_guard_init(void) {
    struct sigaction act = {.sa_handler = on_fault, .sa_flags = SA_NODEFER};
    guarded = false;
    REAL(sigaction)(SIGSEGV, &act, NULL);
    REAL(sigaction)(SIGBUS, &act, NULL);
    sys_sigmask(SIG_UNBLOCK, sys_sigbit(SIGSEGV) | sys_sigbit(SIGBUS), NULL);
}

__attribute__((noinline)) bool fault_guard_run(void (*f)(void *), void *arg) {
    if (__builtin_setjmp(resume) == 0) {
        guarded = true;
        f(arg);
        guarded = false;
        return true;
    }
    guarded = false;
    return false;
}
