/* A program that samples itself: own_sigprof itimer|timer|late. Each SIGPROF that its handler sees
 * has to be one of its own, and they have to be as many as it asked for.
 *
 * `late` installs the handler after a worker with everything blocked began. */
#include "prog.h"

#include <sys/time.h>

static volatile sig_atomic_t from_itimer, from_timer, from_elsewhere;
static int cookie;

static void on_prof(int signo, siginfo_t *si, void *uc) {
    if (si->si_code == SI_TIMER && si->si_value.sival_ptr == &cookie)
        from_timer++;
    else if (si->si_code == SI_KERNEL)
        from_itimer++;
    else
        from_elsewhere++;
}

static void *burn(void *arg) {
    sigset_t all;
    sigfillset(&all);
    if (arg)
        pthread_sigmask(SIG_SETMASK, &all, NULL);
    burn_ms(300);
    return NULL;
}

int main(int argc, char **argv) {
    struct sigaction act = {.sa_sigaction = on_prof, .sa_flags = SA_SIGINFO | SA_RESTART};
    struct itimerval every = {{0, 10000}, {0, 10000}}, none = {{0, 0}, {0, 0}};
    pthread_t worker;
    int late = strcmp(argv[1], "late") == 0;
    churn(500);
    if (late) {
        CHECK(pthread_create(&worker, NULL, burn, &cookie) == 0);
        sleep_ms(20);
    }
    CHECK(sigaction(SIGPROF, &act, NULL) == 0);
    timer_t timer;
    if (strcmp(argv[1], "timer") == 0) {
        struct sigevent ev = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGPROF};
        struct itimerspec its = {{0, 10000000}, {0, 10000000}};
        ev.sigev_value.sival_ptr = &cookie;
        CHECK(timer_create(CLOCK_PROCESS_CPUTIME_ID, &ev, &timer) == 0);
        CHECK(timer_settime(timer, 0, &its, NULL) == 0);
    } else {
        CHECK(setitimer(ITIMER_PROF, &every, NULL) == 0);
    }
    if (!late)
        CHECK(pthread_create(&worker, NULL, burn, NULL) == 0);
    burn_ms(300);
    CHECK(pthread_join(worker, NULL) == 0);
    setitimer(ITIMER_PROF, &none, NULL);
    /* 600 ms at 100 Hz; the kernel rounds up, and expirations merge while one is pending, for long
     * where the thread that has it waits for a CPU. */
    int mine = strcmp(argv[1], "timer") == 0 ? from_timer : from_itimer;
    if (mine < 3 || mine > 95)
        printf("%d signals\n", mine);
    /* A signal that reached the masked worker before the handler was there was queued again by it,
     * and the kernel lets only main say where such a one came from. */
    int others = from_timer + from_itimer + from_elsewhere - mine;
    printf("others %s\n", others <= late ? "none" : "some");
    printf("done\n");
    return 0;
}
