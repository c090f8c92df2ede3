/* Notices when it is disturbed. Threads wait in calls that a stop may interrupt, and count each end
 * of one that they have not asked for; one waits for queued signals (SIGRTMIN+5) and counts them;
 * one works, and counts others (SIGRTMIN+6) in a handler. Prints "ready" first and, at SIGTERM,
 *   disturbed N, signals N, handled N, steps N */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define NEVER_RETURNS __attribute__((noreturn))

static atomic_long disturbed, signals, handled, steps;

static void complain(const char *what, int result) {
    if (result >= 0)
        return;
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    disturbed++;
}

static NEVER_RETURNS void *in_epoll(void *arg) {
    struct epoll_event event;
    int fd = epoll_create1(0);
    for (;;)
        complain("epoll_wait", epoll_wait(fd, &event, 1, -1));
}

static NEVER_RETURNS void *in_poll(void *arg) {
    for (;;)
        complain("poll", poll(NULL, 0, 100000));
}

static NEVER_RETURNS void *in_select(void *arg) {
    for (;;) {
        struct timeval tv = {.tv_sec = 100};
        complain("select", select(0, NULL, NULL, NULL, &tv));
    }
}

static NEVER_RETURNS void *in_sleep(void *arg) {
    for (;;) {
        struct timespec ts = {.tv_sec = 100};
        complain("nanosleep", nanosleep(&ts, NULL));
    }
}

static NEVER_RETURNS void *in_semaphore(void *arg) {
    sem_t sem;
    sem_init(&sem, 0, 0);
    for (;;) {
        struct timespec ts;
        clock_gettime(CLOCK_REALTIME, &ts);
        ts.tv_sec += 100;
        complain("sem_timedwait", sem_timedwait(&sem, &ts));
    }
}

static NEVER_RETURNS void *in_receive(void *arg) {
    int ends[2];
    char c;
    struct timeval tv = {.tv_sec = 100};
    if (socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) != 0)
        abort();
    setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv);
    for (;;)
        complain("recv", (int)recv(ends[0], &c, 1, 0));
}

static NEVER_RETURNS void *in_sigwait(void *arg) {
    sigset_t set;
    struct timespec ts = {.tv_sec = 100};
    sigemptyset(&set);
    sigaddset(&set, SIGHUP);
    for (;;)
        complain("sigtimedwait", sigtimedwait(&set, NULL, &ts));
}

static void *count_signals(void *arg) {
    sigset_t set;
    int signo;
    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN + 5);
    while (sigwait(&set, &signo) == 0)
        signals++;
    return NULL;
}

static void handle(int signo) {
    handled++;
}

static NEVER_RETURNS void *work(void *arg) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN + 6);
    signal(SIGRTMIN + 6, handle);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    for (;;)
        steps++;
}

int main(void) {
    static void *(*const all[])(void *) = {in_epoll,   in_poll,       in_select,
                                           in_sleep,   in_semaphore,  in_receive,
                                           in_sigwait, count_signals, work};
    sigset_t set;
    int signo;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGRTMIN + 5);
    sigaddset(&set, SIGRTMIN + 6);
    sigprocmask(SIG_BLOCK, &set, NULL);
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, all[i], NULL) != 0)
            abort();
    }
    usleep(200000);
    puts("ready");
    fflush(stdout);
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigwait(&set, &signo);
    printf("disturbed %ld, signals %ld, handled %ld, steps %ld\n", disturbed, signals, handled,
           steps);
    return 0;
}
