/* crowd THREADS [handlers]: so many threads wait in every way that a signal might end (poll,
 * select, epoll, sleeps, timed waits, sockets with a time-out, pause...), and a few run. No signal
 * handler is installed, or, with `handlers`, some for signals that do not come. Prints "ready",
 * waits for a line on stdin, and then how many calls ended by EINTR: the agent must cause none,
 * however often its threads are looked at. */
#include "prog.h"

#include <linux/futex.h>
#include <poll.h>
#include <semaphore.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/time.h>

static volatile int interrupted, stop;
static sem_t never;
static int sockets[2], pipes[2];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;

static void seen(int failed) {
    if (failed && errno == EINTR)
        __atomic_fetch_add(&interrupted, 1, __ATOMIC_RELAXED);
}

static void *in_poll(void *p) {
    struct pollfd fd = {pipes[0], POLLIN, 0};
    seen(poll(&fd, 1, 100000) < 0);
    return p;
}

static void *in_ppoll(void *p) {
    const struct timespec t = {100, 0};
    sigset_t all;
    sigfillset(&all);
    seen(ppoll(NULL, 0, &t, &all) < 0);
    return p;
}

static void *in_select(void *p) {
    struct timeval t = {100, 0};
    fd_set set;
    FD_ZERO(&set);
    FD_SET(pipes[0], &set);
    seen(select(pipes[0] + 1, &set, NULL, NULL, &t) < 0);
    return p;
}

static void *in_epoll(void *p) {
    struct epoll_event e;
    int fd = epoll_create1(EPOLL_CLOEXEC);
    seen(epoll_wait(fd, &e, 1, -1) < 0);
    return p;
}

static void *in_nanosleep(void *p) {
    const struct timespec t = {100, 0};
    seen(nanosleep(&t, NULL) < 0);
    return p;
}

static void *in_clock_nanosleep(void *p) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += 100;
    errno = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
    seen(errno != 0);
    return p;
}

static void *in_usleep(void *p) {
    seen(usleep(100000000) < 0);
    return p;
}

static void *in_sem_timedwait(void *p) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    t.tv_sec += 100;
    seen(sem_timedwait(&never, &t) < 0);
    return p;
}

static void *in_recv(void *p) {
    char c;
    seen(recv(sockets[0], &c, 1, 0) < 0);
    return p;
}

static void *in_read(void *p) {
    char c;
    seen(read(pipes[0], &c, 1) < 0);
    return p;
}

static void *in_sigtimedwait(void *p) {
    const struct timespec t = {100, 0};
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN + 5);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    seen(sigtimedwait(&set, NULL, &t) < 0);
    return p;
}

static void *in_pause(void *p) {
    seen(pause() < 0);
    return p;
}

static void *in_futex(void *p) {
    static int word;
    const struct timespec t = {100, 0};
    seen(syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, &t, NULL, 0) < 0);
    return p;
}

static void *in_cond(void *p) {
    pthread_mutex_lock(&lock);
    pthread_cond_wait(&cond, &lock);
    pthread_mutex_unlock(&lock);
    return p;
}

static void *runs(void *p) {
    while (!stop)
        burn_ms(1);
    return p;
}

static void on_other(int signo) {
    abort();
}

static void *(*const all[])(void *) = {
    in_poll,   in_ppoll,         in_select, in_epoll, in_nanosleep,    in_clock_nanosleep,
    in_usleep, in_sem_timedwait, in_recv,   in_read,  in_sigtimedwait, in_pause,
    in_futex,  in_cond,
};

int main(int argc, char **argv) {
    const struct timeval timeout = {100, 0};
    pthread_attr_t attr;
    pthread_t id;
    char line[16];
    int n = atoi(argv[1]);
    if (argc > 2) {
        struct sigaction act = {.sa_handler = on_other}; /* no SA_RESTART */
        sigaction(SIGUSR1, &act, NULL);
        sigaction(SIGSEGV, &act, NULL);
    }
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) == 0 && pipe(pipes) == 0);
    CHECK(setsockopt(sockets[0], SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout) == 0);
    CHECK(sem_init(&never, 0, 0) == 0);
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, 128 * 1024);
    for (int i = 0; i < n; i++)
        CHECK(pthread_create(&id, &attr, all[i % (sizeof all / sizeof all[0])], NULL) == 0);
    for (int i = 0; i < 2; i++)
        CHECK(pthread_create(&id, &attr, runs, NULL) == 0);
    sleep_ms(300);
    printf("ready\n");
    fflush(stdout);
    CHECK(read(0, line, 1) == 1);
    stop = 1;
    printf("interrupted %d\n", interrupted);
    fflush(stdout);
    _exit(0);
}
