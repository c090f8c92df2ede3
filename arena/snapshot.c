/* Arena -> pprof writer, in one pass over the buckets of an event.
 *
 * The references of the buckets are collected first, the list of mapped objects is read after them:
 * whatever a collected stack needs was in the arena before the bucket was. Then each bucket becomes
 * a sample. Its frames get location ids; a location, its mapping and its function are written where
 * they are first used, so nothing but the ids has to be kept. A small cache in front of the tables
 * takes most frames: stacks share their roots.
 *
 * Values are read while they may change; each is one atomic load, so a sample is as of some moment
 * during the snapshot, and no two values of it are promised to be of the same one. */
#include "arena/snapshot.h"

#include <errno.h>
#include <string.h>

#include "arena/comments.h"
#include "arena/location_table.h"
#include "arena/object_map.h"

enum { CACHE_SLOTS = 4096, LABEL_MAX = 256, BUCKETS_MIN = 4096, COMPRESSION = 1 };

/* Frames that are no code, by pc; those without a name of their own share that of pc 0. */
static const char *const pseudo_names[] = {
    [0] = "[cpprof: unknown frame]",
    [ARENA_PC_TABLE_FULL] = "[cpprof: table full]",
    [ARENA_PC_TRUNCATED] = "[cpprof: stack truncated]",
    [ARENA_PC_LOST] = "[cpprof: unwinding ended]",
};

struct cached_location {
    uint64_t pc;
    uint32_t epoch, id; /* id 0: empty */
};

struct snapshot {
    const struct arena_view *v;
    const struct kind *kind;
    const struct mem *mem;
    struct pprof_writer *w;
    arena_ref *buckets; /* of the kind's event */
    uint64_t n_buckets, buckets_bytes;
    struct object_map objects;
    uint32_t *mapping_ids; /* per object_map entry; 0: not written yet */
    uint32_t n_mappings;
    struct location_table locations;
    uint64_t *location_ids; /* of one stack */
    uint64_t n_functions;
    uint64_t damaged; /* references that led nowhere */
    struct cached_location cache[CACHE_SLOTS];
};

static void *scratch_new(const struct mem *mem, size_t bytes) {
    void *p = mem->resize(mem->ctx, NULL, 0, bytes);
    if (p)
        memset(p, 0, bytes);
    return p;
}

static void scratch_free(const struct mem *mem, void *p, size_t bytes) {
    if (p)
        mem->resize(mem->ctx, p, bytes, 0);
}

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

/* ---- mappings */

/* As Go does: what was mapped is still the file of that name, or the build ID says that it is not.
 */
static size_t without_deleted(const char *path, size_t n) {
    static const char mark[] = " (deleted)";
    const size_t m = sizeof mark - 1;
    return n > m && memcmp(path + n - m, mark, m) == 0 ? n - m : n;
}

static int64_t build_id_string(struct pprof_writer *w, const struct arena_object *o) {
    char hex[2 * sizeof o->build_id];
    size_t n = o->build_id_len;
    if (n > sizeof o->build_id)
        n = 0;
    for (size_t i = 0; i < n; i++) {
        hex[2 * i] = "0123456789abcdef"[o->build_id[i] >> 4];
        hex[2 * i + 1] = "0123456789abcdef"[o->build_id[i] & 15];
    }
    return pprof_writer_string_n(w, hex, 2 * n);
}

/* The id of the mapping of an entry of the object map, written at its first use. */
static uint32_t mapping_id(struct snapshot *s, uint32_t entry) {
    if (entry == OBJECT_NONE)
        return 0;
    if (s->mapping_ids[entry])
        return s->mapping_ids[entry];
    const struct object_entry *e = &s->objects.entries[entry];
    const struct arena_object *o = arena_at(s->v, e->ref, sizeof *o);
    uint32_t len = 0;
    const char *path = arena_string_at(s->v, o->path, &len);
    struct pprof_wire_mapping m = {
        .id = ++s->n_mappings,
        .memory_start = e->start,
        .memory_limit = e->end,
        .file_offset = o->file_offset,
        .filename = path ? pprof_writer_string_n(s->w, path, without_deleted(path, len)) : 0,
        .build_id = build_id_string(s->w, o),
    };
    pprof_write_mapping(s->w, &m);
    return s->mapping_ids[entry] = s->n_mappings;
}

/* Reads the list of objects and writes the program's own mapping, which is the first one always. */
static int init_mappings(struct snapshot *s) {
    int err = object_map_init(&s->objects, s->v, s->mem);
    if (err)
        return err;
    s->damaged += s->objects.cut;
    if (!s->objects.n)
        return 0;
    s->mapping_ids = scratch_new(s->mem, s->objects.n * sizeof *s->mapping_ids);
    if (!s->mapping_ids)
        return -ENOMEM;
    mapping_id(s, s->objects.main);
    return 0;
}

/* ---- locations */

