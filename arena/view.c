/* The checked reading of an arena. Owns nothing.
 *
 * The header is believed after arena_view_check: it is the collector's own copy, or the agent's own
 * memory. What lies in the regions is not: a reference is followed only into reserved units of the
 * heap, and an index is walked slot by slot, so that no chain of bytes can make a reader run out of
 * the view or round in circles. */
#include "arena/view.h"

#include <string.h>

enum { STACK_DEPTH_MAX = 65535 };

static bool regions_in_order(const struct arena_header *h) {
    const struct arena_region *parts[] = {&h->reserved,    &h->label_index,  &h->threads,
                                          &h->stack_index, &h->bucket_index, &h->heap};
    uint64_t at = sizeof *h;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        const struct arena_region *r = parts[i];
        if (r->offset % ARENA_UNIT || r->bytes % ARENA_UNIT)
            return false;
        if (r->offset < at || r->offset > h->size || r->bytes > h->size - r->offset)
            return false;
        at = r->offset + r->bytes;
    }
    return true;
}

const char *arena_view_check(const struct arena_view *v) {
    const struct arena_header *h = arena_view_header(v);
    if (v->size < sizeof *h)
        return "truncated: no room for the header";
    if (__atomic_load_n(&h->magic, __ATOMIC_ACQUIRE) != ARENA_MAGIC)
        return "not an arena of cpprof";
    if (arena_view_other_version(v))
        return "an arena of another version of cpprof";
    if (h->size > v->size)
        return "truncated";
    if (!regions_in_order(h) || h->reserved.bytes * 8 < h->size / ARENA_UNIT)
        return "damaged: its layout makes no sense";
    if (h->stack_depth < 1 || h->stack_depth > STACK_DEPTH_MAX)
        return "damaged: its settings make no sense";
    return NULL;
}

bool arena_view_other_version(const struct arena_view *v) {
    const struct arena_header *h = arena_view_header(v);
    return v->size >= sizeof *h && __atomic_load_n(&h->magic, __ATOMIC_ACQUIRE) == ARENA_MAGIC &&
           (h->version != ARENA_VERSION || h->header_bytes != sizeof *h);
}

bool arena_view_unfinished(const struct arena_view *v) {
    const struct arena_header *h = arena_view_header(v);
    return v->size >= sizeof *h && __atomic_load_n(&h->magic, __ATOMIC_ACQUIRE) == 0;
}

/* Whether every unit of [offset, offset + bytes) may be touched; bytes > 0. */
static bool reserved(const struct arena_view *v, uint64_t offset, uint64_t bytes) {
    const uint8_t *map = v->base + arena_view_header(v)->reserved.offset;
    uint64_t last = (offset + bytes - 1) / ARENA_UNIT;
    for (uint64_t u = offset / ARENA_UNIT; u <= last; u++)
        if (!(__atomic_load_n(&map[u / 8], __ATOMIC_ACQUIRE) & 1u << u % 8))
            return false;
    return true;
}

const void *arena_at(const struct arena_view *v, arena_ref ref, uint64_t bytes) {
    const struct arena_region *heap = &arena_view_header(v)->heap;
    uint64_t at = (uint64_t)ref * ARENA_ALIGN, end = heap->offset + heap->bytes;
    if (!ref || at < heap->offset || at >= end || bytes > end - at || !reserved(v, at, bytes))
        return NULL;
    return v->base + at;
}

const char *arena_string_at(const struct arena_view *v, arena_ref ref, uint32_t *len) {
    const struct arena_string *s = arena_at(v, ref, sizeof *s);
    if (!s)
        return NULL;
    uint32_t n = s->len;
    if (!arena_at(v, ref, sizeof *s + (uint64_t)n))
        return NULL;
    *len = n;
    return s->s;
}

const struct arena_stack *arena_stack_at(const struct arena_view *v, arena_ref ref) {
    const struct arena_stack *s = arena_at(v, ref, sizeof *s);
    if (!s || s->depth < 1 || s->depth > arena_view_header(v)->stack_depth + 1)
        return NULL;
    return arena_at(v, ref, sizeof *s + s->depth * sizeof s->pc[0]);
}

arena_ref arena_index_next(const struct arena_view *v, const struct arena_region *index,
                           uint64_t *slot) {
    const uint64_t slots = index->bytes / sizeof(arena_entry),
                   in_unit = ARENA_UNIT / sizeof(arena_entry);
    while (*slot < slots) {
        uint64_t at = index->offset + *slot * sizeof(arena_entry);
        if (*slot % in_unit == 0 && !reserved(v, at, ARENA_UNIT)) {
            *slot += in_unit;
            continue;
        }
        ++*slot;
        const arena_entry *entry = (const arena_entry *)(v->base + at);
        arena_ref ref = arena_entry_ref(__atomic_load_n(entry, __ATOMIC_ACQUIRE));
        if (ref)
            return ref;
    }
    return 0;
}
