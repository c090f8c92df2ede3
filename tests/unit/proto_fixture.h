/* What the tests of proto/ share: a sink that keeps the bytes, a profile with something in each of
 * its fields, and a comparison. */
#ifndef CPPROF_TESTS_UNIT_PROTO_FIXTURE_H
#define CPPROF_TESTS_UNIT_PROTO_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "proto/profile.h"

struct bytes {
    uint8_t *at;
    size_t n;
};

#define BYTES(literal) ((struct bytes){(uint8_t *)(literal), sizeof(literal) - 1})

static inline int keep_bytes(void *ctx, const void *bytes, size_t n) {
    struct bytes *b = ctx;

    b->at = realloc(b->at, b->n + n);
    assert_non_null(b->at);
    memcpy(b->at + b->n, bytes, n);
    b->n += n;
    return 0;
}

static inline struct bytes gzipped(struct bytes in) {
    z_stream z = {.next_in = in.at, .avail_in = (uInt)in.n};
    struct bytes out = {.at = malloc(in.n + 1000)};

    assert_non_null(out.at);
    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_out = out.at;
    z.avail_out = (uInt)in.n + 1000;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    out.n = z.total_out;
    deflateEnd(&z);
    return out;
}

static inline struct bytes encoded(const struct profile *p) {
    struct bytes b = {0};

    assert_int_equal(profile_encode(p, keep_bytes, &b), 0);
    return b;
}

static inline void fill_header(struct profile *p) {
    assert_int_equal(profile_add_sample_type(p, "samples", "count"), 0);
    assert_int_equal(profile_add_sample_type(p, "cpu", "nanoseconds"), 0);
    assert_int_equal(profile_add_comment(p, "first comment"), 0);
    assert_int_equal(profile_add_comment(p, "second"), 0);
    p->default_sample_type = profile_string(p, "cpu");
    p->drop_frames = profile_string(p, "malloc|free");
    p->keep_frames = profile_string(p, "malloc_here");
    p->doc_url = profile_string(p, "https://example.com/doc");
    p->time_nanos = 1700000000123456789;
    p->duration_nanos = 10000000000;
    p->period = 10000000;
    p->period_type.type = profile_string(p, "cpu");
    p->period_type.unit = profile_string(p, "nanoseconds");
}

static inline struct profile_location *fill_location(struct profile *p, struct profile_mapping *m,
                                                     uint64_t address, const char *name) {
    struct profile_location *l = profile_add_location(p);

    l->mapping = m;
    l->address = address;
    l->n_lines = 2;
    l->lines = profile_alloc(p, 2 * sizeof(*l->lines));
    l->lines[0] = (struct profile_line){
        .function = profile_function(p, "inlined", "_Z7inlinedv", "inline.h", 3),
        .line = 7,
        .column = 11};
    l->lines[1] = (struct profile_line){.function = profile_function(p, name, name, "main.c", 40),
                                        .line = 42};
    return l;
}

/* One with something in each field, among it an unsymbolized location without a mapping. */
static inline struct profile *full_profile(void) {
    struct profile *p = profile_new();
    struct profile_mapping *m = profile_add_mapping(p);
    struct profile_location *main_location = fill_location(p, m, 0x401234, "main");
    struct profile_location *work = fill_location(p, m, 0x401abc, "work");
    struct profile_location *unknown = profile_add_location(p);
    struct profile_sample *s = profile_add_sample(p);

    fill_header(p);
    *m = (struct profile_mapping){.id = m->id,
                                  .start = 0x401000,
                                  .limit = 0x402000,
                                  .offset = 0x1000,
                                  .file = "/usr/bin/server",
                                  .build_id = "00ff11ee",
                                  .has_functions = true,
                                  .has_filenames = true,
                                  .has_line_numbers = true,
                                  .has_inline_frames = true};
    unknown->address = 0x7ffff000;
    unknown->is_folded = true;
    s->n_locations = 3;
    s->locations = profile_alloc(p, 3 * sizeof(*s->locations));
    s->locations[0] = unknown;
    s->locations[1] = work;
    s->locations[2] = main_location;
    s->values = profile_alloc(p, 2 * sizeof(*s->values));
    s->values[0] = -1;
    s->values[1] = INT64_MAX;
    s->n_labels = 2;
    s->labels = profile_alloc(p, 2 * sizeof(*s->labels));
    s->labels[0] = (struct profile_label){.key = "thread", .str = "worker", .num_unit = ""};
    s->labels[1] =
        (struct profile_label){.key = "bytes", .str = "", .num = -4096, .num_unit = "bytes"};
    s = profile_add_sample(p); /* no locations, no labels */
    s->values = profile_alloc(p, 2 * sizeof(*s->values));
    s->values[0] = 5;
    return p;
}

#endif
