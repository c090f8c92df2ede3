/* Hooks: waiting for child processes. */
#include <sys/resource.h>
#include <sys/wait.h>

#include "preload/real.h"
#include "preload/wait.h"

#define CHILD(options, call)                                                                       \
    do {                                                                                           \
        if ((options)&WNOHANG)                                                                     \
            return call;                                                                           \
        return WAIT_CALL(ARENA_WAIT_CHILD, 0, call);                                               \
    } while (0)

HOOK pid_t wait(int *status) {
    CHILD(0, REAL(wait)(status));
}

HOOK pid_t waitpid(pid_t pid, int *status, int options) {
    CHILD(options, REAL(waitpid)(pid, status, options));
}

HOOK pid_t wait3(int *status, int options, struct rusage *usage) {
    CHILD(options, REAL(wait3)(status, options, usage));
}

HOOK pid_t wait4(pid_t pid, int *status, int options, struct rusage *usage) {
    CHILD(options, REAL(wait4)(pid, status, options, usage));
}

HOOK int waitid(idtype_t type, id_t id, siginfo_t *info, int options) {
    CHILD(options, REAL(waitid)(type, id, info, options));
}

/* Other names that glibc exports. */
HOOK __typeof__(wait) __wait __attribute__((alias("wait")));
HOOK __typeof__(waitpid) __waitpid __attribute__((alias("waitpid")));
