/* Numbers the distinct locations of one snapshot: (address, mapping) -> 1..N in order of first use.
 * Signal and thread safety as in arena/snapshot.h. */
#ifndef CPPROF_ARENA_LOCATION_TABLE_H
#define CPPROF_ARENA_LOCATION_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/mem.h"

struct location_slot {
    uint64_t pc;
    uint32_t mapping;
    uint32_t id; /* 0: the slot is free */
};

/* All zero is an empty table. */
struct location_table {
    struct location_slot *slots; /* a power of two of them, at most half taken; owned */
    uint64_t n_slots;
    uint32_t n; /* locations, the last id given */
};

/* The id of a location; *is_new says whether this is its first use. 0 when out of memory. */
uint32_t location_table_id(struct location_table *t, const struct mem *mem, uint64_t pc,
                           uint32_t mapping, bool *is_new);
void location_table_release(struct location_table *t, const struct mem *mem);

#endif
