/* Every function that can wait, each as a call that waits for ever, or has what it wants at once.
 * For programs that ask the same of all of them. */
#ifndef CPPROF_TESTS_PRELOAD_WAITS_POINTS_H
#define CPPROF_TESTS_PRELOAD_WAITS_POINTS_H

#include "waits.h"

#include <dlfcn.h>
#include <linux/futex.h>
#include <poll.h>
#include <semaphore.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#ifndef __cplusplus
#include <threads.h>
#endif

enum { BIG = 1 << 20 };

/* What one thread's call works on: made for it, used up by it. */
struct place {
    int pipe[2];  /* empty, or full */
    int dgram[2]; /* empty, or full */
    int listener; /* nobody comes, or somebody is there */
    int late;     /* not connected; the queue that it wants to enter is full, or not */
    struct sockaddr_un un;
    int epoll;
    int file;
    pid_t child; /* runs for ever, or has ended */
    bool ready;
    pthread_t thread; /* the same */
    sem_t sem;
    pthread_mutex_t mutex; /* held by another, or free */
    pthread_mutex_t own;
    pthread_cond_t cond, old_cond;
    pthread_rwlock_t rwlock; /* held by another for writing, or free */
    pthread_barrier_t barrier;
    pthread_spinlock_t spin;
    uint32_t word;
    char *buf;
    sigset_t usr1; /* blocked; pending, or not */
    bool cond_waits, cleaned, mine;
    _Atomic bool let_go;
};

int points_cond_wait(pthread_cond_t *, pthread_mutex_t *);
int points_cond_timedwait(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);
__asm__(".symver points_cond_wait, pthread_cond_wait@GLIBC_2.2.5");
__asm__(".symver points_cond_timedwait, pthread_cond_timedwait@GLIBC_2.2.5");

static const struct timespec hour = {3600, 0};

static struct timespec in_an_hour(clockid_t clock) {
    return in_ms(clock, 3600 * 1000);
}

/* ---- reading; ready: there is a byte */

static void p_read(struct place *p) {
    read(p->pipe[0], p->buf, 1);
}
static void p_readv(struct place *p) {
    struct iovec v = {p->buf, 1};
    readv(p->pipe[0], &v, 1);
}
static void p_preadv2(struct place *p) {
    struct iovec v = {p->buf, 1};
    preadv2(p->pipe[0], &v, 1, -1, 0);
}
static void p_recv(struct place *p) {
    recv(p->dgram[0], p->buf, 1, 0);
}
static void p_recvfrom(struct place *p) {
    recvfrom(p->dgram[0], p->buf, 1, 0, NULL, NULL);
}
static void p_recvmsg(struct place *p) {
    struct iovec v = {p->buf, 1};
    struct msghdr m;
    memset(&m, 0, sizeof m);
    m.msg_iov = &v;
    m.msg_iovlen = 1;
    recvmsg(p->dgram[0], &m, 0);
}
static void p_recvmmsg(struct place *p) {
    struct iovec v = {p->buf, 1};
    struct mmsghdr m;
    memset(&m, 0, sizeof m);
    m.msg_hdr.msg_iov = &v;
    m.msg_hdr.msg_iovlen = 1;
    recvmmsg(p->dgram[0], &m, 1, 0, NULL);
}
static void p_accept(struct place *p) {
    int fd = accept(p->listener, NULL, NULL);
    close(fd);
}
static void p_accept4(struct place *p) {
    int fd = accept4(p->listener, NULL, NULL, SOCK_CLOEXEC);
    close(fd);
}
static void p_connect(struct place *p) {
    connect(p->late, (struct sockaddr *)&p->un, sizeof p->un);
}

/* ---- writing; ready: there is room */

