/* Reading an arena that is not to be trusted: its header is checked once, every reference each
 * time.
 *
 * Nothing here allocates, calls more of libc than memory functions, or touches errno: usable in the
 * agent's dumper. A view has no state; any number of threads at once. The arena may be written
 * meanwhile: fields marked atomic in arena/arena.h are read atomically. */
#ifndef CPPROF_ARENA_VIEW_H
#define CPPROF_ARENA_VIEW_H

#include <stdbool.h>

#include "arena/arena.h"

struct arena_view {
    const uint8_t *base; /* ARENA_ALIGN-aligned; `size` bytes readable where `reserved` says so */
    uint64_t size;
};

static inline const struct arena_header *arena_view_header(const struct arena_view *v) {
    return (const struct arena_header *)v->base;
}

/* Why a view cannot be read: NULL when it can, else one line for people (static). Reads only the
 * header. Every other function that takes a view needs one that has passed this. */
const char *arena_view_check(const struct arena_view *v);

/* True for bytes that are the beginning of an arena whose header was never completed: its process
 * is making it, or died while it did. Needs no checked view. */
bool arena_view_unfinished(const struct arena_view *v);

/* True for an arena that another version of cpprof made, which can be read by that one. Needs no
 * checked view. */
bool arena_view_other_version(const struct arena_view *v);

/* `bytes` of the heap at `ref`, or NULL where that is none, outside of the heap, or not reserved.
 */
const void *arena_at(const struct arena_view *v, arena_ref ref, uint64_t bytes);

/* The string at `ref`, its length in bytes in *len; NULL when there is none. Its bytes may be
 * anything; no NUL is promised. */
const char *arena_string_at(const struct arena_view *v, arena_ref ref, uint32_t *len);

/* The stack at `ref`, all its pcs readable and 1 <= depth <= stack_depth + 1; else NULL. */
const struct arena_stack *arena_stack_at(const struct arena_view *v, arena_ref ref);

/* Walks the references of an index: returns the next one that is not 0, or 0 at the end. *slot
 * begins as 0 and is the walk's state. */
arena_ref arena_index_next(const struct arena_view *v, const struct arena_region *index,
                           uint64_t *slot);

#endif
