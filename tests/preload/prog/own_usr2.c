/* A program with a handler of its own for the dump signal: every signal is its own, and nobody
 * else's. It answers each, so that none merges with another. */
#include "prog.h"

static volatile sig_atomic_t got, wrong;

static void on_signal(int signo, siginfo_t *si, void *uc) {
    if (signo != SIGUSR2 || si->si_code != SI_USER)
        wrong = 1;
    got++;
}

int main(void) {
    struct sigaction act = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO}, old;
    sigaddset(&act.sa_mask, SIGHUP);
    churn(2000);
    CHECK(sigaction(SIGUSR2, &act, &old) == 0);
    CHECK(old.sa_handler == SIG_DFL);
    for (int i = 1; i <= 20; i++) {
        pid_t pid = send_from_outside(SIGUSR2, 1, 0);
        while (got < i)
            burn_ms(1);
        CHECK(status_of(pid) == 0);
    }
    CHECK(sigaction(SIGUSR2, NULL, &old) == 0);
    CHECK(old.sa_sigaction == on_signal && old.sa_flags & SA_SIGINFO);
    CHECK(sigismember(&old.sa_mask, SIGHUP) == 1 && sigismember(&old.sa_mask, SIGPROF) == 0);
    printf("got %d wrong %d\n", (int)got, (int)wrong);
    CHECK(signal(SIGUSR2, SIG_DFL) == old.sa_handler); /* a union: the same address */
    CHECK(signal(SIGUSR2, SIG_IGN) == SIG_DFL);
    kill(getpid(), SIGUSR2);
    sleep_ms(20);
    CHECK(signal(SIGUSR2, SIG_DFL) == SIG_IGN);
    printf("got %d\n", (int)got);
    return 0;
}
