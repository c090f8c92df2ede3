/* The rule cache: pc -> rule, one for the process, lock-free.
 *
 * An entry is two words, written and read one at a time by any number of threads. The first holds
 * the pc and the epoch, masked with a mix of the second, so an entry put together from two writers'
 * words does not match any pc, and is a miss. A pc has a pair of neighbouring entries, one cache
 * line, that it may be in. unwind_forget moves to the next epoch, of which no entry is. */
#ifndef CPPROF_PRELOAD_UNWIND_CACHE_H
#define CPPROF_PRELOAD_UNWIND_CACHE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "preload/unwind/unwind_rule.h"

enum { CACHE_BITS = 14 };

struct cache_entry {
    _Atomic uint64_t key; /* cache_key(pc, epoch) ^ cache_mix(rule) */
    _Atomic uint64_t rule;
};

extern struct cache_entry unwind_cache[1 << CACHE_BITS];

/* Addresses in user space are below this; it leaves 16 bits of the key for the epoch. */
#define CACHE_PC_LIMIT ((uint64_t)1 << 48)

#define CACHE_HASH 0x9e3779b97f4a7c15u
#define CACHE_MIX  0xd6e8feb86659fd93u

static inline uint64_t cache_key(uint64_t pc, uint64_t epoch) {
    return pc | epoch << 48;
}

static inline uint64_t cache_mix(uint64_t rule) {
    return rule * CACHE_MIX;
}

/* The first of the pc's two entries. */
static inline struct cache_entry *cache_pair(uint64_t pc) {
    return &unwind_cache[pc * CACHE_HASH >> (64 - CACHE_BITS + 1) << 1];
}

static inline bool cache_match(struct cache_entry *entry, uint64_t key, uint64_t *rule) {
    *rule = atomic_load_explicit(&entry->rule, memory_order_relaxed);
    return (atomic_load_explicit(&entry->key, memory_order_relaxed) ^ cache_mix(*rule)) == key;
}

/* The epoch of entries that are good now: never 0. Take it once, before the first look-up of a
 * walk. */
uint64_t cache_epoch(void);

/* The rule for `pc` < CACHE_PC_LIMIT, decoded from CFI and entered into the cache. */
uint64_t cache_fill(uint64_t pc, uint64_t epoch);

enum cache_found {
    CACHE_ROW,       /* *row is the row */
    CACHE_NO_ROW,    /* the object at the pc has no CFI for it */
    CACHE_NO_OBJECT, /* no object is there */
};

/* Decodes the row for `pc`, past the cache: for a pc whose rule is RULE_ROW. */
enum cache_found cache_row(uint64_t pc, struct unwind_row *row);

#endif
