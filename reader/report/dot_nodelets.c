/* Boxes at a node of a picture: what of it carries which labels. String labels are boxes of the
 * node, numeric ones are boxes of the label they came with, or of the node; they are gathered into
 * a few ranges. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "reader/graph/order.h"
#include "reader/measure.h"
#include "reader/report/dot_parts.h"

enum { SOURCE_BYTES = 64 };

/* A range of numeric tags. */
struct range {
    struct graph_tag tag; /* its name is `name` */
    char name[2 * MEASURE_LABEL_BYTES + 4];
    const struct graph_tag *first; /* the tag that it is gathered around */
    const struct graph_tag *least, *most;
    size_t n;
};

static double distance(const struct graph_tag *t, const struct graph_tag *u) {
    const char *unit;
    double v = measure_scale(u->value, u->unit, t->unit, &unit);

    return v < (double)t->value ? (double)t->value - v : v - (double)t->value;
}

static void range_start(struct range *range, const struct graph_tag *t) {
    *range = (struct range){.tag = *t, .first = t, .least = t, .most = t, .n = 1};
}

static void range_add(struct range *range, const struct graph_tag *t) {
    const char *unit;

    if (integer_part(measure_scale(t->value, t->unit, range->least->unit, &unit)) <
        range->least->value)
        range->least = t;
    if (integer_part(measure_scale(t->value, t->unit, range->most->unit, &unit)) >
        range->most->value)
        range->most = t;
    range->tag.flat += t->flat;
    range->tag.flat_div += t->flat_div;
    range->tag.cum += t->cum;
    range->tag.cum_div += t->cum_div;
    range->n++;
}

/* Its name, `1MB..2MB`, and its values after division. */
static void range_finish(struct range *range) {
    char least[MEASURE_LABEL_BYTES], most[MEASURE_LABEL_BYTES];

    measure_label(range->least->value, range->least->unit, "auto", least);
    measure_label(range->most->value, range->most->unit, "auto", most);
    snprintf(range->name, sizeof(range->name), range->n > 1 ? "%s..%s" : "%s", least, most);
    range->tag = (struct graph_tag){
        .name = range->name, .flat = tag_flat(&range->tag), .cum = tag_cum(&range->tag)};
}

/* Gathers sorted tags around the first MAX_NODELETS ones; the result is as many, sorted again. */
static void gather(struct graph_tag **tags, size_t n, bool flat,
                   struct range ranges[MAX_NODELETS]) {
    for (size_t i = 0; i < MAX_NODELETS; i++)
        range_start(&ranges[i], tags[i]);
    for (size_t i = MAX_NODELETS; i < n; i++) {
        size_t nearest = 0;
        double least = distance(tags[i], ranges[0].first);
        for (size_t k = 1; k < MAX_NODELETS; k++) {
            double d = distance(tags[i], ranges[k].first);
            if (d < least) {
                nearest = k;
                least = d;
            }
        }
        range_add(&ranges[nearest], tags[i]);
    }
    for (size_t i = 0; i < MAX_NODELETS; i++) {
        range_finish(&ranges[i]);
        tags[i] = &ranges[i].tag;
    }
    tags_sort(tags, MAX_NODELETS, flat);
}

static bool write_numeric_box(const struct report *r, const struct graph_tag *t, size_t i,
                              bool flat, const char *source, FILE *to) {
    bool dotted = !flat && tag_flat(t) != tag_cum(t);
    int64_t value = dotted ? tag_cum(t) : tag_flat(t);
    char weight[MEASURE_LABEL_BYTES];

    if (value == 0)
        return false;
    report_value(r, value, weight);
    fprintf(to,
            "N%s_%zu [label = \"%s\" id=\"N%s_%zu\" fontsize=8 shape=box3d tooltip=\"%s\"]\n"
            "%s -> N%s_%zu [label=\" %s\" weight=100 tooltip=\"%s\" labeltooltip=\"%s\"%s]\n",
            source, i, t->name, source, i, weight, source, source, i, weight, weight, weight,
            dotted ? " style=\"dotted\"" : "");
    return true;
}

/* The boxes of numeric tags that came with `label`. */
static int write_numeric(const struct report *r, const struct graph_node *n, const char *label,
                         bool flat, const char *source, FILE *to, bool *any) {
    struct graph_tag **tags = calloc(n->n_numeric_tags + 1, sizeof(*tags));
    struct range ranges[MAX_NODELETS];
    size_t n_tags = 0;

    if (!tags)
        return -ENOMEM;
    for (size_t i = 0; i < n->n_numeric_tags; i++)
        if (strcmp(n->numeric_tags[i].label, label) == 0)
            tags[n_tags++] = &n->numeric_tags[i];
    tags_sort(tags, n_tags, flat);
    if (n_tags > MAX_NODELETS) {
        gather(tags, n_tags, flat, ranges);
        n_tags = MAX_NODELETS;
    }
    for (size_t i = 0; i < n_tags; i++)
        *any |= write_numeric_box(r, tags[i], i, flat, source, to);
    free(tags);
    return 0;
}

static int write_label_box(const struct report *r, const struct graph_node *n,
                           const struct graph_tag *t, size_t id, size_t i, bool flat, FILE *to,
                           bool *any) {
    int64_t value = flat ? tag_flat(t) : tag_cum(t);
    char weight[MEASURE_LABEL_BYTES], source[SOURCE_BYTES];

    if (value == 0)
        return 0;
    *any = true;
    report_value(r, value, weight);
    fprintf(to,
            "N%zu_%zu [label = \"%s\" id=\"N%zu_%zu\" fontsize=8 shape=box3d tooltip=\"%s\"]\n"
            "N%zu -> N%zu_%zu [label=\" %s\" weight=100 tooltip=\"%s\" labeltooltip=\"%s\"]\n",
            id, i, t->name, id, i, weight, id, id, i, weight, weight, weight);
    snprintf(source, sizeof(source), "N%zu_%zu", id, i);
    return write_numeric(r, n, t->name, flat, source, to, any);
}

int dot_nodelets(const struct report *r, const struct graph_node *n, size_t id, FILE *to,
                 bool *any) {
    /* A leaf's tags are those of all that was left out below it. */
    bool flat = n->n_out > 0;
    struct graph_tag **tags = calloc(n->n_label_tags + 1, sizeof(*tags));
    char source[SOURCE_BYTES];
    int err = tags ? 0 : -ENOMEM;

    *any = false;
    for (size_t i = 0; i < n->n_label_tags && err == 0; i++)
        tags[i] = &n->label_tags[i];
    if (err == 0)
        tags_sort(tags, n->n_label_tags, flat);
    for (size_t i = 0; i < n->n_label_tags && i < MAX_NODELETS && err == 0; i++)
        err = write_label_box(r, n, tags[i], id, i, flat, to, any);
    free(tags);
    snprintf(source, sizeof(source), "N%zu", id);
    return err ? err : write_numeric(r, n, "", flat, source, to, any);
}
