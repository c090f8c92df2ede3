/* The live table: address -> sampled block, for blocks that are allocated now.
 *
 * Private memory, so that a forked child has the copy that fork made of it. All functions are
 * async-signal-safe, lock-free, for any number of threads. */
#ifndef CPPROF_PRELOAD_LIVE_H
#define CPPROF_PRELOAD_LIVE_H

#include "preload/agent.h"

struct live_block {
    uint64_t bytes;      /* as asked for */
    arena_ref bucket;    /* where its values were added ... */
    uint32_t generation; /* ... in the store of this generation */
};

/* One saturating counter per hash of an address: 0 means that no live sampled block has that hash.
 */
enum { LIVE_FILTER_SIZE = 1 << 15 };
extern INTERNAL uint8_t live_filter[LIVE_FILTER_SIZE];

static inline unsigned live_filter_slot(const void *p) {
    uintptr_t a = (uintptr_t)p;
    return (unsigned)((a >> 4 ^ a >> 19) & (LIVE_FILTER_SIZE - 1));
}

/* False: p is not a sampled block. True: it may be one. The whole cost of most frees. */
static inline bool live_maybe(const void *p) {
    return __atomic_load_n(&live_filter[live_filter_slot(p)], __ATOMIC_RELAXED) != 0;
}

/* Adds a block that malloc has just returned. False when the table is full. */
bool live_add(const void *p, const struct live_block *block);

/* Takes a block out; false when p is not in the table. To be called before the real free, while no
 * other thread can have been given the same address. */
bool live_take(const void *p, struct live_block *block);

/* Calls `change` for every block in the table, which keeps what that makes of it. */
void live_each(void (*change)(struct live_block *block, void *context), void *context);

#endif
