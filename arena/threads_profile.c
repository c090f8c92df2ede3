/* Record of threads -> pprof writer.
 *
 * Threads that look the same are one sample. They are found by a hash table over the entries; a
 * slot holds the first of them and how many there are. */
#include "arena/threads_profile.h"

#include <errno.h>
#include <string.h>

#include "arena/comments.h"
#include "arena/snapshot_frames.h"

enum { LABELS_MAX = 3, NAME_MAX_CLEAN = 64 };

struct group {
    const struct threads_entry *first; /* NULL: the slot is free */
    int64_t threads;
};

struct threads_profile {
    const struct arena_view *v;
    const struct threads_head *record;
    const struct mem *mem;
    struct pprof_writer *w;
    struct group *groups; /* a power of two of them, at most half taken */
    uint64_t n_groups;
    uint64_t damaged;
    struct frames frames;
};

uint64_t threads_waited_group(uint64_t ns) {
    uint64_t unit = 1000000;
    if (ns < unit)
        return 0;
    while (ns / 10 >= unit)
        unit *= 10;
    uint64_t n = ns / unit;
    return unit * (n >= 5 ? 5 : n >= 2 ? 2 : 1);
}

/* ---- groups */

static uint64_t entry_hash(const struct threads_entry *e) {
    uint64_t h = e->wait + threads_waited_group(e->waited_ns);
    for (uint32_t i = 0; i < e->depth; i++)
        h = ((h ^ e->pc[i]) * UINT64_C(0x9e3779b97f4a7c15)) ^ h >> 29;
    for (size_t i = 0; i < sizeof e->name && e->name[i]; i++)
        h = (h ^ (uint8_t)e->name[i]) * UINT64_C(0x9e3779b97f4a7c15);
    return h ^ h >> 32;
}

static bool entry_same(const struct threads_entry *a, const struct threads_entry *b) {
    return a->depth == b->depth && a->wait == b->wait &&
           (a->wait || threads_entry_state(a) == threads_entry_state(b)) &&
           threads_waited_group(a->waited_ns) == threads_waited_group(b->waited_ns) &&
           strncmp(a->name, b->name, sizeof a->name) == 0 &&
           memcmp(a->pc, b->pc, a->depth * sizeof a->pc[0]) == 0;
}

static int group_all(struct threads_profile *p) {
    const struct threads_entry *e = NULL;
    p->n_groups = 2;
    while (p->n_groups < 2 * (uint64_t)p->record->n_threads)
        p->n_groups *= 2;
    p->groups = scratch_new(p->mem, p->n_groups * sizeof *p->groups);
    if (!p->groups)
        return -ENOMEM;
    while ((e = threads_record_next(p->record, e))) {
        uint64_t i = entry_hash(e) & (p->n_groups - 1);
        while (p->groups[i].first && !entry_same(p->groups[i].first, e))
            i = (i + 1) & (p->n_groups - 1);
        if (!p->groups[i].first)
            p->groups[i].first = e;
        p->groups[i].threads++;
    }
    return 0;
}

/* ---- samples */

static size_t make_labels(struct threads_profile *p, const struct threads_entry *e,
                          struct pprof_wire_label *labels) {
    char clean[NAME_MAX_CLEAN];
    size_t n = 0, len = text_clean(clean, sizeof clean, e->name, strnlen(e->name, sizeof e->name));
    uint64_t waited = threads_waited_group(e->waited_ns);
    if (len)
        labels[n++] = (struct pprof_wire_label){.key = pprof_writer_string(p->w, "thread"),
                                                .str = pprof_writer_string_n(p->w, clean, len)};
    labels[n++] =
        (struct pprof_wire_label){.key = pprof_writer_string(p->w, "state"),
                                  .str = pprof_writer_string(p->w, threads_entry_state(e))};
    if (waited)
        labels[n++] =
            (struct pprof_wire_label){.key = pprof_writer_string(p->w, "waited"),
                                      .num = (int64_t)waited,
                                      .num_unit = pprof_writer_string(p->w, "nanoseconds")};
    return n;
}

static int write_group(struct threads_profile *p, const struct group *g) {
    struct pprof_wire_label labels[LABELS_MAX];
    if (frames_locate(&p->frames, g->first->pc, g->first->depth, p->record->epoch) != 0)
        return -ENOMEM;
    size_t n = make_labels(p, g->first, labels);
    pprof_write_sample(p->w, p->frames.ids, g->first->depth, &g->threads, 1, labels, n);
    return 0;
}

/* In the order of the record, so that the same threads give the same file. */
static int write_groups(struct threads_profile *p) {
    const struct threads_entry *e = NULL;
    int err = 0;
    while (!err && (e = threads_record_next(p->record, e))) {
        uint64_t i = entry_hash(e) & (p->n_groups - 1);
        while (!entry_same(p->groups[i].first, e))
            i = (i + 1) & (p->n_groups - 1);
        if (p->groups[i].first == e)
            err = write_group(p, &p->groups[i]);
    }
    return err;
}

static uint32_t deepest(const struct threads_head *record) {
    const struct threads_entry *e = NULL;
    uint32_t depth = 1;
    while ((e = threads_record_next(record, e)))
        depth = e->depth > depth ? e->depth : depth;
    return depth;
}

static int write_all(struct threads_profile *p) {
    const struct kind *kind = &kinds[KIND_THREADS];
    const struct snapshot_time now = {p->record->realtime_ns, p->record->monotonic_ns};
    int err = group_all(p);
    if (!err)
        err = frames_init(&p->frames, p->v, p->mem, p->w, deepest(p->record), &p->damaged);
    if (err)
        return err;
    snapshot_write_head(p->w, arena_view_header(p->v), kind, &now);
    err = write_groups(p);
    comments_write(p->v, kind, p->damaged, p->w);
    return err;
}

int threads_profile_write(const struct arena_view *v, const struct threads_head *record,
                          const struct mem *mem, pprof_sink_fn *sink, void *sink_ctx) {
    int err = -ENOMEM, finish_err;
    struct threads_profile *p = scratch_new(mem, sizeof *p);
    if (!p)
        return -ENOMEM;
    p->v = v;
    p->record = record;
    p->mem = p->frames.mem = mem;
    p->w = pprof_writer_new(mem, sink, sink_ctx, SNAPSHOT_COMPRESSION);
    if (p->w) {
        err = write_all(p);
        if ((finish_err = pprof_writer_finish(p->w)) && !err)
            err = finish_err;
    }
    frames_release(&p->frames);
    scratch_free(mem, p->groups, p->n_groups * sizeof *p->groups);
    scratch_free(mem, p, sizeof *p);
    return err;
}
