/* `tags`: for each label key, what the samples of each of its values add up to, in columns. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "reader/filter/filter.h"
#include "reader/graph/tag_table.h"
#include "reader/measure.h"
#include "reader/report/out.h"
#include "reader/report/report.h"

/* Adds a sample to a key, and to one of its values. */
static int add(struct tag_table *t, const char *key, const char *value, int64_t amount) {
    struct graph_tag *tag = tag_table_get(t, 0, key, value, "", 0);

    if (!tag)
        return -ENOMEM;
    tag->flat += amount;
    return 0;
}

static int collect(struct report *r, struct tag_table *t) {
    struct profile *p = r->profile;
    char text[MEASURE_LABEL_BYTES];

    for (size_t i = 0; i < p->n_samples; i++) {
        const struct profile_sample *s = &p->samples[i];
        int64_t divisor, amount = report_sample_value(r, s, &divisor);
        for (size_t k = 0; k < s->n_labels; k++) {
            const struct profile_label *l = &s->labels[k];
            const char *key = profile_string(p, l->key), *value = l->str;
            if (!*value)
                value =
                    measure_label(l->num, label_unit(r->label_units, l->key), r->output_unit, text);
            value = profile_string(p, value);
            if (!key || !value || add(t, key, value, amount) < 0)
                return -ENOMEM;
        }
    }
    return 0;
}

/* By key, then as tags_sort does. */
static int by_key(const void *a, const void *b) {
    const struct tag_entry *x = a, *y = b;

    return strcmp(x->tag.label, y->tag.label);
}

/* `12MB (50.00%):`, or without the share where there is no total. */
static void amount_text(const struct report *r, int64_t amount, char *text, size_t bytes) {
    char value[MEASURE_LABEL_BYTES], share[MEASURE_LABEL_BYTES];

    report_value(r, amount, value);
    if (r->total > 0)
        snprintf(text, bytes, "%s (%s):", value, report_percentage(r, amount, share));
    else
        snprintf(text, bytes, "%s:", value);
}

static void write_key(const struct report *r, FILE *to, const char *key, int64_t sum) {
    char value[MEASURE_LABEL_BYTES], total[MEASURE_LABEL_BYTES], share[MEASURE_LABEL_BYTES];

    fprintf(to, " %s: Total %s of %s", key, report_value(r, sum, value),
            report_value(r, r->total, total));
    if (r->total > 0)
        fprintf(to, " (%s)", report_percentage(r, sum, share));
    putc('\n', to);
}

/* The values of one key, heaviest first, right-aligned below it. */
static void write_values(const struct report *r, FILE *to, struct graph_tag **tags, size_t n) {
    size_t key_width = out_width(tags[0]->label) + 2, width = 0, own;
    char text[2 * MEASURE_LABEL_BYTES + 8];
    int64_t sum = 0;

    for (size_t i = 0; i < n; i++) {
        sum += tags[i]->flat;
        amount_text(r, tags[i]->flat, text, sizeof(text));
        own = out_width(text);
        width = own > width ? own : width;
    }
    write_key(r, to, tags[0]->label, sum);
    tags_sort(tags, n, true);
    for (size_t i = 0; i < n; i++) {
        out_spaces(to, key_width);
        amount_text(r, tags[i]->flat, text, sizeof(text));
        out_right(to, text, width + 1);
        fprintf(to, " %s\n", tags[i]->name);
    }
    putc('\n', to);
}

int report_tags(struct report *r, FILE *to, char *why, size_t why_bytes) {
    struct tag_table t = {0};
    struct graph_tag **tags = NULL;
    int err = collect(r, &t);

    if (err == 0) {
        tags = calloc((size_t)t.n + 1, sizeof(*tags));
        err = tags ? 0 : -ENOMEM;
    }
    if (err == 0 && t.n > 0)
        qsort(t.entries, t.n, sizeof(*t.entries), by_key);
    for (uint32_t first = 0, end; err == 0 && first < t.n; first = end) {
        for (end = first; end < t.n && t.entries[end].tag.label == t.entries[first].tag.label;
             end++)
            tags[end] = &t.entries[end].tag;
        write_values(r, to, tags + first, end - first);
    }
    free(tags);
    tag_table_release(&t);
    return err;
}
