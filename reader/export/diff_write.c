/* A diff as text in the manner of top, as JSON and as CSV. */
#include <errno.h>
#include <stdlib.h>

#include "reader/export/diff.h"
#include "reader/export/reports.h"
#include "reader/measure.h"

/* ---- text */

static void text_profile(const struct diff *d, const char *which, const struct report *r,
                         int64_t total, FILE *to) {
    const struct profile *p = r->profile;
    char value[MEASURE_LABEL_BYTES];

    fprintf(to, "%s", which);
    if (r->title[0])
        fprintf(to, "%s, ", r->title);
    if (p->duration_nanos)
        fprintf(to, "%s, ", measure_label(p->duration_nanos, "nanoseconds", "auto", value));
    fprintf(to, "total %s\n", report_value(d->base, total, value));
}

/* `+1.20s`. */
static const char *delta_text(const struct diff *d, const struct diff_pair *p, char text[80]) {
    char value[MEASURE_LABEL_BYTES];
    int64_t delta = diff_delta(p);

    snprintf(text, 80, "%s%s", delta > 0 ? "+" : "", report_value(d->base, delta, value));
    return text;
}

/* `1.25x`; what had been nothing is `new`, what has become nothing `gone`. */
static const char *ratio_text(const struct diff_pair *p, char text[80]) {
    if (p->base == 0)
        return p->new == 0 ? "-" : "new";
    if (p->new == 0)
        return "gone";
    snprintf(text, 80, "%.2fx", (double)p->new / (double)p->base);
    return text;
}

static void text_pair(const struct diff *d, const struct diff_pair *p, FILE *to) {
    char base[MEASURE_LABEL_BYTES], new[MEASURE_LABEL_BYTES], delta[80], ratio[80];

    fprintf(to, "%10s %10s %10s %8s ", report_value(d->base, p->base, base),
            report_value(d->base, p->new, new), delta_text(d, p, delta), ratio_text(p, ratio));
}

static void text_head(const struct diff *d, FILE *to) {
    char delta[80], ratio[80];

    fprintf(to, "Type: %s\n", d->base->sample_type);
    text_profile(d, "Base: ", d->base, d->total.base, to);
    text_profile(d, "New: ", d->new, d->total.new, to);
    if (d->new_scale != 1)
        fprintf(to, "New is multiplied by %.4g\n", d->new_scale);
    fprintf(to, "Change: %s", delta_text(d, &d->total, delta));
    if (d->total.base)
        fprintf(to, ", %+.2f%%", 100 * (double)diff_delta(&d->total) / (double)d->total.base);
    fprintf(to, " (%s)\n", ratio_text(&d->total, ratio));
    if (d->n_rows < d->all_rows)
        fprintf(to, "Showing %zu functions out of %zu\n", d->n_rows, d->all_rows);
    fprintf(to, "%10s %10s %10s %8s %10s %10s %10s %8s\n", "base", "new", "delta", "ratio",
            "cum base", "cum new", "delta", "ratio");
}

int diff_text(struct diff *d, FILE *to) {
    text_head(d, to);
    for (size_t i = 0; i < d->n_rows; i++) {
        const struct diff_row *row = &d->rows[i];
        char *name = node_name(row->info);
        if (!name)
            return -ENOMEM;
        text_pair(d, &row->flat, to);
        text_pair(d, &row->cum, to);
        fprintf(to, " %s\n", name);
        free(name);
    }
    return 0;
}

/* ---- JSON, CSV */

enum { PAIR_FIELDS = 4, DIFF_FIELDS = NODE_FIELDS + 2 * PAIR_FIELDS + TYPE_FIELDS };

static struct field *pair_fields(struct field *at, const struct diff *d, const struct diff_pair *p,
                                 const char *const names[PAIR_FIELDS]) {
    *at++ = field_int(names[0], export_value(d->base, p->base));
    *at++ = field_int(names[1], export_value(d->base, p->new));
    *at++ = field_int(names[2], export_value(d->base, diff_delta(p)));
    *at++ = field_ratio(names[3], p->new, p->base);
    return at;
}

static struct field *row_fields(struct field *at, const struct diff *d, const struct diff_row *row,
                                const char *name) {
    static const char *const flat[] = {"base", "new", "delta", "ratio"};
    static const char *const cum[] = {"cum_base", "cum_new", "cum_delta", "cum_ratio"};

    at = export_node_fields(at, row->info, name);
    at = pair_fields(at, d, &row->flat, flat);
    return pair_fields(at, d, &row->cum, cum);
}

static void json_head(const struct diff *d, struct json *j) {
    static const char *const names[] = {"base_total", "new_total", "delta", "ratio"};
    struct field fields[PAIR_FIELDS + 2];
    struct field *at = pair_fields(fields, d, &d->total, names);

    *at++ = (struct field){.name = "new_scale", .type = FIELD_NUMBER, .x = d->new_scale};
    *at = field_string("over", d->over);
    if (!d->over)
        at->type = FIELD_NONE;
    export_open(j, d->base, "diff");
    json_fields(j, fields, PAIR_FIELDS + 2);
    json_put_int(j, "functions_of", (int64_t)d->all_rows);
    json_open_object(j, "base");
    export_profile(j, d->base);
    json_close(j);
    json_open_object(j, "new");
    export_profile(j, d->new);
    json_close(j);
}

int diff_json(struct diff *d, FILE *to) {
    struct json j = {.to = to};

    json_head(d, &j);
    json_open_list(&j, "functions");
    for (size_t i = 0; i < d->n_rows; i++) {
        struct field fields[DIFF_FIELDS];
        char *name = node_name(d->rows[i].info);
        if (!name)
            return -ENOMEM;
        json_object(&j, fields, (size_t)(row_fields(fields, d, &d->rows[i], name) - fields));
        free(name);
    }
    json_close_all(&j);
    return 0;
}

int diff_csv(struct diff *d, FILE *to) {
    static const struct node_info no_info = {
        .name = "", .orig_name = "", .file = "", .objfile = ""};
    static const struct diff_row no_row = {.info = &no_info};
    struct field fields[DIFF_FIELDS];

    struct field *end = export_type_fields(row_fields(fields, d, &no_row, ""), d->base);
    csv_header(to, fields, (size_t)(end - fields));
    for (size_t i = 0; i < d->n_rows; i++) {
        char *name = node_name(d->rows[i].info);
        if (!name)
            return -ENOMEM;
        end = export_type_fields(row_fields(fields, d, &d->rows[i], name), d->base);
        csv_fields(to, fields, (size_t)(end - fields));
        free(name);
    }
    return 0;
}
