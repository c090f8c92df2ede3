/* waits_odd WHAT: waits in places where an agent that keeps something of its own may stumble.
 *
 *   once      a handler runs pthread_once while its thread waits for another one, whose thread is
 *             then cancelled
 *   write     one blocking write of 4 MiB to a slow reader, while dump signals come
 *   waitall   one recv of 1 MiB with MSG_WAITALL from a slow writer, in the same way
 *   errno     errno after successful calls that dump signals interrupted
 *   jump      a handler jumps out of a wait for a lock that is held for long
 *   robust    a thousand times a recursive robust mutex is taken again
 *   tls       four MiB of thread-local storage, and a dump
 *   sandbox   a thread waits while another one takes all into a seccomp sandbox */
#include "prog.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <setjmp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/socket.h>

/* ---- once */

static pthread_once_t slow_once = PTHREAD_ONCE_INIT, quick_once = PTHREAD_ONCE_INIT;
static volatile int slow_runs;

static void quick(void) {
}

static void slow(void) {
    if (slow_runs++ == 0)
        sleep(20); /* is cancelled here */
}

static __attribute__((noinline)) void scrub_stack(void) {
    char bytes[4000];
    memset(bytes, 0x41, sizeof bytes);
    __asm__ volatile("" : : "r"(bytes) : "memory");
}

static void run_quick(int signo) {
    pthread_once(&quick_once, quick);
    scrub_stack();
}

static void *run_slow(void *p) {
    pthread_once(&slow_once, slow);
    return p;
}

static void once(void) {
    struct sigaction act = {.sa_handler = run_quick, .sa_flags = SA_RESTART};
    pthread_t first, second;
    sigaction(SIGUSR1, &act, NULL);
    CHECK(pthread_create(&first, NULL, run_slow, NULL) == 0);
    sleep_ms(100);
    CHECK(pthread_create(&second, NULL, run_slow, NULL) == 0);
    sleep_ms(100);
    pthread_kill(second, SIGUSR1);
    sleep_ms(100);
    pthread_cancel(first);
    pthread_join(first, NULL);
    pthread_join(second, NULL);
    printf("runs %d\n", slow_runs);
}

/* ---- transfers */

/* Sends dump signals to its parent until it is killed. */
static pid_t dump_signals(void) {
    pid_t target = getpid(), pid;
    if ((pid = fork()) == 0)
        for (;;) {
            sleep_ms(20);
            if (getenv("CPROF_DIR"))
                kill(target, SIGUSR2);
        }
    return pid;
}

static void whole(const char *what, ssize_t got, size_t n) {
    printf("%s: %s\n", what, got == (ssize_t)n ? "whole" : "short");
}

static void one_write(void) {
    enum { N = 4 << 20 };
    static char bytes[N], part[65536];
    int ends[2];
    CHECK(pipe(ends) == 0);
    pid_t reader = fork();
    if (reader == 0) {
        close(ends[1]);
        while (read(ends[0], part, sizeof part) > 0)
            sleep_ms(3);
        _exit(0);
    }
    close(ends[0]);
    pid_t sender = dump_signals();
    whole("write", write(ends[1], bytes, N), N);
    kill(sender, SIGKILL);
    close(ends[1]);
    status_of(sender);
    status_of(reader);
}

static void one_recv(void) {
    enum { N = 1 << 20 };
    static char bytes[N];
    int ends[2];
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    pid_t writer = fork();
    if (writer == 0) {
        for (int i = 0; i < 64; i++) {
            sleep_ms(3);
            CHECK(write(ends[1], bytes, N / 64) == N / 64);
        }
        _exit(0);
    }
    pid_t sender = dump_signals();
    whole("recv", recv(ends[0], bytes, N, MSG_WAITALL), N);
    kill(sender, SIGKILL);
    status_of(sender);
    status_of(writer);
}

static void errno_kept(void) {
    pid_t sender = dump_signals();
    errno = 77;
    int r = poll(NULL, 0, 200);
    printf("poll %d errno %d\n", r, errno);
    errno = 77;
    r = usleep(200000);
    printf("usleep %d errno %d\n", r, errno);
    const struct timespec t = {0, 200000000};
    errno = 77;
    r = nanosleep(&t, NULL);
    printf("nanosleep %d errno %d\n", r, errno);
    kill(sender, SIGKILL);
    status_of(sender);
}

/* ---- locks */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static sigjmp_buf out;

static void jump_out(int signo) {
    siglongjmp(out, 1);
}

static void *hold_lock(void *p) {
    pthread_mutex_lock(&lock);
    sleep_ms(1000); /* by then the waiter is gone */
    for (int i = 0; i < 20; i++) {
        sleep_ms(20);
        pthread_mutex_unlock(&lock);
        pthread_mutex_lock(&lock);
    }
    pthread_mutex_unlock(&lock);
    return p;
}

static void *wait_and_jump(void *p) {
    if (sigsetjmp(out, 1) == 0) {
        pthread_mutex_lock(&lock);
        CHECK(!"the lock was free");
    }
    while (!*(volatile int *)p)
        burn_ms(1);
    return p;
}

static void jump(void) {
    static volatile int stop;
    pthread_t holder, waiter;
    signal(SIGUSR1, jump_out);
    CHECK(pthread_create(&holder, NULL, hold_lock, NULL) == 0);
    sleep_ms(20);
    CHECK(pthread_create(&waiter, NULL, wait_and_jump, (void *)&stop) == 0);
    sleep_ms(20);
    pthread_kill(waiter, SIGUSR1);
    sleep_ms(20);
    stop = 1;
    pthread_join(waiter, NULL);
    pthread_join(holder, NULL);
    printf("done\n");
}

static void robust(void) {
    pthread_mutexattr_t attr;
    pthread_mutex_t m;
    pthread_mutexattr_init(&attr);
    pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&m, &attr);
    int taken = 0;
    for (int i = 0; i < 1000; i++)
        taken += pthread_mutex_lock(&m) == 0;
    printf("taken %d\n", taken);
    sleep_ms(5);
}

/* ---- the process */

static __thread char storage[4 << 20];

static void big_tls(void) {
    storage[0] = 1;
    burn_ms(20);
    if (getenv("CPROF_DIR"))
        status_of(send_from_outside(SIGUSR2, 1, 0));
    sleep_ms(300);
    printf("storage %d\n", storage[0]);
}

static void *read_byte(void *fd) {
    char c;
    CHECK(read(*(int *)fd, &c, 1) == 1);
    return NULL;
}

static void sandbox(void) {
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clock_gettime, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog filter = {sizeof code / sizeof code[0], code};
    pthread_t reader;
    int ends[2];
    CHECK(pipe(ends) == 0);
    CHECK(pthread_create(&reader, NULL, read_byte, &ends[0]) == 0);
    sleep_ms(50);
    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    CHECK(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &filter) == 0);
    usleep(50000);
    CHECK(write(ends[1], "", 1) == 1);
    pthread_join(reader, NULL);
    printf("read\n");
}

int main(int argc, char **argv) {
    static const struct {
        const char *name;
        void (*run)(void);
    } all[] = {{"once", once}, {"write", one_write}, {"waitall", one_recv}, {"errno", errno_kept},
               {"jump", jump}, {"robust", robust},   {"tls", big_tls},      {"sandbox", sandbox}};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (argc > 1 && strcmp(argv[1], all[i].name) == 0) {
            all[i].run();
            return 0;
        }
    return 2;
}
