/* What the programs about waiting functions share. Each says one line for each call that it makes:
 * what was called, the result, and errno where that is not 0; so a difference names its call.
 *
 * Times are never printed, but whether they were kept: not shorter than asked, and not much longer,
 * with room for a busy machine. */
#ifndef CPPROF_TESTS_PRELOAD_WAITS_H
#define CPPROF_TESTS_PRELOAD_WAITS_H

#include "prog.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>

/* A number that may be an error. */
UNUSED static const char *error_name(int e) {
    const char *name = strerrorname_np(e);
    return name ? name : "?";
}

UNUSED static void say_errno(int e) {
    if (e)
        printf(" errno %s", error_name(e));
    printf("\n");
    fflush(stdout);
}

UNUSED static void say_error(const char *what, int result, int e) {
    printf("%s: %s", what, error_name(result));
    say_errno(e);
}

UNUSED static void say_result(const char *what, long result, int e) {
    printf("%s: %ld", what, result);
    say_errno(e);
}

/* Calls that return an error number; calls that return -1 and set errno, or anything else. Both see
 * whether a call leaves errno alone. */
#define E(call)                                                                                    \
    do {                                                                                           \
        errno = 0;                                                                                 \
        int r_ = (call);                                                                           \
        say_error(#call, r_, errno);                                                               \
    } while (0)
#define R(call)                                                                                    \
    do {                                                                                           \
        errno = 0;                                                                                 \
        long r_ = (long)(call);                                                                    \
        say_result(#call, r_, errno);                                                              \
    } while (0)

#define SAY(...)                                                                                   \
    do {                                                                                           \
        printf(__VA_ARGS__);                                                                       \
        printf("\n");                                                                              \
        fflush(stdout);                                                                            \
    } while (0)

/* ---- time */

#define NS_MS INT64_C(1000000)

UNUSED static struct timespec spec_ns(int64_t ns) {
    return (struct timespec){ns / 1000000000, ns % 1000000000};
}

UNUSED static struct timespec spec_ms(int ms) {
    return spec_ns(ms * NS_MS);
}

/* `ms` from now on that clock; may be negative. */
UNUSED static struct timespec in_ms(clockid_t clock, int ms) {
    return spec_ns(clock_ns(clock) + ms * NS_MS);
}

/* A call that has to take at least `ms`, and not ten times as long; `early_ms` is what the kernel's
 * ticks may take off. */
UNUSED static void say_took(int64_t since, int ms, int early_ms) {
    int64_t took = clock_ns(CLOCK_MONOTONIC) - since;
    if (took < (ms - early_ms) * NS_MS)
        SAY("    too early: after %d ms of %d", (int)(took / NS_MS), ms);
    else if (took > (ms * 10 + 1000) * NS_MS)
        SAY("    too late: after %d ms of %d", (int)(took / NS_MS), ms);
    else
        SAY("    in time");
}

#define TAKES(ms, statement)                                                                       \
    do {                                                                                           \
        int64_t since_ = clock_ns(CLOCK_MONOTONIC);                                                \
        statement;                                                                                 \
        say_took(since_, ms, 0);                                                                   \
    } while (0)
#define TAKES_TICKS(ms, statement)                                                                 \
    do {                                                                                           \
        int64_t since_ = clock_ns(CLOCK_MONOTONIC);                                                \
        statement;                                                                                 \
        say_took(since_, ms, 11);                                                                  \
    } while (0)
#define AT_ONCE(statement) TAKES(0, statement)

/* ---- other threads */

/* A thread that is about to call what blocks says so with `blocks_now`; `until_blocked` returns
 * when it sleeps in the kernel. */
struct blocker {
    _Atomic pid_t tid;
};

UNUSED static void blocks_now(struct blocker *b) {
    atomic_store(&b->tid, (pid_t)syscall(SYS_gettid));
}

UNUSED static char thread_letter(pid_t tid) {
    char path[64], text[512], *end;
    snprintf(path, sizeof path, "/proc/self/task/%d/stat", (int)tid);
    int fd = open(path, O_RDONLY);
    if (fd < 0)
        return 0;
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    text[n > 0 ? n : 0] = 0;
    end = strrchr(text, ')');
    return end ? end[2] : 0;
}

UNUSED static void until_blocked(struct blocker *b) {
    struct timespec ms = {0, 1000000};
    int seen = 0;
    for (int i = 0; i < 10000 && seen < 3; i++) {
        pid_t tid = atomic_load(&b->tid);
        seen = tid && thread_letter(tid) == 'S' ? seen + 1 : 0;
        syscall(SYS_nanosleep, &ms, NULL); /* not what is tested */
    }
    CHECK(seen == 3);
}

/* Runs `fn(arg)` in another thread as soon as the calling thread is blocked: made before the call
 * that blocks, joined after it. */
struct once_blocked {
    struct blocker blocker;
    void (*fn)(void *arg);
    void *arg;
    pthread_t thread;
    _Atomic bool ended;
};

UNUSED static void *once_blocked_run(void *p) {
    struct once_blocked *o = (struct once_blocked *)p;
    until_blocked(&o->blocker);
    o->fn(o->arg);
    atomic_store(&o->ended, true);
    return NULL;
}

/* The mask of the new thread is full: signals are for those that the test is about. */
UNUSED static void once_blocked(struct once_blocked *o, void (*fn)(void *), void *arg) {
    sigset_t all, old;
    memset(o, 0, sizeof *o);
    o->fn = fn;
    o->arg = arg;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &old);
    CHECK(pthread_create(&o->thread, NULL, once_blocked_run, o) == 0);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    blocks_now(&o->blocker);
}

UNUSED static void once_blocked_join(struct once_blocked *o) {
    CHECK(pthread_join(o->thread, NULL) == 0);
}

/* The statement, in which `fn(arg)` is called in another thread once it blocks. */
#define MEANWHILE(fn, arg, statement)                                                              \
    do {                                                                                           \
        struct once_blocked o_;                                                                    \
        once_blocked(&o_, fn, arg);                                                                \
        statement;                                                                                 \
        once_blocked_join(&o_);                                                                    \
    } while (0)

/* ---- signals */

static volatile sig_atomic_t handled UNUSED; /* handlers run so far */

UNUSED static void count_signal(int signo) {
    handled++;
}

UNUSED static void handle(int signo, int flags) {
    struct sigaction act;
    memset(&act, 0, sizeof act);
    act.sa_handler = count_signal;
    act.sa_flags = flags;
    CHECK(sigaction(signo, &act, NULL) == 0);
}

/* For MEANWHILE: one SIGALRM for the thread that blocks. */
UNUSED static void alarm_thread(void *thread) {
    pthread_kill(*(pthread_t *)thread, SIGALRM);
}

/* The statement, interrupted once by SIGALRM; then how many handlers ran. */
#define INTERRUPTED(statement)                                                                     \
    do {                                                                                           \
        pthread_t self_ = pthread_self();                                                          \
        handled = 0;                                                                               \
        MEANWHILE(alarm_thread, &self_, statement);                                                \
        SAY("    handled %d", (int)handled);                                                       \
    } while (0)

#endif
