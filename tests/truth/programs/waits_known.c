/* waits_known ROUNDS MS [LEAST_NS]: one thread that waits ROUNDS times in each of many calls, each
 * time about MS milliseconds. Waits shorter than LEAST_NS are left out of what it prints: what a
 * threshold does. */
#include "tests/truth/programs/waits.h"

#include <errno.h>
#include <linux/futex.h>
#include <netinet/in.h>
#include <poll.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <threads.h>

static int64_t count, total_ns, least_ns;
static int64_t wait_ns;
static _Atomic pid_t waiting; /* the tid, from just before the call */

/* Around the call of a site. */
#define MEASURED(call)                                                                             \
    do {                                                                                           \
        atomic_store(&waiting, (pid_t)syscall(SYS_gettid));                                        \
        int64_t start_ = now_ns();                                                                 \
        bool ok_ = (call);                                                                         \
        int64_t took_ = now_ns() - start_;                                                         \
        atomic_store(&waiting, 0);                                                                 \
        need(ok_, #call);                                                                          \
        if (took_ >= least_ns) {                                                                   \
            count++;                                                                               \
            total_ns += took_;                                                                     \
        }                                                                                          \
    } while (0)

static struct timespec later(clockid_t clock) {
    struct timespec ts;
    clock_gettime(clock, &ts);
    ts.tv_sec += 100;
    return ts;
}

/* ---- locks: the helper has them, lets them go; `done` gives them back */

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;

static void m_lock(void) {
    pthread_mutex_lock(&m);
}
static void m_unlock(void) {
    pthread_mutex_unlock(&m);
}

SITE site_mutex_lock(void) {
    MEASURED(pthread_mutex_lock(&m) == 0);
}
SITE site_mutex_lock_release(void) {
    pthread_mutex_unlock(&m);
    STAY;
}
SITE site_mutex_timedlock(void) {
    struct timespec ts = later(CLOCK_REALTIME);
    MEASURED(pthread_mutex_timedlock(&m, &ts) == 0);
}
SITE site_mutex_timedlock_release(void) {
    pthread_mutex_unlock(&m);
    STAY;
}
SITE site_mutex_clocklock(void) {
    struct timespec ts = later(CLOCK_MONOTONIC);
    MEASURED(pthread_mutex_clocklock(&m, CLOCK_MONOTONIC, &ts) == 0);
}
SITE site_mutex_clocklock_release(void) {
    pthread_mutex_unlock(&m);
    STAY;
}

static pthread_rwlock_t rw = PTHREAD_RWLOCK_INITIALIZER;

static void rw_write(void) {
    pthread_rwlock_wrlock(&rw);
}
static void rw_read(void) {
    pthread_rwlock_rdlock(&rw);
}
static void rw_unlock(void) {
    pthread_rwlock_unlock(&rw);
}

SITE site_rdlock(void) {
    MEASURED(pthread_rwlock_rdlock(&rw) == 0);
}
SITE site_rdlock_release(void) {
    pthread_rwlock_unlock(&rw);
    STAY;
}
SITE site_wrlock(void) {
    MEASURED(pthread_rwlock_wrlock(&rw) == 0);
}
SITE site_wrlock_release(void) {
    pthread_rwlock_unlock(&rw);
    STAY;
}
SITE site_clockwrlock(void) {
    struct timespec ts = later(CLOCK_MONOTONIC);
    MEASURED(pthread_rwlock_clockwrlock(&rw, CLOCK_MONOTONIC, &ts) == 0);
}
SITE site_clockwrlock_release(void) {
    pthread_rwlock_unlock(&rw);
    STAY;
}

static pthread_spinlock_t spin;

static void spin_lock(void) {
    pthread_spin_lock(&spin);
}
static void spin_unlock(void) {
    pthread_spin_unlock(&spin);
}
SITE site_spin(void) {
    MEASURED(pthread_spin_lock(&spin) == 0);
}
SITE site_spin_release(void) {
    pthread_spin_unlock(&spin);
    STAY;
}

static mtx_t mtx;

static void c11_lock(void) {
    mtx_lock(&mtx);
}
static void c11_unlock(void) {
    mtx_unlock(&mtx);
}
SITE site_mtx_lock(void) {
    MEASURED(mtx_lock(&mtx) == thrd_success);
}
SITE site_mtx_lock_release(void) {
    mtx_unlock(&mtx);
    STAY;
}
SITE site_mtx_timedlock(void) {
    struct timespec ts = later(CLOCK_REALTIME);
    MEASURED(mtx_timedlock(&mtx, &ts) == thrd_success);
}
SITE site_mtx_timedlock_release(void) {
    mtx_unlock(&mtx);
    STAY;
}

/* A lock in which a time runs out: what it waited counts, its holder let nothing go. */
SITE site_lock_in_vain(void) {
    struct timespec ts;
    clock_gettime(CLOCK_REALTIME, &ts);
    ts = ns_spec(ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec + wait_ns);
    MEASURED(pthread_mutex_timedlock(&m, &ts) == ETIMEDOUT);
}
static void nothing(void) {
}

/* ---- conditions */

static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static cnd_t cnd;

static void cond_signal(void) {
    pthread_mutex_lock(&m);
    pthread_cond_signal(&cond);
    pthread_mutex_unlock(&m);
}
static void cnd_signal_it(void) {
    mtx_lock(&mtx);
    cnd_signal(&cnd);
    mtx_unlock(&mtx);
}
SITE site_cond_wait(void) {
    pthread_mutex_lock(&m);
    MEASURED(pthread_cond_wait(&cond, &m) == 0);
    pthread_mutex_unlock(&m);
}
SITE site_cond_timedwait(void) {
    struct timespec ts = later(CLOCK_REALTIME);
    pthread_mutex_lock(&m);
    MEASURED(pthread_cond_timedwait(&cond, &m, &ts) == 0);
    pthread_mutex_unlock(&m);
}
SITE site_cond_clockwait(void) {
    struct timespec ts = later(CLOCK_MONOTONIC);
    pthread_mutex_lock(&m);
    MEASURED(pthread_cond_clockwait(&cond, &m, CLOCK_MONOTONIC, &ts) == 0);
    pthread_mutex_unlock(&m);
}
SITE site_cond_in_vain(void) {
    struct timespec ts;
    clock_gettime(CLOCK_REALTIME, &ts);
    ts = ns_spec(ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec + wait_ns);
    pthread_mutex_lock(&m);
    MEASURED(pthread_cond_timedwait(&cond, &m, &ts) == ETIMEDOUT);
    pthread_mutex_unlock(&m);
}
SITE site_cnd_wait(void) {
    mtx_lock(&mtx);
    MEASURED(cnd_wait(&cnd, &mtx) == thrd_success);
    mtx_unlock(&mtx);
}
SITE site_cnd_timedwait(void) {
    struct timespec ts = later(CLOCK_REALTIME);
    mtx_lock(&mtx);
    MEASURED(cnd_timedwait(&cnd, &mtx, &ts) == thrd_success);
    mtx_unlock(&mtx);
}

/* ---- semaphores, barriers, threads, once */

static sem_t sem;
static pthread_barrier_t barrier;
static pthread_t thread;
static _Atomic bool may_end;
static pthread_once_t *once;
static pthread_once_t onces[1000];
static int n_onces;

static void post(void) {
    sem_post(&sem);
}
static void meet(void) {
    pthread_barrier_wait(&barrier);
}
static void *ends_when_told(void *unused) {
    while (!may_end)
        pause_ns(100000);
    return NULL;
}
static void start_thread(void) {
    may_end = false;
    NEED(pthread_create(&thread, NULL, ends_when_told, NULL) == 0);
}
static void tell(void) {
    may_end = true;
}
static _Atomic bool in_once;
static void slow_init(void) {
    in_once = true;
    while (!may_end)
        pause_ns(100000);
}
static void *runs_once(void *unused) {
    pthread_once(once, slow_init);
    return NULL;
}
static void start_once(void) {
    may_end = in_once = false;
    once = &onces[n_onces++ % 1000];
    *once = PTHREAD_ONCE_INIT;
    NEED(pthread_create(&thread, NULL, runs_once, NULL) == 0);
    pthread_detach(thread);
    while (!in_once)
        sched_yield();
}

SITE site_sem_wait(void) {
    MEASURED(sem_wait(&sem) == 0);
}
SITE site_sem_timedwait(void) {
    struct timespec ts = later(CLOCK_REALTIME);
    MEASURED(sem_timedwait(&sem, &ts) == 0);
}
SITE site_sem_clockwait(void) {
    struct timespec ts = later(CLOCK_MONOTONIC);
    MEASURED(sem_clockwait(&sem, CLOCK_MONOTONIC, &ts) == 0);
}
SITE site_barrier(void) {
    MEASURED(pthread_barrier_wait(&barrier) <= 0);
}
SITE site_join(void) {
    MEASURED(pthread_join(thread, NULL) == 0);
}
SITE site_timedjoin(void) {
    struct timespec ts = later(CLOCK_REALTIME);
    MEASURED(pthread_timedjoin_np(thread, NULL, &ts) == 0);
}
SITE site_thrd_join(void) {
    MEASURED(thrd_join(thread, NULL) == thrd_success);
}
SITE site_once(void) {
    MEASURED(pthread_once(once, slow_init) == 0);
}

static _Atomic uint32_t word;

static void wake(void) {
    word = 0;
    syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}
static void set_word(void) {
    word = 7;
}
SITE site_futex(void) {
    MEASURED(syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 7, NULL, NULL, 0) == 0);
}

