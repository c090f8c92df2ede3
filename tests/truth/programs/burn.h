/* Known amounts of CPU time, by the thread's own clock: however busy the machine is, a thread has
 * used what it was told to. */
#ifndef CPPROF_TESTS_TRUTH_BURN_H
#define CPPROF_TESTS_TRUTH_BURN_H

#include <stdint.h>
#include <time.h>

static inline int64_t thread_cpu_ns(void) {
    struct timespec ts;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
    return ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
}

/* Some work without memory or system calls, a few microseconds long. */
static inline void spin(void) {
    for (volatile int i = 0; i < 5000; i++)
        ;
}

/* Uses `ns` more of this thread's CPU time. */
static inline void burn_ns(int64_t ns) {
    for (int64_t end = thread_cpu_ns() + ns; thread_cpu_ns() < end;)
        spin();
}

#endif
