/* Arithmetic with Go's results, also where C has none: what values are compared by.
 *
 * Any thread; no state. */
#ifndef CPPROF_READER_GRAPH_ORDER_H
#define CPPROF_READER_GRAPH_ORDER_H

#include <stdint.h>

/* The absolute value; INT64_MIN is its own. */
static inline int64_t magnitude(int64_t v) {
    return v < 0 ? (int64_t) - (uint64_t)v : v;
}

/* For sorting: the greater absolute value first. */
static inline int descending(int64_t a, int64_t b) {
    return (magnitude(a) < magnitude(b)) - (magnitude(a) > magnitude(b));
}

static inline int ascending(uint64_t a, uint64_t b) {
    return (a > b) - (a < b);
}

/* The integer part; INT64_MIN for what no int64_t holds. */
static inline int64_t integer_part(double v) {
    return v >= -0x1p63 && v < 0x1p63 ? (int64_t)v : INT64_MIN;
}

#endif
