/* Merging profiles: their headers, and every message of theirs through proto/merge_messages.h. */
#include "proto/merge.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "proto/merge_messages.h"

__attribute__((format(printf, 3, 4))) static int refuse(char *why, size_t why_bytes,
                                                        const char *format, ...) {
    va_list args;

    va_start(args, format);
    if (why && why_bytes > 0)
        vsnprintf(why, why_bytes, format, args);
    va_end(args);
    return -EINVAL;
}

/* ---- headers */

static bool type_same(const struct profile_value_type *a, const struct profile_value_type *b) {
    return strcmp(a->type, b->type) == 0 && strcmp(a->unit, b->unit) == 0;
}

static int check_types(const struct profile *a, const struct profile *b, char *why,
                       size_t why_bytes) {
    if (!type_same(&a->period_type, &b->period_type))
        return refuse(why, why_bytes, "incompatible period types %s/%s and %s/%s",
                      a->period_type.type, a->period_type.unit, b->period_type.type,
                      b->period_type.unit);
    if (a->n_sample_types != b->n_sample_types)
        return refuse(why, why_bytes, "incompatible sample types: %zu and %zu of them",
                      a->n_sample_types, b->n_sample_types);
    for (size_t i = 0; i < a->n_sample_types; i++)
        if (!type_same(&a->sample_types[i], &b->sample_types[i]))
            return refuse(why, why_bytes, "incompatible sample types %s/%s and %s/%s",
                          a->sample_types[i].type, a->sample_types[i].unit, b->sample_types[i].type,
                          b->sample_types[i].unit);
    return 0;
}

static int check_default(const struct profile *a, const struct profile *b, char *why,
                         size_t why_bytes) {
    if (strcmp(a->default_sample_type, b->default_sample_type) != 0)
        return refuse(why, why_bytes, "incompatible default sample types '%s' and '%s'",
                      a->default_sample_type, b->default_sample_type);
    return 0;
}

static int check_sources(const struct merge_source *sources, size_t n, bool as_tool, char *why,
                         size_t why_bytes) {
    int err = 0;

    for (size_t i = 0; i < n && !err; i++) {
        err = profile_check(sources[i].profile, why, why_bytes);
        if (!err)
            err = check_types(sources[0].profile, sources[i].profile, why, why_bytes);
        if (!err && !as_tool)
            err = check_default(sources[0].profile, sources[i].profile, why, why_bytes);
    }
    return err;
}

/* What the first source says for all. */
static int start_header(struct profile *p, const struct profile *first) {
    p->drop_frames = profile_string(p, first->drop_frames);
    p->keep_frames = profile_string(p, first->keep_frames);
    p->default_sample_type = profile_string(p, first->default_sample_type);
    p->period_type.type = profile_string(p, first->period_type.type);
    p->period_type.unit = profile_string(p, first->period_type.unit);
    for (size_t i = 0; i < first->n_sample_types; i++)
        if (profile_add_sample_type(p, first->sample_types[i].type, first->sample_types[i].unit) <
            0)
            return -ENOMEM;
    return p->drop_frames && p->keep_frames && p->default_sample_type && p->period_type.type &&
                   p->period_type.unit
               ? 0
               : -ENOMEM;
}

static int add_header(struct profile *p, const struct profile *from, bool as_tool) {
    bool earlier = !p->time_nanos || from->time_nanos < p->time_nanos;

    if (earlier && (from->time_nanos || as_tool))
        p->time_nanos = from->time_nanos;
    if (as_tool && !p->default_sample_type[0])
        p->default_sample_type = profile_string(p, from->default_sample_type);
    p->duration_nanos = (int64_t)((uint64_t)p->duration_nanos + (uint64_t)from->duration_nanos);
    if (!p->period || from->period > p->period)
        p->period = from->period;
    if (!p->doc_url[0])
        p->doc_url = profile_string(p, from->doc_url);
    return p->doc_url && p->default_sample_type ? 0 : -ENOMEM;
}

/* Each text once, in order of first use. */
static int add_comments(struct profile *p, const struct merge_source *sources, size_t n) {
    struct ids seen = {0}; /* by the address of the pool's copy */
    size_t total = 0;
    int err;

    for (size_t i = 0; i < n; i++)
        total += sources[i].profile->n_comments;
    err = ids_init(&seen, total);
    for (size_t i = 0; i < n && !err; i++) {
        const struct profile *from = sources[i].profile;
        for (size_t k = 0; k < from->n_comments && !err; k++) {
            const char *text = profile_string(p, from->comments[k]);
            if (!text)
                err = -ENOMEM;
            else if (ids_add(&seen, (uintptr_t)text, p))
                err = profile_add_comment(p, text);
        }
    }
    ids_release(&seen);
    return err;
}

