/* waits_eintr CALL: a program without any handler, whose dump signal comes from outside while it
 * waits, over and over: CALL must not fail with EINTR, and must keep its time. Prints
 *
 *   CALL: N calls, N interrupted, in time | too early | too late
 *   CALL: does not end
 *
 * `waits_eintr` alone prints the names of the calls. Not to be run without the agent: then the
 * signal is the end. `thread CALL`: in another thread than main, sent to that thread. */
#include "waits.h"

#include <linux/futex.h>
#include <poll.h>
#include <semaphore.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <threads.h>

enum { MS = 250 };

static int ends[2], dgram[2], empty[2], listener, epoll, file;
static struct sockaddr_un un = {.sun_family = AF_UNIX, .sun_path = "\0cpprof-eintr"};
static sem_t sem;
static uint32_t word = 1;
static sigset_t usr1;
static struct timespec rest;

/* Each returns the error that it ended with; ETIMEDOUT stands for the time being up. */
static int failed(long r, int time_up) {
    return r >= 0 || errno == time_up ? ETIMEDOUT : errno;
}

static int e_poll(void) {
    struct pollfd p = {ends[0], POLLIN, 0};
    return failed(poll(&p, 1, MS), 0);
}
static int e_ppoll(void) {
    struct pollfd p = {ends[0], POLLIN, 0};
    struct timespec ts = spec_ms(MS);
    return failed(ppoll(&p, 1, &ts, NULL), 0);
}
static int e_ppoll_mask(void) {
    sigset_t none;
    struct timespec ts = spec_ms(MS);
    sigemptyset(&none);
    return failed(ppoll(NULL, 0, &ts, &none), 0);
}
static int e_select(void) {
    struct timeval tv = {0, MS * 1000};
    return failed(select(0, NULL, NULL, NULL, &tv), 0);
}
static int e_pselect(void) {
    struct timespec ts = spec_ms(MS);
    return failed(pselect(0, NULL, NULL, NULL, &ts, NULL), 0);
}
static int e_epoll_wait(void) {
    struct epoll_event e;
    return failed(epoll_wait(epoll, &e, 1, MS), 0);
}
static int e_epoll_pwait(void) {
    struct epoll_event e;
    sigset_t now = mask_now();
    return failed(epoll_pwait(epoll, &e, 1, MS, &now), 0);
}
static int e_epoll_pwait2(void) {
    struct epoll_event e;
    struct timespec ts = spec_ms(MS);
    return failed(epoll_pwait2(epoll, &e, 1, &ts, NULL), 0);
}
static int e_nanosleep(void) {
    struct timespec ts = spec_ms(MS);
    return failed(nanosleep(&ts, &rest), 0);
}
static int e_clock_nanosleep(void) {
    struct timespec ts = spec_ms(MS);
    int r = clock_nanosleep(CLOCK_MONOTONIC, 0, &ts, &rest);
    return r ? r : ETIMEDOUT;
}
static int e_clock_nanosleep_until(void) {
    struct timespec ts = in_ms(CLOCK_REALTIME, MS);
    int r = clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &ts, NULL);
    return r ? r : ETIMEDOUT;
}
static int e_usleep(void) {
    return failed(usleep(MS * 1000), 0);
}
static int e_thrd_sleep(void) {
    struct timespec ts = spec_ms(MS);
    return thrd_sleep(&ts, NULL) == -1 ? EINTR : ETIMEDOUT;
}
static int e_sleep(void) {
    return sleep(1) ? EINTR : ETIMEDOUT;
}
static int e_sem_timedwait(void) {
    struct timespec ts = in_ms(CLOCK_REALTIME, MS);
    return failed(sem_timedwait(&sem, &ts), ETIMEDOUT);
}
static int e_sem_clockwait(void) {
    struct timespec ts = in_ms(CLOCK_MONOTONIC, MS);
    return failed(sem_clockwait(&sem, CLOCK_MONOTONIC, &ts), ETIMEDOUT);
}
static int e_sigtimedwait(void) {
    struct timespec ts = spec_ms(MS);
    return failed(sigtimedwait(&usr1, NULL, &ts), EAGAIN);
}
static int e_recv(void) {
    char c;
    return failed(recv(empty[0], &c, 1, 0), EAGAIN);
}
static int e_recvfrom(void) {
    char c;
    return failed(recvfrom(empty[0], &c, 1, 0, NULL, NULL), EAGAIN);
}
static int e_read(void) {
    char c;
    return failed(read(empty[0], &c, 1), EAGAIN);
}
static int e_recvmsg(void) {
    struct msghdr m = {0};
    return failed(recvmsg(empty[0], &m, 0), EAGAIN);
}
static int e_send(void) {
    return failed(send(dgram[1], "x", 1, 0), EAGAIN);
}
static int e_write(void) {
    return failed(write(dgram[1], "x", 1), EAGAIN);
}
static int e_accept(void) {
    return failed(accept(listener, NULL, NULL), EAGAIN);
}
static int e_accept4(void) {
    return failed(accept4(listener, NULL, NULL, 0), EAGAIN);
}
static int e_connect(void) {
    static int first = -1; /* takes the only place in the queue */
    struct timeval tv = {0, MS * 1000};
    int s = socket(AF_UNIX, SOCK_STREAM, 0);
    if (first < 0) {
        first = socket(AF_UNIX, SOCK_STREAM, 0);
        CHECK(connect(first, (struct sockaddr *)&un, sizeof un) == 0);
    }
    CHECK(setsockopt(s, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof tv) == 0);
    int r = failed(connect(s, (struct sockaddr *)&un, sizeof un), EAGAIN);
    close(s);
    return r;
}
static int e_futex(void) {
    struct timespec ts = spec_ms(MS);
    return failed(syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 1, &ts, NULL, 0), ETIMEDOUT);
}
static int e_futex_until(void) {
    struct timespec ts = in_ms(CLOCK_MONOTONIC, MS);
    return failed(syscall(SYS_futex, &word, FUTEX_WAIT_BITSET_PRIVATE, 1, &ts, NULL, -1),
                  ETIMEDOUT);
}
static int e_cond_timedwait(void) {
    static pthread_cond_t c = PTHREAD_COND_INITIALIZER;
    static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
    struct timespec ts = in_ms(CLOCK_REALTIME, MS);
    pthread_mutex_lock(&m);
    int r = pthread_cond_timedwait(&c, &m, &ts);
    pthread_mutex_unlock(&m);
    return r;
}
static int e_mutex_timedlock(void) {
    static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
    struct timespec ts = in_ms(CLOCK_REALTIME, MS);
    pthread_mutex_trylock(&m);
    return pthread_mutex_timedlock(&m, &ts);
}

