/* Compares two profiles: each is filtered and made a graph of by itself, as `top` does it; then
 * nodes of the same name, file and line are put side by side. */
#include "reader/export/diff.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "reader/export/sums.h"
#include "reader/graph/order.h"
#include "reader/measure.h"

int64_t diff_delta(const struct diff_pair *p) {
    int64_t delta;
    if (__builtin_sub_overflow(p->new, p->base, &delta))
        delta = p->new < 0 ? INT64_MIN : INT64_MAX;
    return delta;
}

const struct diff_pair *diff_sort_pair(const struct diff *d, const struct diff_row *row) {
    return d->base->options.sort_cum ? &row->cum : &row->flat;
}

/* ---- rows */

static int compare_info(const struct node_info *a, const struct node_info *b) {
    int order = strcmp(a->name, b->name);
    if (order == 0)
        order = strcmp(a->file, b->file);
    if (order == 0)
        order = (a->line > b->line) - (a->line < b->line);
    if (order == 0)
        order = (a->column > b->column) - (a->column < b->column);
    if (order == 0)
        order = (a->address > b->address) - (a->address < b->address);
    return order ? order : strcmp(a->objfile, b->objfile);
}

static int compare_by_info(const void *a, const void *b) {
    return compare_info(((const struct diff_row *)a)->info, ((const struct diff_row *)b)->info);
}

static int64_t scaled(int64_t value, double scale) {
    if (scale == 1)
        return value;
    double x = (double)value * scale;
    return integer_part(x < 0 ? x - 0.5 : x + 0.5);
}

static int make_rows(struct diff *d) {
    const struct graph *base = d->base_graph, *new = d->new_graph;
    size_t n = 0;

    d->rows = calloc(base->n_nodes + new->n_nodes + 1, sizeof *d->rows);
    if (!d->rows)
        return -ENOMEM;
    for (size_t i = 0; i < base->n_nodes; i++)
        d->rows[n++] = (struct diff_row){
            .info = &base->nodes[i]->info,
            .flat.base = node_flat(base->nodes[i]),
            .cum.base = node_cum(base->nodes[i]),
        };
    for (size_t i = 0; i < new->n_nodes; i++)
        d->rows[n++] = (struct diff_row){
            .info = &new->nodes[i]->info,
            .flat.new = scaled(node_flat(new->nodes[i]), d->new_scale),
            .cum.new = scaled(node_cum(new->nodes[i]), d->new_scale),
        };
    qsort(d->rows, n, sizeof *d->rows, compare_by_info);
    for (size_t i = 0; i < n; i++) {
        struct diff_row *last = d->n_rows ? &d->rows[d->n_rows - 1] : NULL;
        if (!last || compare_by_info(last, &d->rows[i]) != 0) {
            d->rows[d->n_rows++] = d->rows[i];
            continue;
        }
        add(&last->flat.base, d->rows[i].flat.base);
        add(&last->flat.new, d->rows[i].flat.new);
        add(&last->cum.base, d->rows[i].cum.base);
        add(&last->cum.new, d->rows[i].cum.new);
    }
    d->all_rows = d->n_rows;
    return 0;
}

/* By |delta|, then by what is greater, then by name. */
static int compare_rows(const void *a, const void *b, void *context) {
    const struct diff_pair *x = diff_sort_pair(context, a), *y = diff_sort_pair(context, b);
    int order = descending(diff_delta(x), diff_delta(y));

    if (order)
        return order;
    if (x->new != y->new)
        return x->new > y->new ? -1 : 1;
    return compare_by_info(a, b);
}

