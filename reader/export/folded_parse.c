/* Collapsed stacks in: `main;parse;read 12`, root first, as stackcollapse-*.pl and other profilers
 * write them.
 *
 * Nearly every text has lines that end in a number, so it is strict: every line must be a stack
 * (but for empty ones and those that begin with `#`), without control characters, and one at least
 * must have two frames. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "proto/hash.h"
#include "reader/export/export.h"
#include "reader/export/index.h"

struct folded {
    struct profile *p;
    struct profile_location **stack; /* of one line, root first; owned */
    struct index locations;          /* of p->locations, by the name of their function */
    bool has_call;                   /* a line with two frames was there */
    char *why;
    size_t why_bytes;
};

static int not_folded(struct folded *f, size_t line, const char *reason) {
    if (f->why)
        snprintf(f->why, f->why_bytes, "folded stacks: line %zu: %s", line, reason);
    return -EINVAL;
}

static bool same_location(const void *elements, uint32_t number, const void *key) {
    struct profile_location *const *locations = elements;
    return locations[number]->lines[0].function->name == (const char *)key; /* both of the pool */
}

/* The location of a function with this name, or NULL when out of memory. */
static struct profile_location *location_named(struct folded *f, const char *name, size_t n) {
    struct profile *p = f->p;
    const char *pooled = profile_string_n(p, name, n);
    if (!pooled)
        return NULL;
    int64_t number =
        index_find_or_add(&f->locations, hash_number((uintptr_t)pooled, 0), same_location,
                          p->locations, pooled, (uint32_t)p->n_locations);
    if (number < 0)
        return NULL;
    if ((size_t)number < p->n_locations)
        return p->locations[number];
    struct profile_location *l = profile_add_location(p);
    if (!l || !(l->lines = profile_alloc(p, sizeof *l->lines)))
        return NULL;
    l->mapping = p->mappings[0];
    l->n_lines = 1;
    /* Names are as they are to be shown: without a system name nothing is demangled. */
    l->lines[0].function = profile_function(p, pooled, "", "", 0);
    return l->lines[0].function ? l : NULL;
}

static int add_sample(struct folded *f, size_t n_frames, int64_t value) {
    struct profile_sample *s = profile_add_sample(f->p);
    if (!s)
        return -ENOMEM;
    s->values = profile_alloc(f->p, sizeof *s->values);
    s->locations = profile_alloc(f->p, n_frames * sizeof(struct profile_location *));
    if (!s->values || !s->locations)
        return -ENOMEM;
    s->values[0] = value;
    s->n_locations = n_frames;
    for (size_t i = 0; i < n_frames; i++)
        s->locations[i] = f->stack[n_frames - 1 - i];
    return 0;
}

/* The number at the end of a line; what is left of the line is the stack. */
static bool take_value(const char *line, size_t *n, int64_t *value) {
    size_t digits = *n;
    uint64_t v = 0;

    while (digits > 0 && line[digits - 1] >= '0' && line[digits - 1] <= '9')
        digits--;
    if (digits == *n)
        return false;
    for (size_t i = digits; i < *n; i++)
        if (__builtin_mul_overflow(v, 10, &v) ||
            __builtin_add_overflow(v, (uint64_t)(line[i] - '0'), &v) || v > INT64_MAX)
            return false;
    bool negative = digits > 0 && line[digits - 1] == '-';
    digits -= negative;
    if (digits == 0 || line[digits - 1] != ' ')
        return false;
    while (digits > 0 && line[digits - 1] == ' ')
        digits--;
    *n = digits;
    *value = negative ? -(int64_t)v : (int64_t)v;
    return digits > 0;
}

static int parse_frames(struct folded *f, const char *line, size_t n, size_t number,
                        size_t *n_frames) {
    const char *at = line, *end = line + n;

    for (*n_frames = 0;; ++*n_frames) {
        const char *semicolon = memchr(at, ';', (size_t)(end - at));
        const char *stop = semicolon ? semicolon : end;
        if (stop == at)
            return not_folded(f, number, "a frame without name");
        if (!grow_array(&f->stack, *n_frames, sizeof(struct profile_location *)) ||
            !(f->stack[*n_frames] = location_named(f, at, (size_t)(stop - at))))
            return -ENOMEM;
        if (!semicolon)
            break;
        at = semicolon + 1;
    }
    ++*n_frames;
    f->has_call |= *n_frames > 1;
    return 0;
}

static int parse_line(struct folded *f, const char *line, size_t n, size_t number) {
    size_t n_frames;
    int64_t value;

    if (n > 0 && line[n - 1] == '\r')
        n--;
    if (n == 0 || line[0] == '#')
        return 0;
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)line[i] < 0x20 && line[i] != '\t')
            return not_folded(f, number, "a control character");
    if (!take_value(line, &n, &value))
        return not_folded(f, number, "no number at its end");
    int err = parse_frames(f, line, n, number, &n_frames);
    return err ? err : add_sample(f, n_frames, value);
}

static int parse_lines(struct folded *f, const char *text, size_t n) {
    const char *end = text + n;
    size_t number = 1;
    int err = 0;

    for (const char *at = text; at < end && !err; number++) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *stop = newline ? newline : end;
        err = parse_line(f, at, (size_t)(stop - at), number);
        at = stop + 1;
    }
    if (!err && !f->has_call)
        err = not_folded(f, number - 1, "no line has two frames");
    return err;
}

/* What each profile has: a type, and a mapping that says that names are all there is to be known.
 */
static int begin(struct profile *p) {
    struct profile_mapping *m = p ? profile_add_mapping(p) : NULL;
    if (!m)
        return -ENOMEM;
    m->has_functions = m->has_inline_frames = true;
    p->period = 1;
    p->period_type = (struct profile_value_type){"samples", "count"};
    return profile_add_sample_type(p, "samples", "count");
}

int folded_parse(const void *bytes, size_t n, struct profile **out, char *why, size_t why_bytes) {
    struct folded f = {.p = profile_new(), .why = why, .why_bytes = why_bytes};
    int err = begin(f.p);
    if (!err)
        err = parse_lines(&f, bytes, n);
    index_release(&f.locations);
    free(f.stack);
    if (err)
        profile_free(f.p);
    else
        *out = f.p;
    return err;
}
