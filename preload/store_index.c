/* The store's indexes: finding a stack, a bucket, a label, or adding it.
 *
 * Model: levels, each four times the one before, of which only the last is probed further than one
 * group of entries, a cache line. An entry goes to the first group of its hash that has room: so an
 * index takes memory by what is in it. In one table all over the region each of the first few
 * hundred stacks would touch a page of its own, and a new page costs more than all else that
 * recording a sample does.
 *
 * Concurrency: lock-free and append-only. An object is complete before the compare-and-swap that
 * puts its reference in the index; who loses that race to an equal object leaves a hole in the
 * heap, to a different one goes on probing with what it made. */
#include "preload/store.h"

#include <string.h>

enum {
    LEVEL_GROWTH = 4,
    GROUP = 8, /* entries */
    GROUPS_IN_UNIT = ARENA_UNIT / (GROUP * sizeof(arena_entry)),
    LAST_LEVEL_PROBES = 64, /* groups */
};

/* What is looked for: same() is asked where the hash is the same; make() is called once, at the
 * first free entry. */
struct probe {
    bool (*same)(struct store *s, arena_ref ref, const void *key);
    arena_ref (*make)(struct store *s, const void *key);
    const void *key;
    uint64_t hash;
    arena_ref made;
};

/* False when all of the group is other things; else what was looked for is in *ref, or 0 when there
 * is no memory for it. */
HOT static bool group_find_or_add(struct store *s, uint64_t offset, struct probe *p,
                                  arena_ref *ref) {
    arena_entry *group = (arena_entry *)(s->base + offset);
    const uint32_t tag = (uint32_t)p->hash;
    *ref = 0;
    if (!store_reserve(s, offset, GROUP * sizeof *group))
        return true;
    for (int i = 0; i < GROUP; i++) {
        arena_entry e = __atomic_load_n(&group[i], __ATOMIC_ACQUIRE);
        if (!e) {
            if (!p->made && !(p->made = p->make(s, p->key)))
                return true;
            *ref = p->made;
            if (__atomic_compare_exchange_n(&group[i], &e, arena_entry_of(p->made, tag), false,
                                            __ATOMIC_RELEASE, __ATOMIC_ACQUIRE))
                return true;
        }
        *ref = arena_entry_ref(e);
        if (arena_entry_tag(e) == tag && p->same(s, *ref, p->key))
            return true;
    }
    return false;
}

HOT static arena_ref index_find_or_add(struct store *s, const struct arena_region *index,
                                       struct probe *p) {
    const uint64_t units = index->bytes / ARENA_UNIT;
    uint64_t first = 0, end = 1; /* of the level, in units */
    arena_ref ref;
    for (; first < units; first = end, end *= LEVEL_GROWTH) {
        const bool last = end >= units;
        const uint64_t groups = ((last ? units : end) - first) * GROUPS_IN_UNIT;
        uint64_t group = (p->hash >> 32) * groups >> 32;
        for (int probes = last ? LAST_LEVEL_PROBES : 1; probes > 0; probes--) {
            uint64_t at = first * ARENA_UNIT + group * GROUP * sizeof(arena_entry);
            if (group_find_or_add(s, index->offset + at, p, &ref))
                return ref;
            group = group + 1 < groups ? group + 1 : 0;
        }
    }
    return 0;
}

static uint64_t mix(uint64_t h, uint64_t v) {
    h = (h ^ v) * UINT64_C(0x9e3779b97f4a7c15);
    return h ^ h >> 29;
}

struct stack_key {
    const uint64_t *pcs;
    uint64_t hash;
    uint32_t depth, epoch;
};

HOT static bool stack_same(struct store *s, arena_ref ref, const void *key) {
    const struct stack_key *k = key;
    const struct arena_stack *st = store_at(s, ref);
    return st->hash == k->hash && st->epoch == k->epoch && st->depth == k->depth &&
           memcmp(st->pc, k->pcs, k->depth * sizeof k->pcs[0]) == 0;
}

static arena_ref stack_make(struct store *s, const void *key) {
    const struct stack_key *k = key;
    size_t bytes = k->depth * sizeof k->pcs[0];
    uint64_t at = store_alloc(s, sizeof(struct arena_stack) + bytes);
    if (!at)
        return 0;
    struct arena_stack *st = (struct arena_stack *)(s->base + at);
    st->hash = k->hash;
    st->epoch = k->epoch;
    st->depth = k->depth;
    memcpy(st->pc, k->pcs, bytes);
    return (arena_ref)(at / ARENA_ALIGN);
}

HOT arena_ref store_stack(struct store *s, const uint64_t *pcs, uint32_t depth, uint32_t epoch) {
    struct stack_key key = {pcs, mix(depth, epoch), depth, epoch};
    for (uint32_t i = 0; i < depth; i++)
        key.hash = mix(key.hash, pcs[i]);
    struct probe p = {stack_same, stack_make, &key, key.hash, 0};
    return index_find_or_add(s, &s->header->stack_index, &p);
}

struct string_key {
    const char *text;
    size_t len;
};

static bool string_same(struct store *s, arena_ref ref, const void *key) {
    const struct string_key *k = key;
    const struct arena_string *str = store_at(s, ref);
    return str->len == k->len && memcmp(str->s, k->text, k->len) == 0;
}

arena_ref store_string(struct store *s, const char *text, size_t len) {
    uint64_t at = store_alloc(s, sizeof(struct arena_string) + len + 1);
    if (!at)
        return 0;
    struct arena_string *str = (struct arena_string *)(s->base + at);
    str->len = (uint32_t)len;
    memcpy(str->s, text, len);
    return (arena_ref)(at / ARENA_ALIGN);
}

static arena_ref string_make(struct store *s, const void *key) {
    const struct string_key *k = key;
    return store_string(s, k->text, k->len);
}

arena_ref store_label(struct store *s, const char *name, size_t len) {
    struct string_key key = {name, len};
    uint64_t hash = len;
    for (size_t i = 0; i < len; i++)
        hash = mix(hash, (uint8_t)name[i]);
    struct probe p = {string_same, string_make, &key, hash, 0};
    arena_ref ref = index_find_or_add(s, &s->header->label_index, &p);
    if (!ref)
        store_count(s, ARENA_DROPPED_STRINGS, 1);
    return ref;
}

static bool bucket_same(struct store *s, arena_ref ref, const void *key) {
    const struct arena_bucket *k = key, *b = store_at(s, ref);
    return b->stack == k->stack && b->label == k->label && b->event == k->event &&
           b->detail == k->detail;
}

static arena_ref bucket_make(struct store *s, const void *key) {
    uint64_t at = store_alloc(s, sizeof(struct arena_bucket));
    if (at)
        memcpy(s->base + at, key, sizeof(struct arena_bucket));
    return (arena_ref)(at / ARENA_ALIGN);
}

HOT struct arena_bucket *store_bucket(struct store *s, uint32_t event, arena_ref stack,
                                      arena_ref label, uint32_t detail) {
    struct arena_bucket key = {.stack = stack, .label = label, .event = event, .detail = detail};
    uint64_t hash = mix(mix(stack, (uint64_t)label << 32 | event), detail);
    struct probe p = {bucket_same, bucket_make, &key, hash, 0};
    arena_ref ref = index_find_or_add(s, &s->header->bucket_index, &p);
    return ref ? store_at(s, ref) : NULL;
}
