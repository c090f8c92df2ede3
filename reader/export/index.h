/* Finds elements of an array by what they are: a hash table of their numbers.
 *
 * Private to reader/export/. One thread at a time per table; not async-signal-safe. */
#ifndef CPPROF_READER_EXPORT_INDEX_H
#define CPPROF_READER_EXPORT_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct index_slot {
    uint32_t hash;
    uint32_t number; /* of the element, from 1 on; 0: an empty slot */
};

/* A zeroed one is empty. */
struct index {
    struct index_slot *slots; /* owned; open addressing */
    size_t n_slots;           /* a power of two, or 0 */
    size_t n;
};

/* Whether the element with this number (from 0 on) is the one that is looked for. */
typedef bool index_same_fn(const void *elements, uint32_t number, const void *key);

enum { INDEX_NO_MEMORY = -1 };

/* The number of the element that is `key`, or `next`, which it has from now on. Negative when out
 * of memory. */
int64_t index_find_or_add(struct index *x, uint64_t hash, index_same_fn *same, const void *elements,
                          const void *key, uint32_t next);
void index_release(struct index *x);

#endif
