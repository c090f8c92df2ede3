/* cpu_window WAITERS WAVES THREADS MS [used|gaps|forks|sandbox]: WAITERS threads wait in a read;
 * "ready" is printed and a line of stdin waited for; then they, main and WAVES times THREADS new
 * threads use MS of CPU time each. Prints, of the time from the line on,
 *
 *   cpu_ns N       what getrusage says that the process has used
 *   threads_ns N   what its threads have used between begin and end of their start routines
 *
 * `used`: the waiting threads have used some before
 * `gaps`: first main looks at its own CPU clock, until a second line comes, and prints
 *   gap_us N       the longest that it was kept from that, but for being preempted
 * `forks`: children, too, of fork and of the bare system call, use as much, one after the other
 * `sandbox`: "ready" comes out of a sandbox in which what the agent might do is death */
#include "prog.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>

static int ends[2], ms, used_ms;
static int64_t threads_ns; /* atomic */
static int at_rest;        /* atomic: threads that have used what they use before */

static void work(void) {
    int64_t before = clock_ns(CLOCK_THREAD_CPUTIME_ID);
    burn_ms(ms);
    __atomic_fetch_add(&threads_ns, clock_ns(CLOCK_THREAD_CPUTIME_ID) - before, __ATOMIC_RELAXED);
}

static void *wait_and_work(void *arg) {
    char c;
    burn_ms(used_ms);
    __atomic_fetch_add(&at_rest, 1, __ATOMIC_RELAXED);
    CHECK(read(ends[0], &c, 1) == 0);
    work();
    return NULL;
}

static void *work_at_once(void *arg) {
    work();
    return NULL;
}

static int64_t process_ns(void) {
    struct rusage r;
    getrusage(RUSAGE_SELF, &r);
    return (r.ru_utime.tv_sec + r.ru_stime.tv_sec) * INT64_C(1000000000) +
           (r.ru_utime.tv_usec + r.ru_stime.tv_usec) * INT64_C(1000);
}

static void wait_for_line(void) {
    char c;
    CHECK(read(0, &c, 1) == 1);
}

/* The handler of a request runs here. */
static void look_for_gaps(void) {
    struct pollfd line = {0, POLLIN, 0};
    int64_t last = clock_ns(CLOCK_THREAD_CPUTIME_ID), now, gap = 0;
    do {
        for (int i = 0; i < 10000; i++, last = now) {
            now = clock_ns(CLOCK_THREAD_CPUTIME_ID);
            gap = now - last > gap ? now - last : gap;
        }
        CHECK(poll(&line, 1, 0) >= 0);
        last = clock_ns(CLOCK_THREAD_CPUTIME_ID);
    } while (!line.revents);
    wait_for_line();
    printf("gap_us %lld\n", (long long)gap / 1000);
    fflush(stdout);
}

static void in_a_child(pid_t pid) {
    if (pid == 0) {
        work();
        exit(0);
    }
    CHECK(pid > 0 && status_of(pid) == 0);
}

static void enter_sandbox(void) {
    static const int deadly[] = {SYS_timer_create, SYS_timer_settime, SYS_timer_delete,
                                 SYS_openat,       SYS_nanosleep,     SYS_clone};
    enum { N = sizeof deadly / sizeof deadly[0] };
    struct sock_filter code[2 * N + 2] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr))};
    for (int i = 0; i < N; i++) {
        code[2 * i + 1] =
            (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)deadly[i], 0, 1);
        code[2 * i + 2] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
    }
    code[2 * N + 1] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    struct sock_fprog program = {2 * N + 2, code};
    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    CHECK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
}

static void make(pthread_t *ids, int n, void *(*fn)(void *)) {
    pthread_attr_t attr;
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, 64 * 1024);
    for (int i = 0; i < n; i++)
        CHECK(pthread_create(&ids[i], &attr, fn, NULL) == 0);
}

static void join(const pthread_t *ids, int n) {
    for (int i = 0; i < n; i++)
        CHECK(pthread_join(ids[i], NULL) == 0);
}

int main(int argc, char **argv) {
    int waiters = atoi(argv[1]), waves = atoi(argv[2]), threads = atoi(argv[3]);
    pthread_t *waiting = calloc((size_t)waiters + 1, sizeof *waiting);
    pthread_t *born = calloc((size_t)threads + 1, sizeof *born);
    ms = atoi(argv[4]);
    CHECK(waiting && born && pipe(ends) == 0);
    const char *mode = argc > 5 ? argv[5] : "";
    used_ms = strcmp(mode, "used") == 0 ? 5 : 0;
    make(waiting, waiters, wait_and_work);
    while (__atomic_load_n(&at_rest, __ATOMIC_RELAXED) < waiters)
        sleep_ms(1);
    sleep_ms(100);
    if (strcmp(mode, "sandbox") == 0)
        enter_sandbox();
    printf("ready\n");
    fflush(stdout);
    if (strcmp(mode, "gaps") == 0)
        look_for_gaps();
    wait_for_line();
    int64_t before = process_ns();
    close(ends[1]);
    work();
    for (int i = 0; i < waves; i++) {
        make(born, threads, work_at_once);
        join(born, threads);
    }
    join(waiting, waiters);
    if (strcmp(mode, "forks") == 0) {
        in_a_child(fork());
        in_a_child((pid_t)syscall(SYS_fork));
    }
    printf("cpu_ns %lld\nthreads_ns %lld\n", (long long)(process_ns() - before),
           (long long)threads_ns);
    return 0;
}
