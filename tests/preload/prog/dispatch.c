/* System calls that the program itself wants to see (PR_SET_SYSCALL_USER_DISPATCH, as Wine does):
 * the agent must make none from then on that the program did not mean to. */
#include "prog.h"

#include <sys/prctl.h>

#ifndef PR_SET_SYSCALL_USER_DISPATCH
#define PR_SET_SYSCALL_USER_DISPATCH 59
#endif

static char selector; /* 0 allows, 1 blocks */
static volatile int dispatched;

static void on_sys(int signo, siginfo_t *si, void *uc) {
    selector = 0;
    dispatched++;
}

int main(void) {
    struct sigaction act = {.sa_sigaction = on_sys, .sa_flags = SA_SIGINFO};
    sigaction(SIGSYS, &act, NULL);
    burn_ms(30);
    if (prctl(PR_SET_SYSCALL_USER_DISPATCH, 1, 0, 0, &selector) != 0) {
        printf("not on this kernel\n");
        return 0;
    }
    selector = 1;
    volatile uint64_t x = 1;
    for (int i = 0; i < 200000000; i++)
        x = x * 3 + 1;
    selector = 0;
    printf("dispatched %d\n", dispatched);
    return 0;
}
