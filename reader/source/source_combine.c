/* Several profiles as one: the sample types that all have, in the finest of their units, then added
 * up. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/merge.h"
#include "reader/measure.h"
#include "reader/source/combine.h"
#include "reader/source/source.h"

/* ---- scaling */

/* As a conversion of Go's on this machine: what does not fit is the least number. */
static int64_t rounded(double value) {
    if (!(value > -0x1p63 && value < 0x1p63))
        return INT64_MIN;
    return (int64_t)value;
}

static bool all_one(const double *ratios, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (ratios[i] != 1)
            return false;
    return true;
}

void source_scale(struct profile *p, const double *ratios) {
    size_t kept = 0;

    if (all_one(ratios, p->n_sample_types))
        return;
    for (size_t i = 0; i < p->n_samples; i++) {
        int64_t *values = p->samples[i].values;
        bool keep = false;
        for (size_t k = 0; k < p->n_sample_types; k++) {
            if (ratios[k] == 1)
                continue;
            values[k] = rounded(round((double)values[k] * ratios[k]));
            keep |= values[k] != 0;
        }
        if (keep)
            p->samples[kept++] = p->samples[i];
    }
    p->n_samples = kept;
}

/* ---- sample types that all have */

static size_t type_count(const struct profile *p, const char *type) {
    size_t n = 0;

    for (size_t i = 0; i < p->n_sample_types; i++)
        n += strcmp(p->sample_types[i].type, type) == 0;
    return n;
}

static size_t type_index(const struct profile *p, const char *type) {
    size_t i = 0;

    while (strcmp(p->sample_types[i].type, type) != 0)
        i++;
    return i;
}

/* The types of the first, in its order, of which there are as many as profiles; their number. */
static size_t common_types(struct profile *const *profiles, size_t n, const char **types) {
    const struct profile *first = profiles[0];
    size_t n_types = 0;

    for (size_t i = 0; i < first->n_sample_types; i++) {
        size_t count = 0;
        for (size_t k = 0; k < n; k++)
            count += type_count(profiles[k], first->sample_types[i].type);
        if (count == n)
            types[n_types++] = first->sample_types[i].type;
    }
    return n_types;
}

static bool has_types(const struct profile *p, const char *const *types, size_t n_types) {
    for (size_t i = 0; i < n_types; i++)
        if (i >= p->n_sample_types || strcmp(p->sample_types[i].type, types[i]) != 0)
            return false;
    return n_types == p->n_sample_types;
}

/* The default stays if it is among them, else it is the first. */
static const char *default_type(const struct profile *p, const char *const *types, size_t n_types) {
    for (size_t i = 0; i < n_types; i++)
        if (strcmp(types[i], p->default_sample_type) == 0)
            return p->default_sample_type;
    return types[0];
}

/* Leaves only these types, in this order. */
static int reduce_types(struct profile *p, const char *const *types, size_t n_types) {
    struct profile_value_type *list;
    size_t *from;
    int64_t *values;

    if (has_types(p, types, n_types))
        return 0;
    p->default_sample_type = profile_string(p, default_type(p, types, n_types));
    list = profile_alloc(p, n_types * sizeof(*list));
    values = calloc(n_types, sizeof(*values) + sizeof(*from));
    if (!list || !values || !p->default_sample_type) {
        free(values);
        return -ENOMEM;
    }
    from = (size_t *)(values + n_types);
    for (size_t k = 0; k < n_types; k++) {
        from[k] = type_index(p, types[k]);
        list[k] = p->sample_types[from[k]];
    }
    for (size_t i = 0; i < p->n_samples; i++) {
        for (size_t k = 0; k < n_types; k++)
            values[k] = p->samples[i].values[from[k]];
        memcpy(p->samples[i].values, values, n_types * sizeof(*values));
    }
    p->sample_types = list;
    p->n_sample_types = n_types;
    free(values);
    return 0;
}

static int intersect_types(struct profile *const *profiles, size_t n, char *why, size_t why_bytes) {
    const char **types = calloc(profiles[0]->n_sample_types + 1, sizeof(*types));
    size_t n_types;
    int err = 0;

    if (!types)
        return -ENOMEM;
    n_types = common_types(profiles, n, types);
    if (n_types == 0) {
        snprintf(why, why_bytes, "profiles have empty common sample type list");
        err = -EINVAL;
    }
    for (size_t i = 0; i < n && !err; i++)
        err = reduce_types(profiles[i], types, n_types);
    free(types);
    return err;
}

/* ---- the finest units */

