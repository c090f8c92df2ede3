/* The few functions of libm that sampling needs, so that the agent depends on libc alone.
 * Pure; relative error below 1e-12. */
#ifndef CPPROF_PRELOAD_MATH_H
#define CPPROF_PRELOAD_MATH_H

#include <stdint.h>

/* Natural logarithm of x, 0 < x < inf, x normal. */
double math_log(double x);
/* 1 - exp(-x) for x >= 0, exact for small x, too. */
double math_one_minus_exp_minus(double x);

/* xorshift64*, Vigna 2016; *state is never 0. */
static inline uint64_t random_next(uint64_t *state) {
    uint64_t x = *state;
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    *state = x;
    return x * UINT64_C(0x2545f4914f6cdd1d);
}

/* Uniform in (0, 1]. */
static inline double random_unit(uint64_t *state) {
    return (double)((random_next(state) >> 11) + 1) * 0x1p-53;
}

#endif
