/* Waits that a program knows: each is begun in a function of its own, site_NAME, measured there by
 * the clock right before and right after the call, and let go by a helper once the thread is known
 * to sleep; so how many there were and how long they took is exact, however busy the machine is.
 *
 * Printed, one line each:
 *
 *   pid N
 *   site NAME WORD N NS MUTEX        WORD is the label `wait`; MUTEX: 1 when it is a lock, which
 *                                    site_NAME_release lets go */
#ifndef CPPROF_TESTS_TRUTH_WAITS_H
#define CPPROF_TESTS_TRUTH_WAITS_H

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Not merged with another of the same code. */
#if defined __GNUC__ && !defined __clang__
#define SITE __attribute__((noinline, noclone, no_icf)) static void
#else
#define SITE __attribute__((noinline)) static void
#endif
/* No tail call: the site must be in the stack. */
#define STAY __asm__ volatile("")

static inline int64_t now_ns(void) {
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
}

static inline struct timespec ns_spec(int64_t ns) {
    return (struct timespec){ns / 1000000000, ns % 1000000000};
}

/* Without libc's functions, which the agent sees. */
static inline void pause_ns(int64_t ns) {
    struct timespec ts = ns_spec(ns);
    syscall(SYS_nanosleep, &ts, NULL);
}

static inline void need(bool holds, const char *what) {
    if (!holds) {
        perror(what);
        exit(3);
    }
}
#define NEED(condition) need(condition, #condition)

static inline bool sleeps(pid_t tid) {
    char path[64], text[512];
    snprintf(path, sizeof path, "/proc/self/task/%d/stat", (int)tid);
    int fd = open(path, O_RDONLY);
    long n = fd < 0 ? 0 : syscall(SYS_read, fd, text, sizeof text - 1);
    close(fd);
    text[n > 0 ? n : 0] = 0;
    char *end = strrchr(text, ')');
    return end && end[2] == 'S';
}

static inline void until_sleeps(_Atomic pid_t *tid) {
    for (int seen = 0; seen < 2;) {
        pid_t t = atomic_load(tid);
        seen = t && sleeps(t) ? seen + 1 : 0;
        pause_ns(100000);
    }
}

#endif
