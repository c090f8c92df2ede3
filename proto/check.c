/* What makes a profile valid: the rules of google/pprof's CheckValid, in its words, and two of
 * ours: no string is NULL, and what a sample points to is in the profile's tables. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "proto/ids.h"
#include "proto/profile.h"

struct check {
    const struct profile *p;
    char *why;
    size_t why_bytes;
    struct ids mappings, functions, locations;
};

__attribute__((format(printf, 2, 3))) static int invalid(struct check *c, const char *format, ...) {
    va_list args;

    va_start(args, format);
    if (c->why && c->why_bytes > 0)
        vsnprintf(c->why, c->why_bytes, format, args);
    va_end(args);
    return -EINVAL;
}

static int check_header(struct check *c) {
    const struct profile *p = c->p;

    if (!p->drop_frames || !p->keep_frames || !p->default_sample_type || !p->doc_url ||
        !p->period_type.type || !p->period_type.unit)
        return invalid(c, "profile has nil string");
    for (size_t i = 0; i < p->n_sample_types; i++)
        if (!p->sample_types[i].type || !p->sample_types[i].unit)
            return invalid(c, "sample type has nil string");
    for (size_t i = 0; i < p->n_comments; i++)
        if (!p->comments[i])
            return invalid(c, "profile has nil comment");
    if (p->n_sample_types == 0 && p->n_samples != 0)
        return invalid(c, "missing sample type information");
    return 0;
}

static int check_mappings(struct check *c) {
    const struct profile *p = c->p;

    for (size_t i = 0; i < p->n_mappings; i++) {
        struct profile_mapping *m = p->mappings[i];
        if (!m)
            return invalid(c, "profile has nil mapping");
        if (m->id == 0)
            return invalid(c, "found mapping with reserved ID=0");
        if (!ids_add(&c->mappings, m->id, m))
            return invalid(c, "multiple mappings with same id: %" PRIu64, m->id);
        if (!m->file || !m->build_id)
            return invalid(c, "mapping id: %" PRIu64 " has nil string", m->id);
    }
    return 0;
}

static int check_functions(struct check *c) {
    const struct profile *p = c->p;

    for (size_t i = 0; i < p->n_functions; i++) {
        struct profile_function *f = p->functions[i];
        if (!f)
            return invalid(c, "profile has nil function");
        if (f->id == 0)
            return invalid(c, "found function with reserved ID=0");
        if (!ids_add(&c->functions, f->id, f))
            return invalid(c, "multiple functions with same id: %" PRIu64, f->id);
        if (!f->name || !f->system_name || !f->filename)
            return invalid(c, "function id: %" PRIu64 " has nil string", f->id);
    }
    return 0;
}

static int check_location(struct check *c, const struct profile_location *l) {
    const struct profile_mapping *m = l->mapping;

    if (m && (m->id == 0 || ids_get(&c->mappings, m->id) != m))
        return invalid(c, "location id: %" PRIu64 " has inconsistent mapping: %" PRIu64, l->id,
                       m->id);
    for (size_t i = 0; i < l->n_lines; i++) {
        const struct profile_function *f = l->lines[i].function;
        if (!f)
            return invalid(c, "location id: %" PRIu64 " has a line with nil function", l->id);
        if (f->id == 0 || ids_get(&c->functions, f->id) != f)
            return invalid(c, "location id: %" PRIu64 " has inconsistent function: %" PRIu64, l->id,
                           f->id);
    }
    return 0;
}

static int check_locations(struct check *c) {
    const struct profile *p = c->p;
    int err = 0;

    for (size_t i = 0; i < p->n_locations && err == 0; i++) {
        struct profile_location *l = p->locations[i];
        if (!l)
            return invalid(c, "profile has nil location");
        if (l->id == 0)
            return invalid(c, "found location with reserved id=0");
        if (!ids_add(&c->locations, l->id, l))
            return invalid(c, "multiple locations with same id: %" PRIu64, l->id);
        err = check_location(c, l);
    }
    return err;
}

static int check_sample(struct check *c, const struct profile_sample *s) {
    for (size_t i = 0; i < s->n_locations; i++) {
        const struct profile_location *l = s->locations[i];
        if (!l)
            return invalid(c, "sample has nil location");
        if (ids_get(&c->locations, l->id) != l)
            return invalid(c, "sample has inconsistent location: %" PRIu64, l->id);
    }
    for (size_t i = 0; i < s->n_labels; i++)
        if (!s->labels[i].key || !s->labels[i].str || !s->labels[i].num_unit)
            return invalid(c, "sample has a label with nil string");
    return s->values ? 0 : invalid(c, "sample has nil values");
}

static int check_samples(struct check *c) {
    int err = 0;

    for (size_t i = 0; i < c->p->n_samples && err == 0; i++)
        err = check_sample(c, &c->p->samples[i]);
    return err;
}

int profile_check(const struct profile *p, char *why, size_t why_bytes) {
    struct check c = {.p = p, .why = why, .why_bytes = why_bytes};
    int err = 0;

    if (ids_init(&c.mappings, p->n_mappings) < 0 || ids_init(&c.functions, p->n_functions) < 0 ||
        ids_init(&c.locations, p->n_locations) < 0)
        err = -ENOMEM;
    err = err ? err : check_header(&c);
    err = err ? err : check_mappings(&c);
    err = err ? err : check_functions(&c);
    err = err ? err : check_locations(&c);
    err = err ? err : check_samples(&c);
    ids_release(&c.mappings);
    ids_release(&c.functions);
    ids_release(&c.locations);
    return err;
}
