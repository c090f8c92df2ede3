/* What the tests of text share: profiles of any kind, with few samples, and their text. */
#ifndef CPPROF_TESTS_UNIT_LEGACY_TEXT_FIXTURE_H
#define CPPROF_TESTS_UNIT_LEGACY_TEXT_FIXTURE_H

#include "tests/unit/proto_fixture.h"

#include <stdio.h>

#include "collector/serve/legacy_text.h"

/* One of a kind, without samples; its program is mapped at 0x500000, a library at 0x700000. */
static inline struct profile *new_profile(enum profile_kind kind) {
    struct profile *p = profile_new();
    struct profile_mapping *program = profile_add_mapping(p), *library = profile_add_mapping(p);
    const struct kind *k = &kinds[kind];

    for (size_t i = 0; i < k->n_values; i++)
        assert_int_equal(profile_add_sample_type(p, k->values[i].type, k->values[i].unit), 0);
    p->period_type = (struct profile_value_type){k->period_type, k->period_unit};
    p->period = 1;
    program->start = 0x500000;
    program->limit = 0x600000;
    program->offset = 0x2000;
    program->file = "/bin/bank";
    program->build_id = "00ff";
    library->start = 0x7f0000700000;
    library->limit = 0x7f0000800000;
    library->file = "/lib/my lib.so.6";
    library->build_id = "11"; /* which has no place behind a path with a blank */
    return p;
}

/* The location of an address, made once; 0 is of no mapping. */
static inline struct profile_location *at(struct profile *p, uint64_t address) {
    struct profile_location *l;

    for (size_t i = 0; i < p->n_locations; i++)
        if (p->locations[i]->address == address)
            return p->locations[i];
    l = profile_add_location(p);
    l->address = address;
    for (size_t i = 0; i < p->n_mappings && !l->mapping; i++)
        if (address >= p->mappings[i]->start && address < p->mappings[i]->limit)
            l->mapping = p->mappings[i];
    return l;
}

/* A sample with addresses, up to a 1, and values. */
static inline struct profile_sample *add(struct profile *p, const uint64_t *addresses,
                                         const int64_t *values) {
    struct profile_sample s = {.values = profile_alloc(p, p->n_sample_types * sizeof(*values))},
                          *to;

    memcpy(s.values, values, p->n_sample_types * sizeof(*values));
    s.locations = profile_alloc(p, 200 * sizeof(*s.locations));
    s.labels = profile_alloc(p, 8 * sizeof(*s.labels));
    for (; addresses[s.n_locations] != 1; s.n_locations++)
        s.locations[s.n_locations] = at(p, addresses[s.n_locations]);
    to = profile_add_sample(p);
    *to = s;
    return to;
}

static inline void label(struct profile_sample *s, const char *key, const char *str, int64_t num,
                         const char *unit) {
    s->labels[s->n_labels++] = (struct profile_label){key, str, num, unit};
}

/* Names a location: `n` functions, the innermost first. */
static inline void name(struct profile *p, uint64_t address, size_t n, const char *const *functions,
                        const char *file, int64_t line) {
    struct profile_location *l = at(p, address);

    l->lines = profile_alloc(p, n * sizeof(*l->lines));
    l->n_lines = n;
    for (size_t i = 0; i < n; i++)
        l->lines[i] = (struct profile_line){
            .function = profile_function(p, functions[i], functions[i], file, 0),
            .line = line ? line + (int64_t)i : 0};
}

static const uint64_t stack_a[] = {0x500010, 0x500020, 1},
                      stack_b[] = {0x7f0000700010, 0x500020, 1}, stack_mark[] = {0, 0x500020, 1},
                      stack_none[] = {1};

static inline char *text_of(const struct legacy_text *t, const struct profile *p) {
    char *text;
    size_t n;
    FILE *out = open_memstream(&text, &n);

    assert_int_equal(legacy_text_write(t, p, out), 0);
    assert_int_equal(fclose(out), 0);
    return text;
}

#endif