static struct profile_value_type *period_type(struct profile *p, size_t which) {
    (void)which;
    return &p->period_type;
}

static struct profile_value_type *sample_type(struct profile *p, size_t which) {
    return &p->sample_types[which];
}

typedef struct profile_value_type *type_fn(struct profile *p, size_t which);

/* Types that differ in an s at the end only, and in units of one kind. */
static bool types_compatible(const struct profile_value_type *a,
                             const struct profile_value_type *b) {
    size_t n = strlen(a->type), m = strlen(b->type);

    n -= n > 0 && a->type[n - 1] == 's';
    m -= m > 0 && b->type[m - 1] == 's';
    return n == m && memcmp(a->type, b->type, n) == 0 &&
           (strcmp(a->unit, b->unit) == 0 || measure_compatible(a->unit, b->unit));
}

/* Into *finest, a unit of one of them. */
static int finest_unit(struct profile *const *profiles, size_t n, type_fn *type, size_t which,
                       const char *what, const char **finest, char *why, size_t why_bytes) {
    const struct profile_value_type *least = type(profiles[0], which);

    for (size_t i = 1; i < n; i++) {
        const struct profile_value_type *t = type(profiles[i], which);
        const char *unit;
        if (!types_compatible(least, t)) {
            snprintf(why, why_bytes, "%s: incompatible types: {%s %s 0 0} {%s %s 0 0}", what,
                     least->type, least->unit, t->type, t->unit);
            return -EINVAL;
        }
        if (measure_scale(1, t->unit, least->unit, &unit) < 1)
            least = t;
    }
    *finest = least->unit;
    return 0;
}

/* Sets the units; the factor for each is in `ratios`. */
static int set_units(struct profile *p, const char *period_unit, const char *const *units,
                     double *ratios) {
    const char *unit;

    p->period = rounded(measure_scale(p->period, p->period_type.unit, period_unit, &unit));
    p->period_type.unit = profile_string(p, period_unit);
    if (!p->period_type.unit)
        return -ENOMEM;
    for (size_t i = 0; i < p->n_sample_types; i++) {
        ratios[i] = measure_scale(1, p->sample_types[i].unit, units[i], &unit);
        p->sample_types[i].unit = profile_string(p, units[i]);
        if (!p->sample_types[i].unit)
            return -ENOMEM;
    }
    return 0;
}

static int scale_units(struct profile *const *profiles, size_t n, char *why, size_t why_bytes) {
    size_t n_types = profiles[0]->n_sample_types;
    const char *period_unit, **units = calloc(n_types, sizeof(*units));
    double *ratios = calloc(n_types, sizeof(*ratios));
    int err = units && ratios ? 0 : -ENOMEM;

    if (!err)
        err = finest_unit(profiles, n, period_type, 0, "period type", &period_unit, why, why_bytes);
    for (size_t i = 0; i < n_types && !err; i++)
        err = finest_unit(profiles, n, sample_type, i, "sample types", &units[i], why, why_bytes);
    for (size_t i = 0; i < n && !err; i++) {
        err = set_units(profiles[i], period_unit, units, ratios);
        if (!err)
            source_scale(profiles[i], ratios);
    }
    free(ratios);
    free(units);
    return err;
}

/* ---- all of it */

static int add_up(struct profile *const *profiles, size_t n, struct profile **out, char *why,
                  size_t why_bytes) {
    struct merge_source *sources = calloc(n, sizeof(*sources));
    int err;

    if (!sources)
        return -ENOMEM;
    for (size_t i = 0; i < n; i++)
        sources[i] = (struct merge_source){.profile = profiles[i], .scale = 1};
    err = profile_combine(sources, n, out, why, why_bytes);
    free(sources);
    return err;
}

int source_combine(struct profile *const *profiles, size_t n, struct profile **out, char *why,
                   size_t why_bytes) {
    int err = intersect_types(profiles, n, why, why_bytes);

    if (!err && n > 1)
        err = scale_units(profiles, n, why, why_bytes);
    return err ? err : add_up(profiles, n, out, why, why_bytes);
}

int source_combine_all(struct profile **profiles, size_t n, struct profile **out, char *why,
                       size_t why_bytes) {
    int err;

    if (n > 1) {
        err = source_combine(profiles, n, out, why, why_bytes);
    } else {
        err = intersect_types(profiles, 1, why, why_bytes);
        if (!err) {
            *out = profiles[0];
            return 0;
        }
    }
    for (size_t i = 0; i < n; i++)
        profile_free(profiles[i]);
    return err;
}
