/* waits_names [overflow CALL]: what _FORTIFY_SOURCE makes of calls that read, and the other names
 * that libc exports, for those who call them by these. `overflow`: CALL is given more than its
 * buffer holds, which is the end. Built with _FORTIFY_SOURCE=2. */
#include "waits.h"

#include <dlfcn.h>
#include <poll.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>

ssize_t __read_chk(int, void *, size_t, size_t);
ssize_t __pread_chk(int, void *, size_t, off_t, size_t);
ssize_t __pread64_chk(int, void *, size_t, off64_t, size_t);
ssize_t __recv_chk(int, void *, size_t, size_t, int);
ssize_t __recvfrom_chk(int, void *, size_t, size_t, int, struct sockaddr *, socklen_t *);
int __poll_chk(struct pollfd *, nfds_t, int, size_t);
int __ppoll_chk(struct pollfd *, nfds_t, const struct timespec *, const sigset_t *, size_t);

static int ends[2], dgram[2], file;
static char buf[8];
static volatile size_t more = 9;

static void overflow(const char *call) {
    struct pollfd p[1] = {{ends[0], POLLIN, 0}};
    struct timespec ts = {0, 0};
    if (!strcmp(call, "read"))
        R(read(ends[0], buf, more));
    else if (!strcmp(call, "pread"))
        R(pread(file, buf, more, 0));
    else if (!strcmp(call, "pread64"))
        R(pread64(file, buf, more, 0));
    else if (!strcmp(call, "recv"))
        R(recv(dgram[0], buf, more, 0));
    else if (!strcmp(call, "recvfrom"))
        R(recvfrom(dgram[0], buf, more, 0, NULL, NULL));
    else if (!strcmp(call, "poll"))
        R(poll(p, more, 0));
    else if (!strcmp(call, "ppoll"))
        R(ppoll(p, more, &ts, NULL));
}

static void feed(void *unused) {
    CHECK(write(ends[1], "1", 1) == 1 && send(dgram[1], "1", 1, 0) == 1);
}

static void drain(void) {
    char c[16];
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    while (syscall(SYS_read, ends[0], c, sizeof c) > 0)
        ;
    fcntl(ends[0], F_SETFL, 0);
    while (recv(dgram[0], c, sizeof c, MSG_DONTWAIT) > 0)
        ;
}

/* Each with data, waiting for data, and interrupted. */
#define ALL(call)                                                                                  \
    do {                                                                                           \
        feed(NULL);                                                                                \
        R(call);                                                                                   \
        drain();                                                                                   \
        MEANWHILE(feed, NULL, R(call));                                                            \
        drain();                                                                                   \
        INTERRUPTED(R(call));                                                                      \
    } while (0)

static void checked(void) {
    size_t n = more - 2;
    struct pollfd p = {ends[0], POLLIN, 0};
    struct timespec ts = {0, 20000000};
    handle(SIGALRM, 0);
    ALL(read(ends[0], buf, n));
    ALL(recv(dgram[0], buf, n, 0));
    ALL(recvfrom(dgram[0], buf, n, 0, NULL, NULL));
    ALL(poll(&p, (nfds_t)(n - 6), -1));
    ALL(ppoll(&p, (nfds_t)(n - 6), NULL, NULL));
    ALL(__read_chk(ends[0], buf, n, 8));
    ALL(__recv_chk(dgram[0], buf, n, 8, 0));
    ALL(__recvfrom_chk(dgram[0], buf, n, 8, 0, NULL, NULL));
    ALL(__poll_chk(&p, 1, -1, sizeof p));
    ALL(__ppoll_chk(&p, 1, NULL, NULL, sizeof p));
    TAKES(20, R(__poll_chk(&p, 1, 20, sizeof p)));
    TAKES(20, R(__ppoll_chk(&p, 1, &ts, NULL, sizeof p)));
    AT_ONCE(R(__poll_chk(&p, 1, 0, sizeof p)));
    R(pread(file, buf, n, 1));
    R(__pread_chk(file, buf, n, 1, 8));
    R(__pread64_chk(file, buf, n, 2, 8));
    R(__pread64_chk(-1, buf, n, 2, 8));
    R(__read_chk(-1, buf, n, 8));
    R(__recv_chk(dgram[0], buf, n, 8, MSG_DONTWAIT));
}