static void p_write(struct place *p) {
    write(p->pipe[1], p->buf, 1);
}
static void p_writev(struct place *p) {
    struct iovec v = {p->buf, 1};
    writev(p->pipe[1], &v, 1);
}
static void p_pwritev2(struct place *p) {
    struct iovec v = {p->buf, 1};
    pwritev2(p->pipe[1], &v, 1, -1, 0);
}
static void p_send(struct place *p) {
    send(p->dgram[1], p->buf, 1, 0);
}
static void p_sendto(struct place *p) {
    sendto(p->dgram[1], p->buf, 1, 0, NULL, 0);
}
static void p_sendmsg(struct place *p) {
    struct iovec v = {p->buf, 1};
    struct msghdr m;
    memset(&m, 0, sizeof m);
    m.msg_iov = &v;
    m.msg_iovlen = 1;
    sendmsg(p->dgram[1], &m, 0);
}
static void p_sendmmsg(struct place *p) {
    struct iovec v = {p->buf, 1};
    struct mmsghdr m;
    memset(&m, 0, sizeof m);
    m.msg_hdr.msg_iov = &v;
    m.msg_hdr.msg_iovlen = 1;
    sendmmsg(p->dgram[1], &m, 1, 0);
}
static void p_sendfile(struct place *p) {
    off_t at = 0;
    sendfile(p->pipe[1], p->file, &at, 1);
}

/* ---- polling */

static void p_poll(struct place *p) {
    struct pollfd f = {p->pipe[0], POLLIN, 0};
    poll(&f, 1, -1);
}
static void p_ppoll(struct place *p) {
    struct pollfd f = {p->pipe[0], POLLIN, 0};
    ppoll(&f, 1, NULL, NULL);
}
static void p_select(struct place *p) {
    fd_set s;
    FD_ZERO(&s);
    FD_SET(p->pipe[0], &s);
    select(p->pipe[0] + 1, &s, NULL, NULL, NULL);
}
static void p_pselect(struct place *p) {
    fd_set s;
    FD_ZERO(&s);
    FD_SET(p->pipe[0], &s);
    pselect(p->pipe[0] + 1, &s, NULL, NULL, NULL, NULL);
}
static void p_epoll_wait(struct place *p) {
    struct epoll_event e;
    epoll_wait(p->epoll, &e, 1, -1);
}
static void p_epoll_pwait(struct place *p) {
    struct epoll_event e;
    epoll_pwait(p->epoll, &e, 1, -1, NULL);
}
static void p_epoll_pwait2(struct place *p) {
    struct epoll_event e;
    epoll_pwait2(p->epoll, &e, 1, NULL, NULL);
}

/* ---- sleeping; ready: for no time */

