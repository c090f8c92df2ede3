/* The memory behind a profile.
 *
 * Blocks come from calloc and are cut from their start; a request that does not fit gets a new
 * block, of its own size if it is large. Nothing is freed before the whole.
 *
 * Strings are found again by content and functions by their four fields, in open-addressing tables
 * that are at most three quarters full. The tables are malloc's, not the blocks', as they are
 * thrown away when they grow. The pool's address seeds their hash. */
#include "proto/pool.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "proto/hash.h"

enum { BLOCK_BYTES = 64 * 1024, FIRST_SLOTS = 64 };

struct profile_block {
    struct profile_block *next;
    size_t used, bytes; /* of data */
    max_align_t data[];
};

/* ---- blocks */

struct profile_pool *pool_new(void) {
    return calloc(1, sizeof(struct profile_pool));
}

void pool_free(struct profile_pool *pool) {
    if (!pool)
        return;
    for (struct profile_block *b = pool->blocks, *next; b; b = next) {
        next = b->next;
        free(b);
    }
    free(pool->strings);
    free(pool->functions);
    free(pool);
}

/* A block with room for `bytes`. One that is filled at once goes behind the newest, whose rest
 * stays of use. */
static struct profile_block *block_add(struct profile_pool *pool, size_t bytes) {
    bool large = bytes > BLOCK_BYTES / 4;
    size_t room = large ? bytes : BLOCK_BYTES;
    struct profile_block *block;

    if (room > SIZE_MAX - sizeof(*block))
        return NULL;
    if (pool->max_bytes > 0 && (room > pool->max_bytes || pool->bytes > pool->max_bytes - room)) {
        pool->over_limit = true;
        return NULL;
    }
    block = calloc(1, sizeof(*block) + room);
    if (!block)
        return NULL;
    pool->bytes += room;
    block->bytes = room;
    if (large && pool->blocks) {
        block->next = pool->blocks->next;
        pool->blocks->next = block;
    } else {
        block->next = pool->blocks;
        pool->blocks = block;
    }
    return block;
}

/* `bytes` that start at a multiple of `align`, a power of two. */
static void *block_cut(struct profile_pool *pool, size_t bytes, size_t align) {
    struct profile_block *block = pool->blocks;
    size_t start = block ? (block->used + align - 1) & ~(align - 1) : 0;

    if (!block || start > block->bytes || bytes > block->bytes - start) {
        block = block_add(pool, bytes);
        start = 0;
    }
    if (!block)
        return NULL;
    block->used = start + bytes;
    return (char *)block->data + start;
}

void *pool_alloc(struct profile_pool *pool, size_t bytes) {
    return block_cut(pool, bytes, _Alignof(max_align_t));
}

void *pool_array(struct profile_pool *pool, size_t n, size_t size) {
    size_t bytes;

    return __builtin_mul_overflow(n, size, &bytes) ? NULL : pool_alloc(pool, bytes);
}

/* ---- strings and functions */

static uint64_t string_hash(const struct profile_pool *pool, const char *s, size_t n) {
    return hash_bytes(s, n, (uintptr_t)pool);
}

/* An address that stands for a content: "" may be anywhere. */
static uint64_t string_key(const char *s) {
    return *s ? (uintptr_t)s : 0;
}

static uint64_t function_hash(const struct profile_pool *pool, const struct profile_function *f) {
    const uint64_t key[4] = {string_key(f->name), string_key(f->system_name),
                             string_key(f->filename), (uint64_t)f->start_line};

    return hash_bytes((const char *)key, sizeof(key), (uintptr_t)pool);
}

/* The size of a table with room for one more, or 0 if it has that already. */
static size_t slots_wanted(size_t count, size_t n_slots) {
    if ((count + 1) * 4 < n_slots * 3)
        return 0;
    return n_slots ? n_slots * 2 : FIRST_SLOTS;
}

static bool strings_reserve(struct profile_pool *pool) {
    size_t n = slots_wanted(pool->n_strings, pool->n_string_slots);
    const char **slots = n ? calloc(n, sizeof(*slots)) : NULL;

    if (!slots)
        return n == 0;
    for (size_t old = 0; old < pool->n_string_slots; old++) {
        const char *s = pool->strings[old];
        size_t i = s ? string_hash(pool, s, strlen(s)) & (n - 1) : 0;
        while (s && slots[i])
            i = (i + 1) & (n - 1);
        if (s)
            slots[i] = s;
    }
    free(pool->strings);
    pool->strings = slots;
    pool->n_string_slots = n;
    return true;
}

const char *pool_string(struct profile_pool *pool, const char *s, size_t n) {
    size_t i, mask;
    char *copy;

    n = strnlen(s, n);
    if (!strings_reserve(pool))
        return NULL;
    mask = pool->n_string_slots - 1;
    for (i = string_hash(pool, s, n) & mask; pool->strings[i]; i = (i + 1) & mask) {
        const char *at = pool->strings[i];
        if (strncmp(at, s, n) == 0 && at[n] == '\0')
            return at;
    }
    copy = block_cut(pool, n + 1, 1);
    if (!copy)
        return NULL;
    memcpy(copy, s, n);
    pool->strings[i] = copy;
    pool->n_strings++;
    return copy;
}

static bool functions_reserve(struct profile_pool *pool) {
    size_t n = slots_wanted(pool->n_functions, pool->n_function_slots);
    struct profile_function **slots = n ? calloc(n, sizeof(*slots)) : NULL;

    if (!slots)
        return n == 0;
    for (size_t old = 0; old < pool->n_function_slots; old++) {
        struct profile_function *f = pool->functions[old];
        size_t i = f ? function_hash(pool, f) & (n - 1) : 0;
        while (f && slots[i])
            i = (i + 1) & (n - 1);
        if (f)
            slots[i] = f;
    }
    free(pool->functions);
    pool->functions = slots;
    pool->n_function_slots = n;
    return true;
}

static bool function_equal(const struct profile_function *a, const struct profile_function *b) {
    return string_key(a->name) == string_key(b->name) &&
           string_key(a->system_name) == string_key(b->system_name) &&
           string_key(a->filename) == string_key(b->filename) && a->start_line == b->start_line;
}

/* The slot of the function with these fields, or the empty one where it belongs. */
static struct profile_function **function_slot(const struct profile_pool *pool,
                                               const struct profile_function *like) {
    size_t mask = pool->n_function_slots - 1, i = function_hash(pool, like) & mask;

    while (pool->functions[i] && !function_equal(pool->functions[i], like))
        i = (i + 1) & mask;
    return &pool->functions[i];
}

struct profile_function *pool_function_find(const struct profile_pool *pool,
                                            const struct profile_function *like) {
    return pool->n_functions ? *function_slot(pool, like) : NULL;
}

int pool_function_add(struct profile_pool *pool, struct profile_function *f) {
    struct profile_function **slot;

    if (!functions_reserve(pool))
        return -ENOMEM;
    slot = function_slot(pool, f);
    if (!*slot) {
        *slot = f;
        pool->n_functions++;
    }
    return 0;
}
