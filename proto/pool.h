/* The memory behind a profile: blocks that are freed together, and one copy of each string.
 *
 * Private to proto/: users allocate with profile_alloc and profile_string. One thread at a time per
 * pool; not async-signal-safe. NULL results mean that there is no memory. */
#ifndef CPPROF_PROTO_POOL_H
#define CPPROF_PROTO_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/profile.h"

struct profile_block; /* a piece of malloc's memory, cut into allocations */

/* An array of the profile that profile_add_* grows: where it was put last, room for how many. The
 * profile's own pointer may since have been set to another array; then it is moved here first. */
struct profile_array {
    void *at;
    size_t room;
};

struct profile_pool {
    size_t bytes, max_bytes; /* of all blocks; max_bytes 0: no limit */
    bool over_limit;         /* an allocation has failed since it would have passed max_bytes */
    struct profile_block *blocks; /* the newest first; allocations come from it */
    const char **strings;         /* open addressing by content; NULL for an empty slot */
    size_t n_strings, n_string_slots;
    struct profile_function **functions; /* the same, by their fields */
    size_t n_functions, n_function_slots;
    struct profile_array sample_types, samples, mappings, locations, function_list, comments;
};

struct profile_pool *pool_new(void);
void pool_free(struct profile_pool *pool); /* NULL is allowed */

/* Zeroed, aligned for any type. 0 bytes give a pointer too. */
void *pool_alloc(struct profile_pool *pool, size_t bytes);
/* Zeroed memory for `n` elements of `size` bytes; NULL also when the product is too large. */
void *pool_array(struct profile_pool *pool, size_t n, size_t size);
/* The pool's copy of the first `n` bytes, or of those before a NUL. */
const char *pool_string(struct profile_pool *pool, const char *s, size_t n);

/* The function that was added with these fields, or NULL. The strings must be the pool's, for they
 * are compared by address. */
struct profile_function *pool_function_find(const struct profile_pool *pool,
                                            const struct profile_function *like);
/* Lets pool_function_find find `f`, unless it finds one like it already. 0 or -ENOMEM. */
int pool_function_add(struct profile_pool *pool, struct profile_function *f);

#endif