/* ---- descriptors */

static int ends[2], full[2], pair[2], listener, epoll, lock_file, other_file;
static struct sockaddr_in address;
static char buf[65536], big[65536];

static void feed(void) {
    NEED(syscall(SYS_write, ends[1], "x", 1) == 1);
}
static void empty(void) {
    char c;
    NEED(syscall(SYS_read, ends[0], &c, 1) == 1);
}
static void feed_socket(void) {
    NEED(syscall(SYS_write, pair[1], "x", 1) == 1);
}
static void drain(void) {
    NEED(syscall(SYS_read, full[0], big, sizeof big) > 0);
}
static void fill(void) {
    long flags = fcntl(full[1], F_GETFL);
    fcntl(full[1], F_SETFL, flags | O_NONBLOCK);
    while (syscall(SYS_write, full[1], buf, 4096) > 0)
        ;
    fcntl(full[1], F_SETFL, flags);
}
static void come(void) {
    int s = socket(AF_INET, SOCK_STREAM, 0);
    NEED(syscall(SYS_connect, s, &address, sizeof address) == 0);
    close(s);
}

SITE site_read(void) {
    MEASURED(read(ends[0], buf, 1) == 1);
}
SITE site_readv(void) {
    struct iovec v = {buf, 1};
    MEASURED(readv(ends[0], &v, 1) == 1);
}
SITE site_recv(void) {
    MEASURED(recv(pair[0], buf, 1, 0) == 1);
}
SITE site_recvmsg(void) {
    struct iovec v = {buf, 1};
    struct msghdr msg = {.msg_iov = &v, .msg_iovlen = 1};
    MEASURED(recvmsg(pair[0], &msg, 0) == 1);
}
SITE site_write(void) {
    MEASURED(write(full[1], buf, 4096) == 4096);
}
SITE site_accept(void) {
    int fd = -1;
    MEASURED((fd = accept(listener, NULL, NULL)) >= 0);
    close(fd);
}
SITE site_poll(void) {
    struct pollfd p = {ends[0], POLLIN, 0};
    MEASURED(poll(&p, 1, -1) == 1);
}
SITE site_ppoll(void) {
    struct pollfd p = {ends[0], POLLIN, 0};
    MEASURED(ppoll(&p, 1, NULL, NULL) == 1);
}
SITE site_select(void) {
    fd_set s;
    FD_ZERO(&s);
    FD_SET(ends[0], &s);
    MEASURED(select(ends[0] + 1, &s, NULL, NULL, NULL) == 1);
}
SITE site_epoll_wait(void) {
    struct epoll_event e;
    MEASURED(epoll_wait(epoll, &e, 1, -1) == 1);
}
SITE site_poll_in_vain(void) {
    MEASURED(poll(NULL, 0, (int)(wait_ns / 1000000)) == 0);
}

