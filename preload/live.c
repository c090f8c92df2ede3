/* The live table.
 *
 * Model: levels of set-associative buckets of seven, each level four times the one before, mapped
 * when first needed. A block goes to its home bucket (hash of its address) of the first level that
 * has a free place there; `passed` of a bucket counts the blocks that found it full and went on, so
 * a look-up goes to the next level only while some block of that home did. No tombstones, nothing
 * moves, no rehash: so no lock.
 *
 * Concurrency: a place is claimed by CAS 0 -> CLAIMED, its block written, then the address stored
 * (release). It is taken by CAS address -> 0 after the block was read. An address is in the table
 * at most once, because it is added after malloc returned it and taken before free gets it. */
#include "preload/live.h"

#include "preload/sys.h"

enum { WAYS = 7, LEVELS = 6, FIRST_LEVEL_BUCKETS = 512 };

#define CLAIMED UINT64_C(1) /* no block has this address */

struct live_bucket {
    uint64_t address[WAYS]; /* atomic; 0 free */
    uint32_t passed;        /* atomic; blocks of this home bucket that are in later levels */
    uint32_t pad;
    struct live_block block[WAYS]; /* block[i] belongs to address[i] */
};

uint8_t live_filter[LIVE_FILTER_SIZE];
static struct live_bucket *levels[LEVELS]; /* atomic; NULL until needed */

static uint64_t level_buckets(int level) {
    return (uint64_t)FIRST_LEVEL_BUCKETS << 2 * level;
}

static void filter_add(const void *p, int n) {
    uint8_t *at = &live_filter[live_filter_slot(p)], old = __atomic_load_n(at, __ATOMIC_RELAXED);
    do {
        if (old == UINT8_MAX) /* has saturated: never goes down again */
            return;
    } while (!__atomic_compare_exchange_n(at, &old, (uint8_t)(old + n), true, __ATOMIC_RELAXED,
                                          __ATOMIC_RELAXED));
}

static uint64_t hash_address(const void *p) {
    uint64_t h = ((uintptr_t)p >> 3) * UINT64_C(0x9e3779b97f4a7c15);
    return h ^ h >> 32;
}

static struct live_bucket *home(int level, uint64_t hash) {
    struct live_bucket *buckets = __atomic_load_n(&levels[level], __ATOMIC_ACQUIRE);
    return buckets ? &buckets[hash & (level_buckets(level) - 1)] : NULL;
}

/* The levels that fit in a quarter of the memory limit. */
static bool level_allowed(int level) {
    uint64_t bytes = 0;
    for (int i = 0; i <= level; i++)
        bytes += level_buckets(i) * sizeof(struct live_bucket);
    return level < LEVELS && bytes <= agent.config.max_memory_bytes / 4;
}

static struct live_bucket *home_or_map(int level, uint64_t hash) {
    struct live_bucket *b = home(level, hash), *none = NULL;
    if (b || !level_allowed(level) || agent_sandboxed())
        return b;
    size_t bytes = level_buckets(level) * sizeof *b;
    struct live_bucket *fresh = sys_map_anonymous(bytes);
    if (fresh && !__atomic_compare_exchange_n(&levels[level], &none, fresh, false, __ATOMIC_ACQ_REL,
                                              __ATOMIC_ACQUIRE))
        sys_unmap(fresh, bytes);
    return home(level, hash);
}

static bool bucket_put(struct live_bucket *b, const void *p, const struct live_block *block) {
    for (int i = 0; i < WAYS; i++) {
        uint64_t none = 0;
        if (__atomic_load_n(&b->address[i], __ATOMIC_RELAXED) ||
            !__atomic_compare_exchange_n(&b->address[i], &none, CLAIMED, false, __ATOMIC_ACQUIRE,
                                         __ATOMIC_RELAXED))
            continue;
        b->block[i] = *block;
        __atomic_store_n(&b->address[i], (uint64_t)(uintptr_t)p, __ATOMIC_RELEASE);
        return true;
    }
    return false;
}

/* Takes back what was counted in `passed` on the way to `level`. */
static void unpass(uint64_t hash, int level) {
    while (level-- > 0)
        __atomic_fetch_sub(&home(level, hash)->passed, 1, __ATOMIC_RELEASE);
}

HOT bool live_add(const void *p, const struct live_block *block) {
    uint64_t hash = hash_address(p);
    filter_add(p, 1);
    int level = 0;
    for (; level < LEVELS; level++) {
        struct live_bucket *b = home_or_map(level, hash);
        if (!b)
            break;
        if (bucket_put(b, p, block))
            return true;
        __atomic_fetch_add(&b->passed, 1, __ATOMIC_RELEASE);
    }
    unpass(hash, level);
    filter_add(p, -1);
    return false;
}

HOT bool live_take(const void *p, struct live_block *block) {
    uint64_t hash = hash_address(p);
    for (int level = 0; level < LEVELS; level++) {
        struct live_bucket *b = home(level, hash);
        if (!b)
            return false;
        for (int i = 0; i < WAYS; i++) {
            uint64_t address = (uint64_t)(uintptr_t)p;
            if (__atomic_load_n(&b->address[i], __ATOMIC_ACQUIRE) != address)
                continue;
            *block = b->block[i];
            if (!__atomic_compare_exchange_n(&b->address[i], &address, 0, false, __ATOMIC_RELEASE,
                                             __ATOMIC_RELAXED))
                return false; /* freed twice at once: the program's own error */
            unpass(hash, level);
            filter_add(p, -1);
            return true;
        }
        if (!__atomic_load_n(&b->passed, __ATOMIC_ACQUIRE))
            return false;
    }
    return false;
}

void live_each(void (*change)(struct live_block *block, void *context), void *context) {
    for (int level = 0; level < LEVELS && levels[level]; level++) {
        for (uint64_t i = 0; i < level_buckets(level); i++) {
            struct live_bucket *b = &levels[level][i];
            for (int w = 0; w < WAYS; w++) {
                uint64_t address = __atomic_load_n(&b->address[w], __ATOMIC_ACQUIRE);
                /* While claimed it is in nobody's reach: a free of it meanwhile finds nothing. */
                if (address <= CLAIMED ||
                    !__atomic_compare_exchange_n(&b->address[w], &address, CLAIMED, false,
                                                 __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
                    continue;
                change(&b->block[w], context);
                __atomic_store_n(&b->address[w], address, __ATOMIC_RELEASE);
            }
        }
    }
}
