/* What the hostile programs share: work to be sampled, and one way to say what went wrong.
 *
 * All is static, so that each program stays a file of its own. */
#ifndef CPPROF_TESTS_PRELOAD_PROG_H
#define CPPROF_TESTS_PRELOAD_PROG_H

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define UNUSED __attribute__((unused))

/* One line and status 1 where a thing is not as it has to be. */
#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stdout, "line %d: not %s (errno %d)\n", __LINE__, #condition, errno);          \
            fflush(stdout);                                                                        \
            _exit(1);                                                                              \
        }                                                                                          \
    } while (0)

UNUSED static int64_t clock_ns(clockid_t clock) {
    struct timespec ts = {0, 0};
    clock_gettime(clock, &ts);
    return ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
}

/* Uses `ms` milliseconds of this thread's CPU time. */
UNUSED static void burn_ms(int ms) {
    static volatile uint64_t sink;
    int64_t end = clock_ns(CLOCK_THREAD_CPUTIME_ID) + ms * INT64_C(1000000);
    do
        for (int i = 0; i < 2000; i++)
            sink = sink * 2862933555777941757u + 3037000493u;
    while (clock_ns(CLOCK_THREAD_CPUTIME_ID) < end);
}

UNUSED static void sleep_ms(int ms) {
    struct timespec left = {ms / 1000, ms % 1000 * 1000000L};
    while (nanosleep(&left, &left) != 0 && errno == EINTR)
        ;
}

/* Allocates and frees `n` blocks of mixed sizes, about 3 KB each, and looks at what is in them. */
UNUSED static void churn(int n) {
    unsigned char *kept[16] = {0};
    for (int i = 0; i < n; i++) {
        size_t size = 1 + (size_t)(i * 2654435761u) % 6000;
        int slot = i % 16;
        if (kept[slot] && kept[slot][0] != (unsigned char)slot)
            abort();
        free(kept[slot]);
        kept[slot] = (unsigned char *)(i % 3 ? malloc(size) : calloc(1, size));
        if (!kept[slot])
            abort();
        if (i % 5 == 0)
            kept[slot] = (unsigned char *)realloc(kept[slot], size + 100);
        if (!kept[slot])
            abort();
        kept[slot][0] = (unsigned char)slot;
    }
    for (int slot = 0; slot < 16; slot++)
        free(kept[slot]);
}

/* The signals in a set, by number, in one line. */
UNUSED static void print_set(const char *what, const sigset_t *set) {
    printf("%s:", what);
    for (int s = 1; s < NSIG; s++)
        if (sigismember(set, s) == 1)
            printf(" %d", s);
    printf("\n");
}

/* The calling thread's mask, as the program sees it. */
UNUSED static sigset_t mask_now(void) {
    sigset_t set;
    sigemptyset(&set);
    pthread_sigmask(SIG_BLOCK, NULL, &set);
    return set;
}

/* How many dumps of process `pid` have their heap profile in CPROF_DIR. */
UNUSED static int dumps_of(pid_t pid) {
    char infix[32];
    int n = 0;
    DIR *dir = opendir(getenv("CPROF_DIR"));
    CHECK(dir);
    snprintf(infix, sizeof(infix), ".%d.", pid);
    for (struct dirent *entry; (entry = readdir(dir));)
        n += entry->d_name[0] != '.' && strstr(entry->d_name, infix) &&
             strstr(entry->d_name, ".heap.pb.gz");
    closedir(dir);
    return n;
}

/* Until process `pid` has written `n` dumps, for half a minute. Returns whether it has. */
UNUSED static int wait_for_dumps(pid_t pid, int n) {
    for (int i = 0; i < 30000 && dumps_of(pid) < n; i++)
        sleep_ms(1);
    return dumps_of(pid) >= n;
}

/* A child that sends `signo` to this process `n` times, `gap_ms` apart, from outside. Returns its
 * pid. */
UNUSED static pid_t send_from_outside(int signo, int n, int gap_ms) {
    pid_t target = getpid();
    volatile pid_t pid = fork(); /* some callers jump */
    if (pid == 0) {
        for (int i = 0; i < n; i++) {
            if (gap_ms)
                sleep_ms(gap_ms);
            kill(target, signo);
        }
        _exit(0);
    }
    return pid;
}

/* Waits for a child; -1 when it is not there, else its status in the shell's way. */
UNUSED static int status_of(pid_t pid) {
    int status;
    while (waitpid(pid, &status, 0) != pid)
        if (errno != EINTR)
            return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

#endif