static int merge_headers(struct profile *p, const struct merge_source *sources, size_t n,
                         bool as_tool) {
    int err = start_header(p, sources[0].profile);

    for (size_t i = 0; i < n && !err; i++)
        err = add_header(p, sources[i].profile, as_tool);
    return err ? err : add_comments(p, sources, n);
}

/* ---- messages */

static struct merge_room room_for(const struct merge_source *sources, size_t n) {
    struct merge_room room = {0};

    for (size_t i = 0; i < n; i++) {
        const struct profile *p = sources[i].profile;
        room.mappings += p->n_mappings;
        room.locations += p->n_locations;
        room.samples += p->n_samples;
        for (size_t k = 0; k < p->n_samples; k++) {
            if (p->samples[k].n_locations > room.stack)
                room.stack = p->samples[k].n_locations;
            if (p->samples[k].n_labels > room.labels)
                room.labels = p->samples[k].n_labels;
        }
    }
    return room;
}

/* All mappings, also those that no sample needs, so that the first stays the program's own; if they
 * come as needed, that one. */
static int merge_messages(struct merge *m, const struct merge_source *source) {
    const struct profile *from = source->profile;
    int err = merge_source_begin(m, source);

    for (size_t i = 0; i < from->n_mappings && !err && !(m->as_needed && m->p->n_mappings); i++)
        err = merge_mapping(m, from->mappings[i]);
    for (size_t i = 0; i < from->n_samples && !err; i++)
        err = merge_sample(m, &from->samples[i]);
    return err;
}

/* Makes a profile of checked sources; samples that cancel each other out are still in it. */
static int merge_once(const struct merge_source *sources, size_t n, bool as_tool,
                      struct profile **out) {
    const struct merge_room room = room_for(sources, n);
    struct merge m = {.as_needed = as_tool};
    struct profile *p = profile_new();
    int err = p ? merge_headers(p, sources, n, as_tool) : -ENOMEM;

    if (!err)
        err = merge_init(&m, p, &room);
    for (size_t i = 0; i < n && !err; i++)
        err = merge_messages(&m, &sources[i]);
    merge_release(&m);
    if (err) {
        profile_free(p);
        return err;
    }
    *out = p;
    return 0;
}

static bool has_zero_sample(const struct profile *p) {
    for (size_t i = 0; i < p->n_samples; i++) {
        bool zero = true;
        for (size_t k = 0; k < p->n_sample_types && zero; k++)
            zero = p->samples[i].values[k] == 0;
        if (zero)
            return true;
    }
    return false;
}

/* ---- all of it */

static int merge(const struct merge_source *sources, size_t n, bool as_tool, struct profile **out,
                 char *why, size_t why_bytes) {
    struct profile *sum = NULL;
    int err = check_sources(sources, n, as_tool, why, why_bytes);

    if (!err)
        err = merge_once(sources, n, as_tool, &sum);
    if (err)
        return err;
    if (!has_zero_sample(sum)) {
        *out = sum;
        return 0;
    }
    /* Again, without them and what only they needed. */
    err = merge_once(&(struct merge_source){.profile = sum, .scale = 1}, 1, as_tool, out);
    profile_free(sum);
    return err;
}

int profile_merge(const struct merge_source *sources, size_t n, struct profile **out, char *why,
                  size_t why_bytes) {
    return merge(sources, n, false, out, why, why_bytes);
}

int profile_combine(const struct merge_source *sources, size_t n, struct profile **out, char *why,
                    size_t why_bytes) {
    return merge(sources, n, true, out, why, why_bytes);
}

static int replace_comments(struct profile *p, const struct profile *from) {
    int err = 0;

    p->n_comments = 0;
    for (size_t i = 0; i < from->n_comments && !err; i++)
        err = profile_add_comment(p, from->comments[i]);
    return err;
}

int profile_delta(const struct profile *earlier, const struct profile *later, int64_t duration_ns,
                  struct profile **out, char *why, size_t why_bytes) {
    const struct merge_source sources[] = {{.profile = earlier, .scale = -1},
                                           {.profile = later, .scale = 1}};
    struct profile *p = NULL;
    int err = profile_merge(sources, 2, &p, why, why_bytes);

    if (!err)
        err = replace_comments(p, later);
    if (err) {
        profile_free(p);
        return err;
    }
    p->time_nanos = later->time_nanos;
    p->duration_nanos = duration_ns;
    *out = p;
    return 0;
}
