/* The store's indexes: finding a stack, a bucket, a label, or adding it.
 *
 * Concurrency: lock-free and append-only. An object is complete before the compare-and-swap that
 * puts its reference in the index; who loses that race to an equal object leaves a hole in the
 * heap, to a different one goes on probing with what it made. */
#include "preload/store.h"

#include <string.h>

enum { PROBE_LIMIT = 512 };

/* Walks the probe sequence of `hash` in an index. For each taken slot calls same(); a hit returns
 * its reference. At the first free slot calls make() once and tries to put its result there. */
struct probe {
    bool (*same)(struct store *s, arena_ref ref, const void *key);
    arena_ref (*make)(struct store *s, const void *key);
    const void *key;
    uint64_t hash;
};

HOT static arena_ref index_find_or_add(struct store *s, const struct arena_region *index,
                                       const struct probe *p) {
    uint64_t mask = index->bytes / sizeof(arena_ref) - 1, slot = p->hash & mask;
    arena_ref made = 0;
    for (int i = 0; i < PROBE_LIMIT; i++, slot = (slot + 1) & mask) {
        uint64_t offset = index->offset + slot * sizeof(arena_ref);
        if (!store_reserve(s, offset, sizeof(arena_ref)))
            return 0;
        arena_ref *at = (arena_ref *)(s->base + offset);
        arena_ref ref = __atomic_load_n(at, __ATOMIC_ACQUIRE);
        if (!ref) {
            if (!made && !(made = p->make(s, p->key)))
                return 0;
            if (__atomic_compare_exchange_n(at, &ref, made, false, __ATOMIC_RELEASE,
                                            __ATOMIC_ACQUIRE))
                return made;
        }
        if (p->same(s, ref, p->key))
            return ref;
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
    struct probe p = {stack_same, stack_make, &key, key.hash};
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
    struct probe p = {string_same, string_make, &key, hash};
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
    struct probe p = {bucket_same, bucket_make, &key, hash};
    arena_ref ref = index_find_or_add(s, &s->header->bucket_index, &p);
    return ref ? store_at(s, ref) : NULL;
}