/* Those without a time: something else ends them. */
static pid_t ends_in_ms(int what) {
    pid_t pid = fork();
    if (pid == 0) {
        syscall(SYS_nanosleep, &(struct timespec){0, MS * NS_MS}, NULL);
        if (what == 'w')
            write(ends[1], "x", 1);
        _exit(0);
    }
    return pid;
}

static int e_read_pipe(void) {
    char c;
    pid_t pid = ends_in_ms('w');
    int r = failed(read(ends[0], &c, 1), 0);
    waitpid(pid, NULL, 0);
    return r;
}
static int e_waitpid(void) {
    return failed(waitpid(ends_in_ms(0), NULL, 0), 0);
}
static int e_waitid(void) {
    siginfo_t si;
    return failed(waitid(P_PID, (id_t)ends_in_ms(0), &si, WEXITED), 0);
}
static int e_flock(void) {
    pid_t pid = fork();
    if (pid == 0) {
        int fd = open("/proc/self/exe", O_RDONLY);
        flock(fd, LOCK_EX);
        write(ends[1], "x", 1);
        syscall(SYS_nanosleep, &(struct timespec){0, MS * NS_MS}, NULL);
        _exit(0);
    }
    char c;
    while (read(ends[0], &c, 1) != 1)
        ;
    int r = failed(flock(file, LOCK_EX), 0);
    flock(file, LOCK_UN);
    waitpid(pid, NULL, 0);
    return r;
}

/* Never return: another thread ends the program. */
static int e_pause(void) {
    pause();
    return EINTR;
}
static int e_sigsuspend(void) {
    sigset_t none;
    sigemptyset(&none);
    sigsuspend(&none);
    return EINTR;
}
static int e_sigwaitinfo(void) {
    sigwaitinfo(&usr1, NULL);
    return EINTR;
}
static int e_sem_wait(void) {
    return failed(sem_wait(&sem), 0);
}
static int e_poll_for_ever(void) {
    return failed(poll(NULL, 0, -1), 0);
}
static int e_epoll_for_ever(void) {
    struct epoll_event e;
    return failed(epoll_wait(epoll, &e, 1, -1), 0);
}
static int e_select_for_ever(void) {
    return failed(select(0, NULL, NULL, NULL, NULL), 0);
}