/* nodefraction and nodecount, as top has them: a row goes when it is small in both profiles. */
static void trim_rows(struct diff *d) {
    const struct options *o = &d->base->options;
    int64_t total = magnitude(d->total.base), of_new = magnitude(d->total.new);
    int64_t least = integer_part((double)(total > of_new ? total : of_new) * o->nodefraction);
    size_t kept = 0;

    for (size_t i = 0; i < d->n_rows; i++) {
        const struct diff_pair *cum = &d->rows[i].cum;
        if (magnitude(cum->base) >= least || magnitude(cum->new) >= least)
            d->rows[kept++] = d->rows[i];
    }
    d->n_rows = kept;
    if (o->nodecount > 0 && d->n_rows > (size_t)o->nodecount)
        d->n_rows = (size_t)o->nodecount;
}

/* ---- totals and scales */

/* Of the samples that are left; a mean where the report is of means. */
static int64_t total_left(const struct report *r) {
    int64_t total = 0, divisors = 0;

    for (size_t i = 0; i < r->profile->n_samples; i++) {
        int64_t divisor = 0;
        add(&total, report_sample_value(r, &r->profile->samples[i], &divisor));
        add(&divisors, divisor);
    }
    if (divisors == -1)
        return difference(0, total); /* INT64_MIN / -1 is no int64_t */
    return divisors ? total / divisors : total;
}

static int set_scale(struct diff *d, const struct export_request *q, char *why, size_t why_bytes) {
    int64_t base = d->base->profile->duration_nanos, new = d->new->profile->duration_nanos;

    d->new_scale = 1;
    if (q->normalize_duration) {
        if (base <= 0 || new <= 0) {
            snprintf(why, why_bytes, "a profile without duration cannot be normalized by it");
            return -EINVAL;
        }
        d->new_scale = (double)base / (double)new;
    } else if (d->base->options.normalize) {
        d->new_scale = d->new->total ? (double)d->base->total / (double)d->new->total : 0;
    } else if (base > 0 && new > 0 && strncmp(d->base->sample_type, "inuse_", 6) != 0 &&
               magnitude(base - new) > base / 50) {
        char of_base[MEASURE_LABEL_BYTES], of_new[MEASURE_LABEL_BYTES];
        fprintf(stderr,
                "cpprof: the profiles are of different length, %s and %s; "
                "-normalize-duration allows for it\n",
                measure_label(base, "nanoseconds", "auto", of_base),
                measure_label(new, "nanoseconds", "auto", of_new));
    }
    return 0;
}

/* The unit that fits what is shown, as pprof chooses it: the one of the smallest value, unless the
 * greatest is of another and much greater. */
static void choose_unit(struct diff *d) {
    struct report *r = d->base;
    int64_t least = 0, most = magnitude(d->total.base);
    const char *unit, *unit_of_most;

    if (strcmp(r->options.unit, "minimum") != 0)
        return;
    if (magnitude(d->total.new) > most)
        most = magnitude(d->total.new);
    for (size_t i = 0; i < d->n_rows; i++) {
        int64_t v = magnitude(diff_delta(diff_sort_pair(d, &d->rows[i])));
        if (v > 0 && (least == 0 || v < least))
            least = v;
    }
    if (least == 0)
        least = most;
    measure_scale(least, r->sample_unit, "minimum", &unit);
    measure_scale(most, r->sample_unit, "minimum", &unit_of_most);
    if (strcmp(unit, unit_of_most) != 0 && least < most / 100)
        measure_scale(least * 100, r->sample_unit, "minimum", &unit);
    r->output_unit = unit[0] ? unit : r->sample_unit;
}

/* ---- limits */

static double percent_of(int64_t part, int64_t whole) {
    if (part <= 0)
        return 0;
    return whole > 0 ? 100 * (double)part / (double)whole : __builtin_inf();
}

/* One line for a limit that is passed: who grew, from what to what. */
static void say_over(struct diff *d, const char *who, const struct diff_pair *p, double grown,
                     const char *of, double limit, char *why, size_t why_bytes) {
    char base[MEASURE_LABEL_BYTES], new[MEASURE_LABEL_BYTES];

    report_value(d->base, p->base, base);
    report_value(d->base, p->new, new);
    if (grown <= 1e9)
        snprintf(why, why_bytes, "%.120s grew by %.4g%%%s, from %s to %s: more than %g%%", who,
                 grown, of, base, new, limit);
    else
        snprintf(why, why_bytes, "%.120s grew from %s to %s: more than %g%%", who, base, new,
                 limit);
    d->over = why;
}

