/* A profiler in the program: ITIMER_PROF counts the time of all threads and signals the one that
 * runs, here a worker, while main waits for it. */
#include "prog.h"

#include <pthread.h>
#include <signal.h>
#include <sys/time.h>
#include <time.h>

static pthread_t main_thread;
static volatile int in_main, in_worker;

static void on_prof(int signo) {
    if (pthread_equal(pthread_self(), main_thread))
        in_main++;
    else
        in_worker++;
}

static void *work(void *arg) {
    volatile long sum = 0;
    struct timespec now;
    do {
        for (int i = 0; i < 100000; i++)
            sum += i;
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    } while (now.tv_sec * 1000 + now.tv_nsec / 1000000 < 800);
    return arg;
}

int main(void) {
    struct itimerval every = {{0, 1000}, {0, 1000}};
    struct sigaction act = {.sa_handler = on_prof, .sa_flags = SA_RESTART};
    pthread_t worker;
    main_thread = pthread_self();
    sigaction(SIGPROF, &act, NULL);
    pthread_create(&worker, NULL, work, NULL);
    setitimer(ITIMER_PROF, &every, NULL);
    pthread_join(worker, NULL);
    setitimer(ITIMER_PROF, &(struct itimerval){0}, NULL);
    printf("signals: %s, most of them in the worker: %s\n",
           in_worker + in_main >= 20 ? "many" : "few", in_worker > 2 * in_main ? "yes" : "no");
    return 0;
}
