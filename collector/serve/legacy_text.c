/* Each kind's header and samples, in the form that google/pprof's parser of it takes. */
#include "collector/serve/legacy_text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "collector/serve/legacy_stack.h"

/* A sample that is printed: its values as they are printed, and where it stands. */
struct row {
    const struct profile_sample *sample;
    int64_t v[ARENA_VALUES];
    int64_t order, order_then; /* the largest first, then in the profile's order */
};

struct rows {
    struct row *at; /* owned */
    size_t n;
    int64_t sum[ARENA_VALUES];
};

/* What a kind takes of a sample into a row. False when that is nothing. */
typedef bool row_fn(struct row *r, const struct profile_sample *s);

static int row_order(const void *left, const void *right) {
    const struct row *a = left, *b = right;
    if (a->order != b->order)
        return a->order > b->order ? -1 : 1;
    if (a->order_then != b->order_then)
        return a->order_then > b->order_then ? -1 : 1;
    return a->sample < b->sample ? -1 : a->sample > b->sample;
}

static int64_t not_negative(int64_t v) {
    return v > 0 ? v : 0;
}

static void sum_add(int64_t *sum, int64_t v) {
    if (__builtin_add_overflow(*sum, v, sum))
        *sum = INT64_MAX;
}

static int rows_collect(struct rows *rows, const struct profile *p, row_fn *take) {
    rows->at = calloc(p->n_samples + 1, sizeof *rows->at);
    if (!rows->at)
        return -ENOMEM;
    for (size_t i = 0; i < p->n_samples; i++) {
        struct row *r = &rows->at[rows->n];
        *r = (struct row){.sample = &p->samples[i]};
        if (!take(r, r->sample))
            continue;
        for (size_t k = 0; k < ARENA_VALUES; k++)
            sum_add(&rows->sum[k], r->v[k]);
        rows->n++;
    }
    qsort(rows->at, rows->n, sizeof *rows->at, row_order);
    return 0;
}

static void write_stack(const struct legacy_text *t, const struct profile *p, const struct row *r,
                        FILE *out) {
    fputs(" @", out);
    legacy_stack_addresses(r->sample, out);
    legacy_stack_labels(t, r->sample, out);
    legacy_stack_calls(t, p, r->sample, out);
}

/* ---- heap, allocs */

/* Blocks of no number that have bytes are refused by readers; they are seen while a block is being
 * freed, or where estimates were rounded. */
static bool heap_row(struct row *r, const struct profile_sample *s) {
    for (size_t i = 0; i < 4; i++)
        r->v[i] = not_negative(s->values[i]);
    for (size_t i = 0; i < 4; i += 2)
        if (r->v[i] == 0 && r->v[i + 1] > 0)
            r->v[i] = 1;
    r->order = r->v[3];
    r->order_then = r->v[1];
    return r->v[0] || r->v[1] || r->v[2] || r->v[3];
}

/* The values are estimates of all blocks. Readers of `heap/N` and `heap_v2/N` take them for those
 * of the sampled ones and scale them up by the rate; those of `heapprofile` leave them as they are.
 *
 * When what was allocated equals what is in use, readers see no difference between the two and name
 * the values otherwise: Go avoids that with one byte more in this line, and so do we. */
static void write_heap(const struct legacy_text *t, const struct profile *p,
                       const struct rows *rows, FILE *out) {
    int64_t allocated = rows->sum[1];
    if (allocated == rows->sum[3])
        allocated += allocated < INT64_MAX ? 1 : -1;
    fprintf(out,
            "heap profile: %" PRId64 ": %" PRId64 " [%" PRId64 ": %" PRId64 "] @ heapprofile\n",
            rows->sum[2], rows->sum[3], rows->sum[0], allocated);
    for (size_t i = 0; i < rows->n; i++) {
        const int64_t *v = rows->at[i].v;
        fprintf(out, "%" PRId64 ": %" PRId64 " [%" PRId64 ": %" PRId64 "]", v[2], v[3], v[0], v[1]);
        write_stack(t, p, &rows->at[i], out);
    }
    if (t->tail)
        fprintf(out, "\n%s", t->tail);
}

