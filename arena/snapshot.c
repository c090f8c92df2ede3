/* Arena -> pprof writer, in one pass over the buckets of an event.
 *
 * The references of the buckets are collected first, the list of mapped objects is read after them:
 * whatever a collected stack needs was in the arena before the bucket was. Then each bucket becomes
 * a sample.
 *
 * Values are read while they may change; each is one atomic load, so a sample is as of some moment
 * during the snapshot, and no two values of it are promised to be of the same one. */
#include "arena/snapshot.h"

#include <errno.h>
#include <string.h>

#include "arena/comments.h"
#include "arena/snapshot_frames.h"
#include "arena/waits.h"

enum { LABEL_MAX = 256, BUCKETS_MIN = 4096 };

struct snapshot {
    const struct arena_view *v;
    const struct kind *kind;
    const struct mem *mem;
    struct pprof_writer *w;
    arena_ref *buckets; /* of the kind's event */
    uint64_t n_buckets, buckets_bytes;
    struct frames frames;
    uint64_t damaged; /* references that led nowhere */
};

/* ---- buckets */

static const struct arena_bucket *bucket_at(const struct arena_view *v, arena_ref ref) {
    return arena_at(v, ref, sizeof(struct arena_bucket));
}

/* v/scale, rounded to nearest, halves away from zero. */
static int64_t scaled(int64_t v, int64_t scale) {
    int64_t rest = v % scale, whole = v / scale;
    if (rest >= (scale + 1) / 2)
        return whole + 1;
    if (-rest >= (scale + 1) / 2)
        return whole - 1;
    return whole;
}

/* Reads the values of a bucket as they go into a sample. False when all are zero. */
static bool bucket_values(const struct arena_bucket *b, const struct kind *kind, int64_t *values) {
    int64_t any = 0;
    for (size_t i = 0; i < kind->n_values; i++) {
        int64_t v = __atomic_load_n(&b->v[i], __ATOMIC_RELAXED);
        values[i] = scaled(v, kind->values[i].scale);
        any |= values[i];
    }
    return any != 0;
}

int snapshot_has_samples(const struct arena_view *v, enum arena_event event) {
    const struct arena_region *index = &arena_view_header(v)->bucket_index;
    uint64_t slot = 0;
    for (arena_ref ref; (ref = arena_index_next(v, index, &slot));) {
        const struct arena_bucket *b = bucket_at(v, ref);
        if (!b || b->event != event)
            continue;
        for (int i = 0; i < ARENA_VALUES; i++)
            if (__atomic_load_n(&b->v[i], __ATOMIC_RELAXED))
                return 1;
    }
    return 0;
}

static int bucket_push(struct snapshot *s, arena_ref ref) {
    if (s->n_buckets * sizeof ref == s->buckets_bytes) {
        uint64_t bytes = s->buckets_bytes ? s->buckets_bytes * 2 : BUCKETS_MIN * sizeof ref;
        arena_ref *grown = s->mem->resize(s->mem->ctx, s->buckets, s->buckets_bytes, bytes);
        if (!grown)
            return -ENOMEM;
        s->buckets = grown;
        s->buckets_bytes = bytes;
    }
    s->buckets[s->n_buckets++] = ref;
    return 0;
}

static int collect_buckets(struct snapshot *s) {
    const struct arena_region *index = &arena_view_header(s->v)->bucket_index;
    uint64_t slot = 0;
    int err = 0;
    for (arena_ref ref; !err && (ref = arena_index_next(s->v, index, &slot));) {
        const struct arena_bucket *b = bucket_at(s->v, ref);
        if (!b)
            s->damaged++;
        else if (b->event == s->kind->event)
            err = bucket_push(s, ref);
    }
    return err;
}

/* ---- samples */

