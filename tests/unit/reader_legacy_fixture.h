/* What the tests of the legacy formats share: a profile as a few lines of text.
 *
 *   samples/count cpu/nanoseconds, 10000000 cpu/nanoseconds, 5 ns      types, period, duration
 *   1 10000000: 401000@1 401fff@1 bytes=5                              a sample; @ its mapping
 *   400000-500000 0 /bin/server abc123                                 a mapping, offset third
 */
#ifndef CPPROF_TESTS_UNIT_READER_LEGACY_FIXTURE_H
#define CPPROF_TESTS_UNIT_READER_LEGACY_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reader/source/source.h"

static inline void show_sample(FILE *f, const struct profile *p, const struct profile_sample *s) {
    for (size_t i = 0; i < p->n_sample_types; i++)
        fprintf(f, "%s%" PRId64, i ? " " : "", s->values[i]);
    fprintf(f, ":");
    for (size_t i = 0; i < s->n_locations; i++) {
        fprintf(f, " %" PRIx64, s->locations[i]->address);
        if (s->locations[i]->mapping)
            fprintf(f, "@%" PRIu64, s->locations[i]->mapping->id);
    }
    for (size_t i = 0; i < s->n_labels; i++)
        fprintf(f, " %s=%" PRId64, s->labels[i].key, s->labels[i].num);
    fprintf(f, "\n");
}

/* The profile as text; malloc'ed. */
static inline char *shown(const struct profile *p) {
    char *text = NULL;
    size_t n;
    FILE *f = open_memstream(&text, &n);

    assert_non_null(f);
    for (size_t i = 0; i < p->n_sample_types; i++)
        fprintf(f, "%s%s/%s", i ? " " : "", p->sample_types[i].type, p->sample_types[i].unit);
    fprintf(f, ", %" PRId64 " %s/%s", p->period, p->period_type.type, p->period_type.unit);
    if (p->duration_nanos)
        fprintf(f, ", %" PRId64 " ns", p->duration_nanos);
    fprintf(f, "\n");
    for (size_t i = 0; i < p->n_samples; i++)
        show_sample(f, p, &p->samples[i]);
    for (size_t i = 0; i < p->n_mappings; i++) {
        const struct profile_mapping *m = p->mappings[i];
        fprintf(f, "%" PRIx64 "-%" PRIx64 " %" PRIx64 " %s %s\n", m->start, m->limit, m->offset,
                m->file, m->build_id);
    }
    fclose(f);
    return text;
}

static inline void reads_bytes(const void *bytes, size_t n, const char *expected) {
    struct profile *p = NULL;
    char why[1024] = "", *text;
    int err = source_parse(bytes, n, &p, why, sizeof(why));

    if (err < 0)
        fail_msg("refused: %s", why);
    text = shown(p);
    assert_string_equal(text, expected);
    assert_true(*p->drop_frames);
    free(text);
    profile_free(p);
}

static inline void refused_bytes(const void *bytes, size_t n, const char *expected) {
    struct profile *p = NULL;
    char why[1024] = "";

    assert_true(source_parse(bytes, n, &p, why, sizeof(why)) < 0);
    assert_string_equal(why, expected);
    assert_null(p);
}

static inline void reads(const char *text, const char *expected) {
    /* Without a byte behind it that could be read by mistake. */
    char *copy = malloc(strlen(text));

    memcpy(copy, text, strlen(text));
    reads_bytes(copy, strlen(text), expected);
    free(copy);
}

static inline void refused(const char *text, const char *expected) {
    refused_bytes(text, strlen(text), expected);
}

#endif