static void write_pseudo(struct snapshot *s, uint64_t id, uint64_t pc) {
    struct pprof_wire_function f = {.id = ++s->n_functions};
    f.name = f.system_name = pprof_writer_string(s->w, pseudo_names[pc]);
    struct pprof_wire_line line = {.function_id = f.id};
    pprof_write_function(s->w, &f);
    pprof_write_location(s->w, id, 0, 0, &line, 1, false);
}

/* The location id of a frame that the cache does not have; 0 when out of memory. */
static uint32_t location_find(struct snapshot *s, uint64_t pc, uint32_t epoch) {
    bool pseudo = pc < ARENA_PC_LIMIT, is_new;
    if (pseudo && pc >= sizeof pseudo_names / sizeof pseudo_names[0])
        pc = 0;
    uint32_t object = pseudo ? OBJECT_NONE : object_map_find(&s->objects, pc, epoch);
    uint32_t id = location_table_id(&s->locations, s->mem, pc, object, &is_new);
    if (!id || !is_new)
        return id;
    if (pseudo)
        write_pseudo(s, id, pc);
    else
        pprof_write_location(s->w, id, mapping_id(s, object), pc, NULL, 0, false);
    return id;
}

static uint32_t location_id(struct snapshot *s, uint64_t pc, uint32_t epoch) {
    uint64_t hash = (pc ^ (uint64_t)epoch << 40) * UINT64_C(0x9e3779b97f4a7c15);
    struct cached_location *c = &s->cache[(hash >> 40) % CACHE_SLOTS];
    if (c->id && c->pc == pc && c->epoch == epoch)
        return c->id;
    *c = (struct cached_location){pc, epoch, location_find(s, pc, epoch)};
    return c->id;
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
    if (s->kind->has_size && b->size_class)
        labels[n++] = (struct pprof_wire_label){.key = pprof_writer_string(s->w, "bytes"),
                                                .num = b->size_class};
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
    for (uint32_t i = 0; i < st->depth; i++)
        if (!(s->location_ids[i] = location_id(s, st->pc[i], st->epoch)))
            return -ENOMEM;
    size_t n_labels = make_labels(s, b, labels);
    pprof_write_sample(s->w, s->location_ids, st->depth, values, s->kind->n_values, labels,
                       n_labels);
    return 0;
}

static int write_samples(struct snapshot *s) {
    int err = 0;
    for (uint64_t i = 0; i < s->n_buckets && !err; i++)
        err = write_sample(s, bucket_at(s->v, s->buckets[i]));
    return err;
}

/* ---- all of it */

static void write_head(struct snapshot *s, const struct snapshot_time *now) {
    const struct arena_header *h = arena_view_header(s->v);
    const struct kind *k = s->kind;
    int64_t duration = (int64_t)((uint64_t)now->monotonic_ns - (uint64_t)h->start_monotonic_ns);
    for (size_t i = 0; i < k->n_values; i++)
        pprof_write_sample_type(s->w, k->values[i].type, k->values[i].unit);
    pprof_write_default_sample_type(s->w, k->default_sample_type);
    pprof_write_period(s->w, k->period_type, k->period_unit, kind_period(k, h));
    pprof_write_time(s->w, k->time_is_start ? h->start_realtime_ns : now->realtime_ns,
                     duration > 0 ? duration : 0);
}

static int write_all(struct snapshot *s, const struct snapshot_time *now) {
    int err = collect_buckets(s);
    if (!err)
        err = init_mappings(s);
    if (err)
        return err;
    write_head(s, now);
    err = write_samples(s);
    comments_write(s->v, s->kind, s->damaged, s->w);
    return err;
}

int snapshot_write(const struct arena_view *v, enum profile_kind kind,
                   const struct snapshot_time *now, const struct mem *mem, pprof_sink_fn *sink,
                   void *sink_ctx) {
    int err = -ENOMEM, finish_err;
    const size_t ids_bytes = (arena_view_header(v)->stack_depth + (size_t)1) * sizeof(uint64_t);
    struct snapshot *s = scratch_new(mem, sizeof *s);
    if (!s)
        return -ENOMEM;
    s->v = v;
    s->kind = &kinds[kind];
    s->mem = mem;
    s->location_ids = scratch_new(mem, ids_bytes);
    s->w = pprof_writer_new(mem, sink, sink_ctx, COMPRESSION);
    if (s->location_ids && s->w)
        err = write_all(s, now);
    if (s->w && (finish_err = pprof_writer_finish(s->w)) && !err)
        err = finish_err;
    location_table_release(&s->locations, mem);
    scratch_free(mem, s->mapping_ids, s->objects.n * sizeof *s->mapping_ids);
    object_map_release(&s->objects, mem);
    scratch_free(mem, s->buckets, s->buckets_bytes);
    scratch_free(mem, s->location_ids, ids_bytes);
    scratch_free(mem, s, sizeof *s);
    return err;
}