/* ---- other names */

static void *find(const char *name, const char *version) {
    void *fn = version ? dlvsym(RTLD_DEFAULT, name, version) : dlsym(RTLD_DEFAULT, name);
    SAY("%s%s%s: %s", name, version ? "@" : "", version ? version : "", fn ? "there" : "not there");
    return fn;
}

#define NAMED(type, name, version) ((type)find(name, version))
typedef ssize_t io_fn(int, void *, size_t);
typedef ssize_t at_fn(int, void *, size_t, off64_t);
typedef int lock_fn(void *);

static void mutexes(void) {
    pthread_mutex_t m = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP;
    pthread_rwlock_t l = PTHREAD_RWLOCK_INITIALIZER;
    lock_fn *lock = NAMED(lock_fn *, "__pthread_mutex_lock", "GLIBC_2.2.5"),
            *trylock = NAMED(lock_fn *, "__pthread_mutex_trylock", "GLIBC_2.2.5"),
            *unlock = NAMED(lock_fn *, "__pthread_mutex_unlock", "GLIBC_2.2.5");
    E(lock(&m));
    E(lock(&m));
    E(trylock(&m));
    E(unlock(&m));
    E(unlock(&m));
    lock_fn *rd = NAMED(lock_fn *, "__pthread_rwlock_rdlock", "GLIBC_2.2.5"),
            *wr = NAMED(lock_fn *, "__pthread_rwlock_wrlock", "GLIBC_2.2.5"),
            *un = NAMED(lock_fn *, "__pthread_rwlock_unlock", "GLIBC_2.2.5");
    E(rd(&l));
    E(un(&l));
    E(wr(&l));
    E(wr(&l));
    E(rd(&l));
    E(un(&l));
    int (*once)(pthread_once_t *, void (*)(void)) =
        NAMED(int (*)(pthread_once_t *, void (*)(void)), "__pthread_once", "GLIBC_2.2.5");
    static pthread_once_t o;
    E(once(&o, drain));
    /* versions that were given up, of what is one function now */
    struct {
        const char *name, *version;
    } old[] = {{"pthread_mutex_timedlock", "GLIBC_2.2.5"},
               {"pthread_mutex_clocklock", "GLIBC_2.30"},
               {"pthread_rwlock_timedrdlock", "GLIBC_2.2.5"},
               {"pthread_join", "GLIBC_2.2.5"},
               {"pthread_barrier_wait", "GLIBC_2.2.5"},
               {"pthread_spin_lock", "GLIBC_2.2.5"},
               {"sem_wait", "GLIBC_2.2.5"},
               {"sem_timedwait", "GLIBC_2.2.5"},
               {"sem_clockwait", "GLIBC_2.30"},
               {"pthread_cond_clockwait", "GLIBC_2.30"},
               {"mtx_lock", "GLIBC_2.28"},
               {"cnd_wait", "GLIBC_2.28"},
               {"call_once", "GLIBC_2.28"},
               {"clock_nanosleep", "GLIBC_2.2.5"},
               {"clock_nanosleep", "GLIBC_2.17"},
               {"pthread_timedjoin_np", "GLIBC_2.3.3"},
               {"pthread_cond_wait", "GLIBC_2.3.2"},
               {"pthread_cond_wait", "GLIBC_2.2.5"},
               {"pthread_cond_wait", "GLIBC_2.34"},
               {"pthread_once", "GLIBC_2.2.5"},
               {"read", "GLIBC_2.2.5"},
               {"read", "GLIBC_2.99"}};
    for (size_t i = 0; i < sizeof old / sizeof *old; i++)
        find(old[i].name, old[i].version);
    pthread_spinlock_t s;
    pthread_spin_init(&s, 0);
    E(NAMED(int (*)(pthread_spinlock_t *), "pthread_spin_lock", "GLIBC_2.2.5")(&s));
    E(pthread_spin_trylock(&s));
    struct timespec ms = spec_ms(5);
    TAKES(5, E(NAMED(int (*)(clockid_t, int, const struct timespec *, struct timespec *),
                     "clock_nanosleep", "GLIBC_2.2.5")(CLOCK_MONOTONIC, 0, &ms, NULL)));
}

