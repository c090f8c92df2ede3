/* masked_before_handler SIGNO: workers that block everything begin first, the handler is installed
 * later and blocked by main except while it waits for it. So the handler must never run in a
 * worker, and never in main outside of the wait. */
#include "prog.h"

static pthread_t main_thread;
static volatile sig_atomic_t in_main, in_worker, waiting, outside, stop;

static void on_signal(int signo) {
    if (!pthread_equal(pthread_self(), main_thread))
        in_worker++;
    else if (waiting)
        in_main++;
    else
        outside++;
}

static void *work(void *arg) {
    pthread_setname_np(pthread_self(), "masked");
    while (!stop)
        burn_ms(1);
    return NULL;
}

int main(int argc, char **argv) {
    int signo = atoi(argv[1]);
    pthread_t workers[3];
    sigset_t all, one, before;
    main_thread = pthread_self();
    sigfillset(&all);
    CHECK(pthread_sigmask(SIG_BLOCK, &all, &before) == 0);
    for (int i = 0; i < 3; i++)
        CHECK(pthread_create(&workers[i], NULL, work, NULL) == 0);
    CHECK(pthread_sigmask(SIG_SETMASK, &before, NULL) == 0);
    struct sigaction act = {.sa_handler = on_signal};
    CHECK(sigaction(signo, &act, NULL) == 0);
    sigemptyset(&one);
    sigaddset(&one, signo);
    CHECK(pthread_sigmask(SIG_BLOCK, &one, NULL) == 0);
    for (int i = 0; i < 20; i++) {
        kill(getpid(), signo);
        burn_ms(3);
        waiting = 1;
        if (in_worker + outside == 0)
            sigsuspend(&before);
        waiting = 0;
    }
    stop = 1;
    for (int i = 0; i < 3; i++)
        pthread_join(workers[i], NULL);
    printf("in main %d, in a worker %d, outside of the wait %d\n", (int)in_main, (int)in_worker,
           (int)outside);
    return 0;
}
