/* Clocks in nanoseconds. Any thread. */
#ifndef CPPROF_BASE_CLOCK_H
#define CPPROF_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline int64_t clock_ns(clockid_t clock) {
    struct timespec ts;
    clock_gettime(clock, &ts);
    return ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
}

#endif