static void take_flock(void) {
    NEED(flock(other_file, LOCK_EX) == 0);
}
static void drop_flock(void) {
    flock(other_file, LOCK_UN);
}
static void drop_own(void) {
    flock(lock_file, LOCK_UN);
}
static void ofd(int fd, int type) {
    struct flock l = {.l_type = (short)type, .l_whence = SEEK_SET};
    NEED(fcntl(fd, F_OFD_SETLK, &l) == 0);
}
static void take_ofd(void) {
    ofd(other_file, F_WRLCK);
}
static void drop_ofd(void) {
    ofd(other_file, F_UNLCK);
}
static void drop_own_ofd(void) {
    ofd(lock_file, F_UNLCK);
}
SITE site_flock(void) {
    MEASURED(flock(lock_file, LOCK_EX) == 0);
}
SITE site_setlkw(void) {
    struct flock l = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    MEASURED(fcntl(lock_file, F_OFD_SETLKW, &l) == 0);
}

/* ---- children, signals, sleep */

static pid_t child;
static int go[2];

static void start_child(void) {
    NEED(pipe(go) == 0);
    child = fork();
    if (child == 0) {
        char c;
        close(go[1]);
        syscall(SYS_read, go[0], &c, 1);
        syscall(SYS_exit_group, 0);
    }
    close(go[0]);
}
static void end_child(void) {
    close(go[1]);
}
SITE site_waitpid(void) {
    MEASURED(waitpid(child, NULL, 0) == child);
}
SITE site_waitid(void) {
    siginfo_t si;
    MEASURED(waitid(P_PID, (id_t)child, &si, WEXITED) == 0);
}

