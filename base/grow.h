/* Arrays that grow by one element at a time. Not async-signal-safe. Any thread, one at a time per
 * array. */
#ifndef CPPROF_BASE_GROW_H
#define CPPROF_BASE_GROW_H

#include <stdbool.h>
#include <stdlib.h>

/* Makes room for one more element in the malloc'ed array, of `n` elements of `element_bytes`, that
 * the pointer at `array` leads to; that is NULL at first. The room is the next power of two, so it
 * need not be kept. False when out of memory: the array is then as it was. */
static inline bool grow_array(void *array, size_t n, size_t element_bytes) {
    void **slot = array;
    if ((n & (n - 1)) != 0) /* full at each power of two */
        return true;
    void *grown = realloc(*slot, (n ? n * 2 : 1) * element_bytes);
    if (grown)
        *slot = grown;
    return grown != NULL;
}

#endif