static const struct call {
    const char *name;
    int (*fn)(void);
    int ms; /* 0: for ever */
} calls[] = {
#define CALL(name)                                                                                 \
    { #name, e_##name, MS }
    CALL(poll),
    CALL(ppoll),
    CALL(ppoll_mask),
    CALL(select),
    CALL(pselect),
    CALL(epoll_wait),
    CALL(epoll_pwait),
    CALL(epoll_pwait2),
    CALL(nanosleep),
    CALL(clock_nanosleep),
    CALL(clock_nanosleep_until),
    CALL(usleep),
    CALL(thrd_sleep),
    CALL(sem_timedwait),
    CALL(sem_clockwait),
    CALL(sigtimedwait),
    CALL(recv),
    CALL(recvfrom),
    CALL(read),
    CALL(recvmsg),
    CALL(send),
    CALL(write),
    CALL(accept),
    CALL(accept4),
    CALL(connect),
    CALL(futex),
    CALL(futex_until),
    CALL(cond_timedwait),
    CALL(mutex_timedlock),
    CALL(read_pipe),
    CALL(waitpid),
    CALL(waitid),
    CALL(flock),
    {"sleep", e_sleep, 1000},
    {"pause", e_pause, 0},
    {"sigsuspend", e_sigsuspend, 0},
    {"sigwaitinfo", e_sigwaitinfo, 0},
    {"sem_wait", e_sem_wait, 0},
    {"poll_for_ever", e_poll_for_ever, 0},
    {"epoll_for_ever", e_epoll_for_ever, 0},
    {"select_for_ever", e_select_for_ever, 0},
};
enum { CALLS = sizeof calls / sizeof *calls };

static void prepare(void) {
    struct timeval tv = {0, MS * 1000};
    struct epoll_event e = {.events = EPOLLIN};
    CHECK(pipe(ends) == 0 && socketpair(AF_UNIX, SOCK_DGRAM, 0, dgram) == 0);
    CHECK(socketpair(AF_UNIX, SOCK_DGRAM, 0, empty) == 0);
    CHECK((epoll = epoll_create1(0)) >= 0);
    CHECK(epoll_ctl(epoll, EPOLL_CTL_ADD, dgram[1], &e) == 0);
    while (send(dgram[1], "x", 1, MSG_DONTWAIT) == 1)
        ;
    CHECK(setsockopt(empty[0], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv) == 0);
    CHECK(setsockopt(dgram[1], SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof tv) == 0);
    snprintf(un.sun_path + 13, 40, "%d", (int)getpid());
    listener = socket(AF_UNIX, SOCK_STREAM, 0);
    CHECK(bind(listener, (struct sockaddr *)&un, sizeof un) == 0 && listen(listener, 0) == 0);
    CHECK(setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv) == 0);
    CHECK((file = open("/proc/self/exe", O_RDONLY)) >= 0);
    CHECK(sem_init(&sem, 0, 0) == 0);
    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &usr1, NULL);
}

static int interrupted, called;
static bool in_time = true, too_early;

/* A call that never gets to its end. */
static void *watch(void *c) {
    struct timespec left = {5, 0}; /* a raw call: signals of the process may come here, too */
    while (syscall(SYS_nanosleep, &left, &left) != 0)
        ;
    char path[64], text[200];
    snprintf(path, sizeof path, "/proc/self/task/%d/syscall", (int)getpid());
    int fd = open(path, O_RDONLY);
    ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof text - 1);
    text[n > 0 ? n - 1 : 0] = 0;
    SAY("%s: does not end: %d calls done, main is in %s", ((struct call *)c)->name, called, text);
    _exit(0);
}

static void call_once_more(const struct call *c) {
    int64_t start = clock_ns(CLOCK_MONOTONIC);
    int r = c->fn();
    int64_t took_ms = (clock_ns(CLOCK_MONOTONIC) - start) / NS_MS;
    called++;
    interrupted += r == EINTR;
    if (r == EINTR)
        return;
    CHECK(r == ETIMEDOUT);
    if (took_ms < c->ms - 11) /* ticks */
        too_early = true;
    if (took_ms > 3 * c->ms + 300)
        in_time = false;
}

static void say_and_end(const struct call *c) {
    SAY("%s: %d calls, %d interrupted, %s", c->name, called, interrupted,
        too_early ? "too early"
        : in_time ? "in time"
                  : "too late");
    fflush(stdout);
    _exit(0);
}

/* Sends, until it is killed or nobody is there any more. */
static pid_t sender(pid_t tid) {
    pid_t target = getpid(), pid = fork();
    if (pid == 0)
        for (;;) {
            syscall(SYS_nanosleep, &(struct timespec){0, 25 * NS_MS}, NULL);
            if ((tid ? syscall(SYS_tgkill, target, tid, SIGUSR2) : kill(target, SIGUSR2)) != 0)
                _exit(0);
        }
    return pid;
}

static void *ends_the_program(void *c) {
    syscall(SYS_nanosleep, &(struct timespec){0, 2 * MS * NS_MS}, NULL);
    say_and_end(c);
    return NULL;
}

static void *in_thread(void *c) {
    pid_t pid = sender((pid_t)syscall(SYS_gettid));
    for (int i = 0; i < 2; i++)
        call_once_more(c);
    kill(pid, SIGKILL);
    say_and_end(c);
    return NULL;
}

int main(int argc, char **argv) {
    bool thread = argc == 3;
    const struct call *c = NULL;
    pthread_t t;
    for (int i = 0; i < CALLS; i++) {
        if (argc < 2)
            printf("%s\n", calls[i].name);
        else if (strcmp(argv[argc - 1], calls[i].name) == 0)
            c = &calls[i];
    }
    if (!c)
        return argc < 2 ? 0 : 2;
    prepare();
    if (c->ms == 0)
        CHECK(pthread_create(&t, NULL, ends_the_program, (void *)c) == 0);
    pthread_t watcher;
    CHECK(pthread_create(&watcher, NULL, watch, (void *)c) == 0);
    if (thread) {
        CHECK(pthread_create(&t, NULL, in_thread, (void *)c) == 0);
        pthread_join(t, NULL);
        return 3;
    }
    pid_t pid = sender(0);
    for (int i = 0; i < (c->ms == MS ? 2 : 1); i++)
        call_once_more(c);
    kill(pid, SIGKILL);
    say_and_end(c);
    return 0;
}