static void check_limits(struct diff *d, const struct export_request *q, char *why,
                         size_t why_bytes) {
    double grown = percent_of(diff_delta(&d->total), d->total.base);

    if (q->fail_over >= 0 && grown > q->fail_over) {
        say_over(d, "the total", &d->total, grown, "", q->fail_over, why, why_bytes);
        return;
    }
    /* Rows are in the order of what changed most, but that may be what shrank. */
    for (size_t i = 0; i < d->n_rows && q->fail_over_function >= 0; i++) {
        const struct diff_pair *p = diff_sort_pair(d, &d->rows[i]);
        grown = percent_of(diff_delta(p), d->total.base);
        if (grown <= q->fail_over_function)
            continue;
        char *name = node_name(d->rows[i].info);
        say_over(d, name ? name : "a function", p, grown, " of base's total", q->fail_over_function,
                 why, why_bytes);
        free(name);
        return;
    }
}

/* ---- from outside */

static int make_reports(struct diff *d, struct profile *base, struct profile *new,
                        const struct options *o, char *why, size_t why_bytes) {
    int err = report_new(base, "top", REPORT_TEXT, NULL, o, &d->base, why, why_bytes);
    if (err)
        return err;
    /* The type that base has by default need not be the default of new. */
    struct options same = *o;
    same.sample_index = (char *)base->sample_types[d->base->value_index].type;
    err = report_new(new, "top", REPORT_TEXT, NULL, &same, &d->new, why, why_bytes);
    if (err)
        return err;
    if (strcmp(d->base->sample_unit, d->new->sample_unit) != 0) {
        snprintf(why, why_bytes, "%s is in %s in one profile, in %s in the other",
                 d->base->sample_type, d->base->sample_unit, d->new->sample_unit);
        return -EINVAL;
    }
    return 0;
}

static int compare(struct diff *d, const struct export_request *q, char *why, size_t why_bytes) {
    int err = set_scale(d, q, why, why_bytes);
    if (err)
        return err;
    d->total.base = total_left(d->base);
    d->total.new = scaled(total_left(d->new), d->new_scale);
    d->base_graph = report_whole_graph(d->base);
    d->new_graph = report_whole_graph(d->new);
    if (!d->base_graph || !d->new_graph)
        return -ENOMEM;
    err = make_rows(d);
    if (err)
        return err;
    qsort_r(d->rows, d->n_rows, sizeof *d->rows, compare_rows, d);
    choose_unit(d);
    check_limits(d, q, why, why_bytes);
    trim_rows(d);
    return 0;
}

static int write_form(struct diff *d, enum export_form form, FILE *to, char *why,
                      size_t why_bytes) {
    switch (form) {
    case EXPORT_DEFAULT:
        return diff_text(d, to);
    case EXPORT_JSON:
        return diff_json(d, to);
    case EXPORT_CSV:
        return diff_csv(d, to);
    case EXPORT_SVG:
        break;
    }
    snprintf(why, why_bytes, "diff is no picture; `flame` with -diff_base is");
    return -EINVAL;
}

int export_diff(struct profile *base, struct profile *new, const struct options *o,
                const struct export_request *q, FILE *to, char *why, size_t why_bytes) {
    struct diff d = {0};
    int err = make_reports(&d, base, new, o, why, why_bytes);

    if (!err)
        err = compare(&d, q, why, why_bytes);
    if (!err)
        err = write_form(&d, q->form, to, why, why_bytes);
    if (!err && ferror(to))
        err = -EIO;
    if (!err && d.over)
        err = EXPORT_OVER;
    graph_free(d.base_graph);
    graph_free(d.new_graph);
    free(d.rows);
    report_free(d.base);
    report_free(d.new);
    return err;
}