static void p_sleep(struct place *p) {
    sleep(p->ready ? 0 : 3600);
}
static void p_usleep(struct place *p) {
    usleep(p->ready ? 0 : 3600000000u);
}
static void p_nanosleep(struct place *p) {
    struct timespec t = p->ready ? (struct timespec){0, 0} : hour;
    nanosleep(&t, NULL);
}
static void p_clock_nanosleep(struct place *p) {
    struct timespec t = p->ready ? (struct timespec){0, 0} : hour;
    clock_nanosleep(CLOCK_MONOTONIC, 0, &t, NULL);
}
static void p_clock_nanosleep_until(struct place *p) {
    struct timespec t = p->ready ? (struct timespec){0, 0} : in_an_hour(CLOCK_MONOTONIC);
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

/* ---- files */

static void p_flock(struct place *p) {
    flock(p->file, LOCK_EX);
}
static void p_fsync(struct place *p) {
    fsync(p->file);
}
static void p_fdatasync(struct place *p) {
    fdatasync(p->file);
}
static void p_setlkw(struct place *p) {
    struct flock l;
    memset(&l, 0, sizeof l);
    l.l_type = F_WRLCK;
    fcntl(p->file, F_SETLKW, &l);
}
static void p_ofd_setlkw(struct place *p) {
    struct flock l;
    memset(&l, 0, sizeof l);
    l.l_type = F_WRLCK;
    fcntl(p->file, F_OFD_SETLKW, &l);
}
static void p_lockf(struct place *p) {
    lockf(p->file, F_LOCK, 0);
}

/* ---- children and signals */

static void p_waitpid(struct place *p) {
    waitpid(p->child, NULL, 0);
}
static void p_wait4(struct place *p) {
    wait4(p->child, NULL, 0, NULL);
}
static void p_wait(struct place *p) {
    wait(NULL);
}
static void p_wait3(struct place *p) {
    wait3(NULL, 0, NULL);
}
static void p_waitid(struct place *p) {
    siginfo_t si;
    waitid(P_PID, (id_t)p->child, &si, WEXITED);
}
static void p_sigwait(struct place *p) {
    int signo;
    sigwait(&p->usr1, &signo);
}
static void p_sigwaitinfo(struct place *p) {
    sigwaitinfo(&p->usr1, NULL);
}
static void p_sigtimedwait(struct place *p) {
    sigtimedwait(&p->usr1, NULL, &hour);
}
static void p_sigsuspend(struct place *p) {
    sigset_t set = mask_now();
    sigsuspend(&set);
}
static void p_pause(struct place *p) {
    pause();
}

/* ---- threads */

static void p_sem_wait(struct place *p) {
    sem_wait(&p->sem);
}
static void p_sem_timedwait(struct place *p) {
    struct timespec t = in_an_hour(CLOCK_REALTIME);
    sem_timedwait(&p->sem, &t);
}
static void p_sem_clockwait(struct place *p) {
    struct timespec t = in_an_hour(CLOCK_MONOTONIC);
    sem_clockwait(&p->sem, CLOCK_MONOTONIC, &t);
}
static void p_join(struct place *p) {
    pthread_join(p->thread, NULL);
}
static void p_timedjoin(struct place *p) {
    struct timespec t = in_an_hour(CLOCK_REALTIME);
    pthread_timedjoin_np(p->thread, NULL, &t);
}
static void p_clockjoin(struct place *p) {
    struct timespec t = in_an_hour(CLOCK_MONOTONIC);
    pthread_clockjoin_np(p->thread, NULL, CLOCK_MONOTONIC, &t);
}
static void p_thrd_join(struct place *p) {
    thrd_join(p->thread, NULL);
}
static void p_thrd_sleep(struct place *p) {
    thrd_sleep(p->ready ? &(struct timespec){0, 0} : &hour, NULL);
}

/* Condition variables: with the mutex `own`, which the caller has before and after. */
static void p_cond_wait(struct place *p) {
    pthread_cond_wait(&p->cond, &p->own);
}
static void p_cond_timedwait(struct place *p) {
    struct timespec t = in_an_hour(CLOCK_REALTIME);
    pthread_cond_timedwait(&p->cond, &p->own, &t);
}
static void p_cond_clockwait(struct place *p) {
    struct timespec t = in_an_hour(CLOCK_MONOTONIC);
    pthread_cond_clockwait(&p->cond, &p->own, CLOCK_MONOTONIC, &t);
}
static void p_cnd_wait(struct place *p) {
    cnd_wait((cnd_t *)&p->cond, (mtx_t *)&p->own);
}
static void p_cnd_timedwait(struct place *p) {
    struct timespec t = in_an_hour(CLOCK_REALTIME);
    cnd_timedwait((cnd_t *)&p->cond, (mtx_t *)&p->own, &t);
}
static void p_old_cond_wait(struct place *p) {
    points_cond_wait(&p->old_cond, &p->own);
}
static void p_old_cond_timedwait(struct place *p) {
    struct timespec t = in_an_hour(CLOCK_REALTIME);
    points_cond_timedwait(&p->old_cond, &p->own, &t);
}

/* No points of cancellation: these go on. */
static void p_mutex_lock(struct place *p) {
    if (pthread_mutex_lock(&p->mutex) == 0)
        pthread_mutex_unlock(&p->mutex);
}
static void p_mutex_timedlock(struct place *p) {
    struct timespec t = in_an_hour(CLOCK_REALTIME);
    if (pthread_mutex_timedlock(&p->mutex, &t) == 0)
        pthread_mutex_unlock(&p->mutex);
}
static void p_mutex_clocklock(struct place *p) {
    struct timespec t = in_an_hour(CLOCK_MONOTONIC);
    if (pthread_mutex_clocklock(&p->mutex, CLOCK_MONOTONIC, &t) == 0)
        pthread_mutex_unlock(&p->mutex);
}
static void p_mtx_lock(struct place *p) {
    if (mtx_lock((mtx_t *)&p->mutex) == thrd_success)
        mtx_unlock((mtx_t *)&p->mutex);
}
static void p_mtx_timedlock(struct place *p) {
    struct timespec t = in_an_hour(CLOCK_REALTIME);
    if (mtx_timedlock((mtx_t *)&p->mutex, &t) == thrd_success)
        mtx_unlock((mtx_t *)&p->mutex);
}
static void p_rdlock(struct place *p) {
    if (pthread_rwlock_rdlock(&p->rwlock) == 0)
        pthread_rwlock_unlock(&p->rwlock);
}
static void p_wrlock(struct place *p) {
    if (pthread_rwlock_wrlock(&p->rwlock) == 0)
        pthread_rwlock_unlock(&p->rwlock);
}
static void p_timedrdlock(struct place *p) {
    struct timespec t = in_an_hour(CLOCK_REALTIME);
    if (pthread_rwlock_timedrdlock(&p->rwlock, &t) == 0)
        pthread_rwlock_unlock(&p->rwlock);
}
static void p_clockwrlock(struct place *p) {
    struct timespec t = in_an_hour(CLOCK_MONOTONIC);
    if (pthread_rwlock_clockwrlock(&p->rwlock, CLOCK_MONOTONIC, &t) == 0)
        pthread_rwlock_unlock(&p->rwlock);
}
static void p_barrier(struct place *p) {
    pthread_barrier_wait(&p->barrier);
}
static void p_futex(struct place *p) {
    syscall(SYS_futex, &p->word, FUTEX_WAIT_PRIVATE, 1, NULL, NULL, 0);
}
static void p_raw_read(struct place *p) {
    syscall(SYS_read, p->pipe[0], p->buf, 1);
}

/* How a call ends when it has waited: which of the place's things another thread lets go. */
enum point_kind { CANCELS, HOLDS, SUSPENDS /* as CANCELS; is never ready */ };

struct point {
    const char *name;
    void (*fn)(struct place *p);
    enum point_kind kind;
};

#define POINT(name, kind)                                                                          \
    { #name, p_##name, kind }

static const struct point points[] = {
    POINT(read, CANCELS),
    POINT(readv, CANCELS),
    POINT(preadv2, CANCELS),
    POINT(recv, CANCELS),
    POINT(recvfrom, CANCELS),
    POINT(recvmsg, CANCELS),
    POINT(recvmmsg, CANCELS),
    POINT(accept, CANCELS),
    POINT(accept4, CANCELS),
    POINT(connect, CANCELS),
    POINT(write, CANCELS),
    POINT(writev, CANCELS),
    POINT(pwritev2, CANCELS),
    POINT(send, CANCELS),
    POINT(sendto, CANCELS),
    POINT(sendmsg, CANCELS),
    POINT(sendmmsg, CANCELS),
    POINT(poll, CANCELS),
    POINT(ppoll, CANCELS),
    POINT(select, CANCELS),
    POINT(pselect, CANCELS),
    POINT(epoll_wait, CANCELS),
    POINT(epoll_pwait, CANCELS),
    POINT(epoll_pwait2, CANCELS),
    POINT(sleep, CANCELS),
    POINT(usleep, CANCELS),
    POINT(nanosleep, CANCELS),
    POINT(clock_nanosleep, CANCELS),
    POINT(setlkw, CANCELS),
    POINT(clock_nanosleep_until, CANCELS),
    POINT(ofd_setlkw, CANCELS),
    POINT(lockf, CANCELS),
    POINT(waitpid, CANCELS),
    POINT(wait4, CANCELS),
    POINT(wait, CANCELS),
    POINT(wait3, CANCELS),
    POINT(waitid, CANCELS),
    POINT(sigwait, CANCELS),
    POINT(sigwaitinfo, CANCELS),
    POINT(sigtimedwait, CANCELS),
    POINT(sigsuspend, SUSPENDS),
    POINT(pause, SUSPENDS),
    POINT(sem_wait, CANCELS),
    POINT(sem_timedwait, CANCELS),
    POINT(sem_clockwait, CANCELS),
    POINT(join, CANCELS),
    POINT(timedjoin, CANCELS),
    POINT(clockjoin, CANCELS),
    POINT(thrd_join, CANCELS),
    POINT(thrd_sleep, CANCELS),
    POINT(cond_wait, SUSPENDS),
    POINT(cond_timedwait, SUSPENDS),
    POINT(cond_clockwait, SUSPENDS),
    POINT(cnd_wait, SUSPENDS),
    POINT(cnd_timedwait, SUSPENDS),
    POINT(old_cond_wait, SUSPENDS),
    POINT(old_cond_timedwait, SUSPENDS),
    POINT(mutex_lock, HOLDS),
    POINT(mutex_timedlock, HOLDS),
    POINT(mutex_clocklock, HOLDS),
    POINT(mtx_lock, HOLDS),
    POINT(mtx_timedlock, HOLDS),
    POINT(rdlock, HOLDS),
    POINT(wrlock, HOLDS),
    POINT(timedrdlock, HOLDS),
    POINT(clockwrlock, HOLDS),
    POINT(barrier, HOLDS),
    POINT(futex, HOLDS),
    POINT(flock, HOLDS),
    POINT(sendfile, HOLDS),
    POINT(raw_read, HOLDS),
};
enum { POINTS = sizeof points / sizeof *points };

/* These do not wait for anything that a test could hold back. */
static const struct point quick_points[] UNUSED = {POINT(fsync, CANCELS),
                                                   POINT(fdatasync, CANCELS)};

static bool is_cond(const struct point *c) {
    return strstr(c->name, "cond_") || strstr(c->name, "cnd_");
}

/* ---- places */

static void *place_thread(void *p) {
    while (!((struct place *)p)->ready && !((struct place *)p)->let_go)
        sleep_ms(2);
    return NULL;
}

static void fill(int fd) {
    static char big[4096];
    int flags = fcntl(fd, F_GETFL);
    fcntl(fd, F_SETFL, flags | O_NONBLOCK);
    while (write(fd, big, sizeof big) > 0)
        ;
    while (write(fd, big, 1) > 0)
        ;
    fcntl(fd, F_SETFL, flags);
}

/* The descriptor of another open of the file, whose lock it holds; to be closed. */
static int other_lock(const char *path) {
    struct flock l;
    memset(&l, 0, sizeof l);
    l.l_type = F_WRLCK;
    int fd = open(path, O_RDWR);
    CHECK(fd >= 0);
    CHECK(flock(fd, LOCK_EX) == 0);
    CHECK(fcntl(fd, F_OFD_SETLK, &l) == 0);
    return fd;
}

static const char *place_path;
static int place_lock = -1;
static char place_buf[64];

/* The child and the thread of a place that is ready have ended. Who is to be joined is gone from
 * /proc no earlier than a join sees its end; the caller has no other threads. */
static void until_ended(struct place *p) {
    siginfo_t si;
    struct stat st;
    if (p->child > 0)
        CHECK(waitid(P_PID, (id_t)p->child, &si, WEXITED | WNOWAIT) == 0);
    while (stat("/proc/self/task", &st) == 0 && st.st_nlink > 2 + 1)
        sleep_ms(1);
}

/* The calling thread is not the one that will wait: it holds the locks. */
static void place_init(struct place *p, const struct point *c, bool ready) {
    static unsigned number;
    bool writes = strstr(c->name, "write") || strstr(c->name, "send");
    memset(p, 0, sizeof *p);
    p->ready = ready;
    p->buf = place_buf;
    p->word = 1;
    CHECK(pipe(p->pipe) == 0 && socketpair(AF_UNIX, SOCK_DGRAM, 0, p->dgram) == 0);
    if (!ready && writes) {
        fill(p->pipe[1]);
        fill(p->dgram[1]);
    } else if (ready && !writes) {
        CHECK(write(p->pipe[1], "x", 1) == 1 && send(p->dgram[1], "x", 1, 0) == 1);
    }
    p->un.sun_family = AF_UNIX;
    snprintf(p->un.sun_path + 1, 60, "cpprof-test-%d-%u", (int)getpid(), number++);
    p->listener = socket(AF_UNIX, SOCK_STREAM, 0);
    CHECK(bind(p->listener, (struct sockaddr *)&p->un, sizeof p->un) == 0);
    CHECK(listen(p->listener, 0) == 0);
    p->late = socket(AF_UNIX, SOCK_STREAM, 0);
    if (ready != (c->fn == p_connect)) {
        int s = socket(AF_UNIX, SOCK_STREAM, 0);
        CHECK(connect(s, (struct sockaddr *)&p->un, sizeof p->un) == 0);
        close(s);
    }
    struct epoll_event e;
    memset(&e, 0, sizeof e);
    e.events = EPOLLIN;
    p->epoll = epoll_create1(0);
    CHECK(epoll_ctl(p->epoll, EPOLL_CTL_ADD, p->pipe[0], &e) == 0);
    p->file = open(place_path, O_RDWR | O_CREAT, 0600);
    CHECK(p->file >= 0 && write(p->file, "xx", 2) == 2);
    lseek(p->file, 0, SEEK_SET);
    if (!ready && place_lock < 0)
        place_lock = other_lock(place_path);
    sigemptyset(&p->usr1);
    sigaddset(&p->usr1, SIGUSR1);
    if (strstr(c->name, "wait") && (p->child = fork()) == 0) {
        while (!ready)
            syscall(SYS_pause);
        _exit(0);
    }
    /* Signals of the process are for the threads that the test is about. */
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &old);
    CHECK(pthread_create(&p->thread, NULL, place_thread, p) == 0);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    CHECK(sem_init(&p->sem, 0, ready) == 0);
    pthread_mutexattr_t a;
    pthread_mutexattr_init(&a);
    pthread_mutexattr_settype(&a, PTHREAD_MUTEX_ERRORCHECK);
    CHECK(pthread_mutex_init(&p->own, &a) == 0);
    CHECK(pthread_mutex_init(&p->mutex, NULL) == 0);
    CHECK(pthread_cond_init(&p->cond, NULL) == 0);
    CHECK(pthread_rwlock_init(&p->rwlock, NULL) == 0);
    CHECK(pthread_barrier_init(&p->barrier, NULL, ready ? 1 : 2) == 0);
    if (!ready) {
        CHECK(pthread_mutex_lock(&p->mutex) == 0);
        CHECK(pthread_rwlock_wrlock(&p->rwlock) == 0);
    } else {
        p->word = 0;
        until_ended(p);
    }
}

UNUSED static void place_free(struct place *p) {
    p->let_go = true;
    for (int i = 0; i < 2; i++) {
        close(p->pipe[i]);
        close(p->dgram[i]);
    }
    close(p->listener);
    close(p->late);
    close(p->epoll);
    close(p->file);
    if (place_lock >= 0)
        close(place_lock);
    place_lock = -1;
    if (p->child > 0) {
        kill(p->child, SIGKILL);
        while (waitpid(p->child, NULL, 0) < 0 && errno == EINTR)
            ;
    }
}

#endif
