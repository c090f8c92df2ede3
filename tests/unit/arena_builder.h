/* Builds small arenas in memory, as the agent would, for the tests of what reads them. Each test
 * program includes it once; memory is exactly as large as the arena says, so that a sanitizer sees
 * every step out of it. */
#ifndef CPPROF_TESTS_ARENA_BUILDER_H
#define CPPROF_TESTS_ARENA_BUILDER_H

#include <stdlib.h>
#include <string.h>

#include "arena/view.h"

/* What a profile is written into: a pprof_sink_fn. `s` is to be freed. */
struct bytes {
    char *s;
    size_t n;
    int error; /* 0, or what every write fails with */
};

static inline int take_bytes(void *ctx, const void *s, size_t n) {
    struct bytes *b = ctx;
    if (b->error)
        return b->error;
    b->s = realloc(b->s, b->n + n);
    memcpy(b->s + b->n, s, n);
    b->n += n;
    return 0;
}

struct builder {
    uint8_t *base;
    struct arena_header *h;
    uint64_t n_buckets;
};

static inline struct arena_view builder_view(const struct builder *b) {
    return (struct arena_view){b->base, b->h->size};
}

/* An arena of process 42, `demo`, with room for `slots` buckets and `heap_units` units of heap, all
 * of it reserved. */
static inline struct builder builder_new(uint64_t slots, uint64_t heap_units) {
    struct builder b = {0};
    uint64_t index = (slots * sizeof(arena_entry) + ARENA_UNIT - 1) / ARENA_UNIT;
    uint64_t units[] = {1 + (heap_units + index) / ARENA_UNIT, 1, 1, 1, index, heap_units};
    uint64_t at = 1 + sizeof(struct arena_header) / ARENA_UNIT, size = at;
    for (size_t i = 0; i < 6; i++)
        size += units[i];
    size *= ARENA_UNIT;
    b.base = aligned_alloc(ARENA_UNIT, size);
    memset(b.base, 0, size);
    struct arena_header *h = b.h = (struct arena_header *)b.base;
    struct arena_region *regions[] = {&h->reserved,    &h->label_index,  &h->threads,
                                      &h->stack_index, &h->bucket_index, &h->heap};
    for (size_t i = 0; i < 6; i++) {
        *regions[i] = (struct arena_region){at * ARENA_UNIT, units[i] * ARENA_UNIT};
        at += units[i];
    }
    *h = (struct arena_header){
        .magic = ARENA_MAGIC,
        .version = ARENA_VERSION,
        .header_bytes = sizeof *h,
        .size = size,
        .pid = 42,
        .start_realtime_ns = 1000,
        .start_monotonic_ns = 500,
        .exe = "demo",
        .cpu_rate_hz = 100,
        .stack_depth = 128,
        .heap_rate_bytes = 524288,
        .reserved = h->reserved,
        .label_index = h->label_index,
        .threads = h->threads,
        .stack_index = h->stack_index,
        .bucket_index = h->bucket_index,
        .heap = h->heap,
        .heap_next = h->heap.offset,
        .next_seq = 1,
    };
    memset(b.base + h->reserved.offset, 0xff, h->reserved.bytes);
    return b;
}

static inline void builder_free(struct builder *b) {
    free(b->base);
}

static inline void *builder_at(const struct builder *b, arena_ref ref) {
    return b->base + (uint64_t)ref * ARENA_ALIGN;
}

static inline arena_ref builder_alloc(struct builder *b, size_t bytes) {
    uint64_t at = b->h->heap_next;
    b->h->heap_next += (bytes + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN;
    if (b->h->heap_next > b->h->heap.offset + b->h->heap.bytes)
        abort(); /* the test asked for too small an arena */
    return (arena_ref)(at / ARENA_ALIGN);
}

static inline arena_ref builder_string(struct builder *b, const char *s) {
    size_t n = strlen(s);
    arena_ref ref = builder_alloc(b, sizeof(struct arena_string) + n + 1);
    struct arena_string *str = builder_at(b, ref);
    str->len = (uint32_t)n;
    memcpy(str->s, s, n + 1);
    return ref;
}

/* Maps [start, end) from epoch `first` on, with a build ID of one byte. */
static inline struct arena_object *builder_object(struct builder *b, const char *path,
                                                  uint64_t start, uint64_t end, uint32_t first) {
    arena_ref name = builder_string(b, path), ref = builder_alloc(b, sizeof(struct arena_object));
    struct arena_object *o = builder_at(b, ref);
    *o = (struct arena_object){.start = start,
                               .end = end,
                               .file_offset = 0x1000,
                               .epoch_first = first,
                               .epoch_last = UINT32_MAX,
                               .path = name,
                               .next = b->h->objects,
                               .build_id_len = 2,
                               .build_id = {0xab, (uint8_t)path[strlen(path) - 1]}};
    b->h->objects = ref;
    return o;
}

static inline arena_ref builder_stack(struct builder *b, uint32_t epoch, const uint64_t *pcs,
                                      uint32_t depth) {
    arena_ref ref = builder_alloc(b, sizeof(struct arena_stack) + depth * sizeof *pcs);
    struct arena_stack *s = builder_at(b, ref);
    s->epoch = epoch;
    s->depth = depth;
    memcpy(s->pc, pcs, depth * sizeof *pcs);
    return ref;
}

/* Adds a bucket; returns it, so that a test can set its values. */
static inline struct arena_bucket *builder_bucket(struct builder *b, enum arena_event event,
                                                  arena_ref stack, arena_ref label) {
    arena_ref ref = builder_alloc(b, sizeof(struct arena_bucket));
    struct arena_bucket *k = builder_at(b, ref);
    *k = (struct arena_bucket){.stack = stack, .label = label, .event = event};
    /* Spread out, as a hash would. */
    arena_entry *index = (arena_entry *)(b->base + b->h->bucket_index.offset);
    uint64_t slots = b->h->bucket_index.bytes / sizeof *index;
    index[b->n_buckets++ * 999983 % slots] = arena_entry_of(ref, 0x12345678);
    return k;
}

/* A cpu bucket of `n` samples of 10 ms. */
static inline struct arena_bucket *builder_cpu(struct builder *b, arena_ref stack, arena_ref label,
                                               int64_t n) {
    struct arena_bucket *k = builder_bucket(b, ARENA_EVENT_CPU, stack, label);
    k->v[0] = n;
    k->v[1] = n * 10000000;
    return k;
}

#endif
