/* Sums of values as Go has them: they wrap, whatever a hostile profile says.
 *
 * Private to reader/export/. Any thread; no state. */
#ifndef CPPROF_READER_EXPORT_SUMS_H
#define CPPROF_READER_EXPORT_SUMS_H

#include <stdint.h>

static inline int64_t sum(int64_t a, int64_t b) {
    return (int64_t)((uint64_t)a + (uint64_t)b);
}

static inline int64_t difference(int64_t a, int64_t b) {
    return (int64_t)((uint64_t)a - (uint64_t)b);
}

static inline void add(int64_t *to, int64_t value) {
    *to = sum(*to, value);
}

#endif
