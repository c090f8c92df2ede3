/* One profile without another: -base, -diff_base, -normalize. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reader/source/combine.h"

/* Samples of the base, in the eyes of reports. */
static int mark_base(struct profile *base) {
    const struct profile_label mark = {.key = profile_string(base, "pprof::base"),
                                       .str = profile_string(base, "true"),
                                       .num_unit = ""};

    if (!mark.key || !mark.str)
        return -ENOMEM;
    for (size_t i = 0; i < base->n_samples; i++) {
        struct profile_sample *s = &base->samples[i];
        struct profile_label *labels = profile_alloc(base, (s->n_labels + 1) * sizeof(*labels));
        size_t n = 0;
        if (!labels)
            return -ENOMEM;
        for (size_t k = 0; k < s->n_labels; k++)
            if (strcmp(s->labels[k].key, mark.key) != 0 || !s->labels[k].str[0])
                labels[n++] = s->labels[k];
        labels[n++] = mark;
        s->labels = labels;
        s->n_labels = n;
    }
    return 0;
}

static int check_normal(const struct profile *p, const struct profile *base, char *why,
                        size_t why_bytes) {
    bool same = p->n_sample_types == base->n_sample_types;

    if (strcmp(p->period_type.type, base->period_type.type) != 0 ||
        strcmp(p->period_type.unit, base->period_type.unit) != 0) {
        snprintf(why, why_bytes, "incompatible period types &{%s %s 0 0} and &{%s %s 0 0}",
                 p->period_type.type, p->period_type.unit, base->period_type.type,
                 base->period_type.unit);
        return -EINVAL;
    }
    for (size_t i = 0; i < p->n_sample_types && same; i++)
        same = strcmp(p->sample_types[i].type, base->sample_types[i].type) == 0 &&
               strcmp(p->sample_types[i].unit, base->sample_types[i].unit) == 0;
    if (!same) /* pprof prints addresses here */
        snprintf(why, why_bytes, "incompatible sample types");
    return same ? 0 : -EINVAL;
}

/* Sums wrap, as Go's. */
static int64_t sum_of(const struct profile *p, size_t type) {
    uint64_t sum = 0;

    for (size_t i = 0; i < p->n_samples; i++)
        sum += (uint64_t)p->samples[i].values[type];
    return (int64_t)sum;
}

/* Scales `p` so that each sum is the base's. */
static int normalize_to(struct profile *p, const struct profile *base, char *why,
                        size_t why_bytes) {
    double *ratios = calloc(p->n_sample_types + 1, sizeof(*ratios));
    int err = ratios ? check_normal(p, base, why, why_bytes) : -ENOMEM;

    if (!err) {
        for (size_t i = 0; i < p->n_sample_types; i++) {
            int64_t sum = sum_of(p, i);
            ratios[i] = sum == 0 ? 0 : (double)sum_of(base, i) / (double)sum;
        }
        source_scale(p, ratios);
    }
    free(ratios);
    return err;
}

static int negate(struct profile *p) {
    double *ratios = calloc(p->n_sample_types + 1, sizeof(*ratios));

    if (!ratios)
        return -ENOMEM;
    for (size_t i = 0; i < p->n_sample_types; i++)
        ratios[i] = -1;
    source_scale(p, ratios);
    free(ratios);
    return 0;
}

int source_subtract_base(struct profile *p, struct profile *base, bool diff, bool normalize,
                         struct profile **out, char *why, size_t why_bytes) {
    struct profile *both[] = {p, base};
    int err = diff ? mark_base(base) : 0;

    if (!err && normalize)
        err = normalize_to(p, base, why, why_bytes);
    if (!err)
        err = negate(base);
    if (!err)
        return source_combine_all(both, 2, out, why, why_bytes);
    profile_free(p);
    profile_free(base);
    return err;
}
