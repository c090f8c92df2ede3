/* cpu_threads WAVES THREADS MIN_MS MAX_MS: threads that come and go in waves, each of which uses
 * between MIN_MS and MAX_MS of CPU time. WAVES 0: no thread but the first, which uses MAX_MS.
 * Prints, read last, cpu_ns N       what getrusage says that the process has used threads_ns N what
 * main used, and the others between begin and end of their start routines: it is without what the
 * kernel takes to make a thread and to end it */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "tests/truth/programs/burn.h"

enum { THREADS_MAX = 256 };

static int64_t threads_ns; /* atomic */

static void *work(void *ns) {
    int64_t start = thread_cpu_ns();
    burn_ns((int64_t)(intptr_t)ns);
    __atomic_fetch_add(&threads_ns, thread_cpu_ns() - start, __ATOMIC_RELAXED);
    return NULL;
}

static int64_t between(int64_t lo_ns, int64_t hi_ns) {
    return lo_ns + (int64_t)(drand48() * (double)(hi_ns - lo_ns));
}

static void wave(int threads, int64_t lo_ns, int64_t hi_ns) {
    pthread_t id[THREADS_MAX];
    for (int i = 0; i < threads; i++)
        if (pthread_create(&id[i], NULL, work, (void *)(intptr_t)between(lo_ns, hi_ns)) != 0)
            abort();
    for (int i = 0; i < threads; i++)
        pthread_join(id[i], NULL);
}

static int64_t process_cpu_ns(void) {
    struct rusage r;
    getrusage(RUSAGE_SELF, &r);
    return (r.ru_utime.tv_sec + r.ru_stime.tv_sec) * INT64_C(1000000000) +
           (r.ru_utime.tv_usec + r.ru_stime.tv_usec) * INT64_C(1000);
}

__attribute__((noinline)) static void alone(int64_t ns) {
    burn_ns(ns);
    __asm__ volatile(""); /* no tail call: it must be in the stack */
}

int main(int argc, char **argv) {
    if (argc != 5 || atoi(argv[2]) > THREADS_MAX)
        return 2;
    int waves = atoi(argv[1]), threads = atoi(argv[2]);
    int64_t lo_ns = atoi(argv[3]) * INT64_C(1000000), hi_ns = atoi(argv[4]) * INT64_C(1000000);
    for (int i = 0; i < waves; i++)
        wave(threads, lo_ns, hi_ns);
    if (waves == 0)
        alone(hi_ns);
    printf("cpu_ns %lld\n", (long long)process_cpu_ns());
    printf("threads_ns %lld\n", (long long)(threads_ns + thread_cpu_ns()));
    return 0;
}