static void names(void) {
    struct pollfd p = {ends[0], POLLIN, 0};
    struct timespec ts = spec_ms(20);
    struct timeval tv = {0, 20000};
    struct iovec v = {buf, 4};
    off64_t at = 0;
    feed(NULL);
    R(NAMED(io_fn *, "__read", NULL)(ends[0], buf, 8));
    R(NAMED(io_fn *, "__write", NULL)(ends[1], buf, 5));
    R(NAMED(ssize_t(*)(int, const void *, size_t, int), "__send", NULL)(dgram[1], buf, 3, 0));
    R(NAMED(int (*)(struct pollfd *, nfds_t, int), "__poll", NULL)(&p, 1, 1000));
    drain();
    TAKES(20, R(NAMED(int (*)(struct pollfd *, nfds_t, int), "__poll", NULL)(&p, 1, 20)));
    TAKES(20, R(NAMED(int (*)(int, fd_set *, fd_set *, fd_set *, struct timeval *), "__select",
                      NULL)(0, NULL, NULL, NULL, &tv)));
    TAKES(20, R(NAMED(int (*)(const struct timespec *, struct timespec *), "__nanosleep",
                      NULL)(&ts, NULL)));
    R(NAMED(pid_t(*)(int *), "__wait", NULL)(NULL));
    R(NAMED(pid_t(*)(pid_t, int *, int), "__waitpid", NULL)(-1, NULL, 0));
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    R(NAMED(pid_t(*)(pid_t, int *, int), "__waitpid", NULL)(child, NULL, 0) == child);
    R(NAMED(int (*)(int, int, ...), "__fcntl", NULL)(ends[0], F_GETFL));
    R(NAMED(int (*)(int, int, ...), "__fcntl", NULL)(ends[0], F_SETFL, O_NONBLOCK));
    R(NAMED(int (*)(int, int, ...), "fcntl64", NULL)(ends[0], F_GETFL));
    R(NAMED(io_fn *, "__read", NULL)(ends[0], buf, 8));
    R(NAMED(int (*)(int, int, ...), "fcntl64", NULL)(ends[0], F_SETFL, 0));
    R(NAMED(at_fn *, "__pread64", NULL)(file, buf, 8, 1));
    R(NAMED(at_fn *, "pread64", NULL)(file, buf, 8, 1));
    R(NAMED(at_fn *, "__pwrite64", NULL)(file, buf, 8, 30));
    R(NAMED(at_fn *, "pwrite64", NULL)(file, buf, 8, 30));
    R(NAMED(ssize_t(*)(int, const struct iovec *, int, off64_t), "preadv64", NULL)(file, &v, 1, 0));
    R(NAMED(ssize_t(*)(int, const struct iovec *, int, off64_t), "pwritev64", NULL)(file, &v, 1,
                                                                                    9));
    R(NAMED(int (*)(int, int, off64_t), "lockf64", NULL)(file, F_LOCK, 0));
    R(NAMED(int (*)(int, int, off64_t), "lockf64", NULL)(file, F_ULOCK, 0));
    R(NAMED(ssize_t(*)(int, int, off64_t *, size_t), "sendfile64", NULL)(ends[1], file, &at, 4));
    R(NAMED(int (*)(int, const struct sockaddr *, socklen_t), "__connect", NULL)(-1, NULL, 0));
    drain();
    sigset_t none;
    sigemptyset(&none);
    int (*suspend)(const sigset_t *) = NAMED(int (*)(const sigset_t *), "__sigsuspend", NULL);
    INTERRUPTED(R(suspend(&none)));
    io_fn *reads = NAMED(io_fn *, "__read", NULL);
    INTERRUPTED(R(reads(ends[0], buf, 8)));
}

int main(int argc, char **argv) {
    char path[] = "/tmp/cpprof-names-XXXXXX";
    CHECK(pipe(ends) == 0 && socketpair(AF_UNIX, SOCK_DGRAM, 0, dgram) == 0);
    CHECK((file = mkstemp(path)) >= 0 && unlink(path) == 0);
    CHECK(write(file, "0123456789abcdefghij", 20) == 20);
    feed(NULL);
    if (argc > 2) {
        overflow(argv[2]);
        return 0;
    }
    drain();
    checked();
    mutexes();
    names();
    return 0;
}