static sigset_t usr1;
static pthread_t waiter;

static void send_usr1(void) {
    pthread_kill(waiter, SIGUSR1);
}
SITE site_sigwait(void) {
    int signo;
    MEASURED(sigwait(&usr1, &signo) == 0);
}
SITE site_sigwaitinfo(void) {
    MEASURED(sigwaitinfo(&usr1, NULL) == SIGUSR1);
}

SITE site_nanosleep(void) {
    struct timespec ts = ns_spec(wait_ns);
    MEASURED(nanosleep(&ts, NULL) == 0);
}
SITE site_clock_nanosleep(void) {
    struct timespec ts = ns_spec(wait_ns);
    MEASURED(clock_nanosleep(CLOCK_MONOTONIC, 0, &ts, NULL) == 0);
}
SITE site_usleep(void) {
    MEASURED(usleep((useconds_t)(wait_ns / 1000)) == 0);
}
SITE site_thrd_sleep(void) {
    struct timespec ts = ns_spec(wait_ns);
    MEASURED(thrd_sleep(&ts, NULL) == 0);
}

/* ---- what is done with each */

static const struct known {
    const char *name, *word;
    void (*site)(void);
    void (*prepare)(void); /* by the helper, before */
    void (*release)(void); /* by the helper, when the thread sleeps; NULL: it wakes by itself */
    void (*done)(void);    /* by the thread, after */
    bool lock;
} all[] = {
#define LOCK(name, word, take, give)                                                               \
    { #name, word, site_##name, take, site_##name##_release, give, true }
#define WAIT(name, word, prepare, release, done)                                                   \
    { #name, word, site_##name, prepare, release, done, false }
    LOCK(mutex_lock, "mutex", m_lock, m_unlock),
    LOCK(mutex_timedlock, "mutex", m_lock, m_unlock),
    LOCK(mutex_clocklock, "mutex", m_lock, m_unlock),
    LOCK(rdlock, "rwlock", rw_write, rw_unlock),
    LOCK(wrlock, "rwlock", rw_read, rw_unlock),
    LOCK(clockwrlock, "rwlock", rw_write, rw_unlock),
    LOCK(spin, "spin", spin_lock, spin_unlock),
    LOCK(mtx_lock, "mutex", c11_lock, c11_unlock),
    LOCK(mtx_timedlock, "mutex", c11_lock, c11_unlock),
    WAIT(cond_wait, "cond", nothing, cond_signal, nothing),
    WAIT(cond_timedwait, "cond", nothing, cond_signal, nothing),
    WAIT(cond_clockwait, "cond", nothing, cond_signal, nothing),
    WAIT(cond_in_vain, "cond", nothing, NULL, nothing),
    WAIT(cnd_wait, "cond", nothing, cnd_signal_it, nothing),
    WAIT(cnd_timedwait, "cond", nothing, cnd_signal_it, nothing),
    WAIT(sem_wait, "semaphore", nothing, post, nothing),
    WAIT(sem_timedwait, "semaphore", nothing, post, nothing),
    WAIT(sem_clockwait, "semaphore", nothing, post, nothing),
    WAIT(barrier, "barrier", nothing, meet, nothing),
    WAIT(join, "join", start_thread, tell, nothing),
    WAIT(timedjoin, "join", start_thread, tell, nothing),
    WAIT(thrd_join, "join", start_thread, tell, nothing),
    WAIT(once, "once", start_once, tell, nothing),
    WAIT(futex, "futex", set_word, wake, nothing),
    WAIT(read, "read", nothing, feed, nothing),
    WAIT(readv, "read", nothing, feed, nothing),
    WAIT(recv, "read", nothing, feed_socket, nothing),
    WAIT(recvmsg, "read", nothing, feed_socket, nothing),
    WAIT(write, "write", fill, drain, nothing),
    WAIT(accept, "accept", nothing, come, nothing),
    WAIT(poll, "poll", nothing, feed, empty),
    WAIT(ppoll, "poll", nothing, feed, empty),
    WAIT(select, "poll", nothing, feed, empty),
    WAIT(epoll_wait, "poll", nothing, feed, empty),
    WAIT(poll_in_vain, "poll", nothing, NULL, nothing),
    WAIT(flock, "flock", take_flock, drop_flock, drop_own),
    WAIT(setlkw, "flock", take_ofd, drop_ofd, drop_own_ofd),
    WAIT(waitpid, "child", start_child, end_child, nothing),
    WAIT(waitid, "child", start_child, end_child, nothing),
    WAIT(sigwait, "signal", nothing, send_usr1, nothing),
    WAIT(sigwaitinfo, "signal", nothing, send_usr1, nothing),
    WAIT(nanosleep, "sleep", nothing, NULL, nothing),
    WAIT(clock_nanosleep, "sleep", nothing, NULL, nothing),
    WAIT(usleep, "sleep", nothing, NULL, nothing),
    WAIT(thrd_sleep, "sleep", nothing, NULL, nothing),
    /* the last of the mutex: its holder keeps it */
    WAIT(lock_in_vain, "mutex", m_lock, NULL, nothing),
};

static _Atomic int begun, ended; /* rounds: the helper has prepared, the thread is done */
static int rounds;

static void *help(void *p) {
    const struct known *k = p;
    for (int i = 0; i < rounds; i++) {
        while (ended < i)
            sched_yield();
        if (k->prepare != m_lock || k->release || i == 0)
            k->prepare();
        begun = i + 1;
        if (!k->release)
            continue;
        if (k->site == site_spin)
            while (!waiting)
                sched_yield();
        else
            until_sleeps(&waiting);
        pause_ns(wait_ns);
        k->release();
    }
    return NULL;
}

static void each(const struct known *k) {
    pthread_t helper;
    count = total_ns = begun = ended = 0;
    NEED(pthread_create(&helper, NULL, help, (void *)k) == 0);
    for (int i = 0; i < rounds; i++) {
        while (begun <= i)
            sched_yield();
        k->site();
        k->done();
        ended = i + 1;
    }
    NEED(pthread_join(helper, NULL) == 0);
    printf("site %s %s %lld %lld %d\n", k->name, k->word, (long long)count, (long long)total_ns,
           k->lock);
    fflush(stdout);
}

static void make_things(void) {
    char path[] = "/tmp/cpprof-truth-lock-XXXXXX";
    socklen_t len = sizeof address;
    NEED(pipe(ends) == 0 && pipe(full) == 0 && socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    listener = socket(AF_INET, SOCK_STREAM, 0);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    NEED(bind(listener, (struct sockaddr *)&address, len) == 0 && listen(listener, 5) == 0);
    NEED(getsockname(listener, (struct sockaddr *)&address, &len) == 0);
    struct epoll_event e = {.events = EPOLLIN};
    epoll = epoll_create1(0);
    NEED(epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &e) == 0);
    lock_file = mkstemp(path);
    other_file = open(path, O_RDWR);
    unlink(path);
    NEED(lock_file >= 0 && other_file >= 0);
    pthread_spin_init(&spin, 0);
    mtx_init(&mtx, mtx_timed);
    cnd_init(&cnd);
    sem_init(&sem, 0, 0);
    pthread_barrier_init(&barrier, NULL, 2);
    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &usr1, NULL);
    waiter = pthread_self();
}

int main(int argc, char **argv) {
    if (argc < 3)
        return 2;
    rounds = atoi(argv[1]);
    wait_ns = atoi(argv[2]) * INT64_C(1000000);
    least_ns = argc > 3 ? atoll(argv[3]) : 0;
    printf("pid %d\n", (int)getpid());
    make_things();
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        each(&all[i]);
    return 0;
}