static size_t make_labels(struct snapshot *s, const struct arena_bucket *b,
                          struct pprof_wire_label *labels) {
    size_t n = 0;
    uint32_t len = 0;
    const char *name = arena_string_at(s->v, b->label, &len);
    if (name && len) {
        char clean[LABEL_MAX];
        size_t clean_len = text_clean(clean, sizeof clean, name, len);
        labels[n++] = (struct pprof_wire_label){
            .key = pprof_writer_string(s->w, "thread"),
            .str = pprof_writer_string_n(s->w, clean, clean_len),
        };
    }
    /* Without a unit, as in Go: readers take the key for it. */
    if (s->kind->label == LABEL_BYTES && b->detail)
        labels[n++] =
            (struct pprof_wire_label){.key = pprof_writer_string(s->w, "bytes"), .num = b->detail};
    if (s->kind->label == LABEL_WAIT && b->detail)
        labels[n++] =
            (struct pprof_wire_label){.key = pprof_writer_string(s->w, "wait"),
                                      .str = pprof_writer_string(s->w, wait_word(b->detail))};
    return n;
}

static int write_sample(struct snapshot *s, const struct arena_bucket *b) {
    int64_t values[ARENA_VALUES];
    struct pprof_wire_label labels[2];
    if (!bucket_values(b, s->kind, values))
        return 0;
    const struct arena_stack *st = arena_stack_at(s->v, b->stack);
    if (!st) {
        s->damaged++;
        return 0;
    }
    if (frames_locate(&s->frames, st->pc, st->depth, st->epoch) != 0)
        return -ENOMEM;
    size_t n_labels = make_labels(s, b, labels);
    pprof_write_sample(s->w, s->frames.ids, st->depth, values, s->kind->n_values, labels, n_labels);
    return 0;
}

static int write_samples(struct snapshot *s) {
    int err = 0;
    for (uint64_t i = 0; i < s->n_buckets && !err; i++)
        err = write_sample(s, bucket_at(s->v, s->buckets[i]));
    return err;
}

/* ---- all of it */

void snapshot_write_head(struct pprof_writer *w, const struct arena_header *h, const struct kind *k,
                         const struct snapshot_time *now) {
    int64_t duration = (int64_t)((uint64_t)now->monotonic_ns - (uint64_t)h->start_monotonic_ns);
    for (size_t i = 0; i < k->n_values; i++)
        pprof_write_sample_type(w, k->values[i].type, k->values[i].unit);
    pprof_write_default_sample_type(w, k->default_sample_type);
    pprof_write_period(w, k->period_type, k->period_unit, kind_period(k, h));
    pprof_write_time(w, k->time_is_start ? h->start_realtime_ns : now->realtime_ns,
                     duration > 0 ? duration : 0);
}

static int write_all(struct snapshot *s, const struct snapshot_time *now) {
    const uint32_t depth_max = arena_view_header(s->v)->stack_depth + 1;
    int err = collect_buckets(s);
    if (!err)
        err = frames_init(&s->frames, s->v, s->mem, s->w, depth_max, &s->damaged);
    if (err)
        return err;
    snapshot_write_head(s->w, arena_view_header(s->v), s->kind, now);
    err = write_samples(s);
    comments_write(s->v, s->kind, s->damaged, s->w);
    return err;
}

int snapshot_write(const struct arena_view *v, enum profile_kind kind,
                   const struct snapshot_time *now, const struct mem *mem, pprof_sink_fn *sink,
                   void *sink_ctx) {
    int err = -ENOMEM, finish_err;
    struct snapshot *s = scratch_new(mem, sizeof *s);
    if (!s)
        return -ENOMEM;
    s->v = v;
    s->kind = &kinds[kind];
    s->mem = s->frames.mem = mem;
    s->w = pprof_writer_new(mem, sink, sink_ctx, SNAPSHOT_COMPRESSION);
    if (s->w) {
        err = write_all(s, now);
        if ((finish_err = pprof_writer_finish(s->w)) && !err)
            err = finish_err;
    }
    frames_release(&s->frames);
    scratch_free(mem, s->buckets, s->buckets_bytes);
    scratch_free(mem, s, sizeof *s);
    return err;
}