/* ---- mutex, block */

static bool waiter_row(struct row *r, const struct profile_sample *s) {
    r->v[0] = not_negative(s->values[0]);
    r->v[1] = r->order = not_negative(s->values[1]);
    r->order_then = r->v[0];
    return r->v[0] || r->v[1];
}

static bool holder_row(struct row *r, const struct profile_sample *s) {
    r->v[0] = not_negative(s->values[2]);
    r->v[1] = r->order = not_negative(s->values[3]);
    r->order_then = r->v[0];
    return r->v[0] || r->v[1];
}

static void write_contentions(const struct legacy_text *t, const struct profile *p,
                              const struct rows *rows, const char *before, FILE *out) {
    for (size_t i = 0; i < rows->n; i++) {
        fprintf(out, "%s%" PRId64 " %" PRId64, before, rows->at[i].v[1], rows->at[i].v[0]);
        write_stack(t, p, &rows->at[i], out);
    }
}

/* A cycle is a nanosecond. Readers multiply the values by the period, which they have been already:
 * it is 1, and the fraction stands in a comment. */
static void write_block(const struct legacy_text *t, const struct profile *p,
                        const struct rows *rows, FILE *out) {
    fprintf(out, "--- %s:\ncycles/second=1000000000\n",
            t->kind == KIND_MUTEX ? "mutex" : "contention");
    if (t->kind == KIND_MUTEX)
        fputs("sampling period=1\n", out);
    if (t->kind == KIND_MUTEX && t->mutex_fraction > 0)
        fprintf(out, "# mutex fraction = %" PRId64 ", values are scaled by it\n",
                t->mutex_fraction);
    write_contentions(t, p, rows, "", out);
}

static int write_held(const struct legacy_text *t, const struct profile *p, FILE *out) {
    struct rows rows = {0};
    int err = rows_collect(&rows, p, holder_row);
    if (!err && rows.n) {
        fputs("# held meanwhile, by stacks that let the waiters go: held_delay held_contentions\n",
              out);
        write_contentions(t, p, &rows, "# ", out);
    }
    free(rows.at);
    return err;
}

/* ---- threads, threadcreate */

static bool count_row(struct row *r, const struct profile_sample *s) {
    r->v[0] = r->order = not_negative(s->values[0]);
    return r->v[0];
}

static void write_counts(const struct legacy_text *t, const struct profile *p,
                         const struct rows *rows, FILE *out) {
    fprintf(out, "%s profile: total %" PRId64 "\n", t->name ? t->name : kinds[t->kind].name,
            rows->sum[0]);
    for (size_t i = 0; i < rows->n; i++) {
        fprintf(out, "%" PRId64, rows->at[i].v[0]);
        write_stack(t, p, &rows->at[i], out);
    }
}

/* ---- all of it */

static const struct {
    row_fn *take; /* NULL: there is no text of this kind */
    void (*write)(const struct legacy_text *t, const struct profile *p, const struct rows *rows,
                  FILE *out);
} forms[KIND_COUNT] = {
    [KIND_HEAP] = {heap_row, write_heap},       [KIND_ALLOCS] = {heap_row, write_heap},
    [KIND_MUTEX] = {waiter_row, write_block},   [KIND_BLOCK] = {waiter_row, write_block},
    [KIND_THREADS] = {count_row, write_counts}, [KIND_THREADCREATE] = {count_row, write_counts},
};

int legacy_text_write(const struct legacy_text *t, const struct profile *p, FILE *out) {
    struct rows rows = {0};
    if (!forms[t->kind].take || p->n_sample_types != kinds[t->kind].n_values)
        return -EINVAL;
    int err = rows_collect(&rows, p, forms[t->kind].take);
    if (!err)
        forms[t->kind].write(t, p, &rows, out);
    if (!err && t->kind == KIND_MUTEX)
        err = write_held(t, p, out);
    if (!err)
        legacy_memory_map(p, out);
    free(rows.at);
    return err ? err : ferror(out) ? -ENOMEM : 0;
}
