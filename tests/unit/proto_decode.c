/* The strict decoder: what it reads, and what it refuses, with which words. Inputs are made by
 * protobuf-c's own packing where it can make them, and byte by byte where it cannot. */
#include "tests/unit/proto_fixture.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/mman.h>
#include <zlib.h>

#include "proto/profile.pb-c.h"

typedef Perftools__Profiles__Profile pb_profile;
typedef Perftools__Profiles__ValueType pb_value_type;
typedef Perftools__Profiles__Sample pb_sample;
typedef Perftools__Profiles__Label pb_label;
typedef Perftools__Profiles__Mapping pb_mapping;
typedef Perftools__Profiles__Location pb_location;
typedef Perftools__Profiles__Line pb_line;
typedef Perftools__Profiles__Function pb_function;

/* A string table of "" and "a", as the end of a hand-made file. */
#define STRINGS "\x32\x00\x32\x01\x61"

static struct profile *decoded(struct bytes b) {
    struct profile *p = NULL;
    char why[200] = "";
    int err = profile_decode(b.at, b.n, NULL, &p, why, sizeof(why));

    if (err < 0)
        fail_msg("decode: %d %s", err, why);
    return p;
}

static void refused_with(struct bytes b, const struct profile_limits *limits, int expected,
                         const char *expected_why) {
    struct profile *p = NULL;
    char why[200] = "";
    int err = profile_decode(b.at, b.n, limits, &p, why, sizeof(why));

    assert_int_equal(err, expected);
    assert_string_equal(why, expected_why);
    assert_null(p);
    assert_int_equal(profile_decode(b.at, b.n, limits, &p, NULL, 0), expected);
}

static void refused(struct bytes b, const char *why) {
    refused_with(b, NULL, -EINVAL, why);
}

static struct bytes inflated(struct bytes in) {
    z_stream z = {.next_in = in.at, .avail_in = (uInt)in.n};
    struct bytes out = {.at = malloc(1 << 20)};

    assert_non_null(out.at);
    z.next_out = out.at;
    z.avail_out = 1 << 20;
    assert_int_equal(inflateInit2(&z, 15 + 16), Z_OK);
    assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
    out.n = z.total_out;
    inflateEnd(&z);
    return out;
}

static struct bytes joined(struct bytes a, struct bytes b) {
    struct bytes out = {0};

    keep_bytes(&out, a.at, a.n);
    keep_bytes(&out, b.at, b.n);
    return out;
}

/* ---- what is read */

static void a_full_profile_comes_back_as_it_was(void **state) {
    struct profile *p = full_profile(), *q;
    struct bytes b = encoded(p), again;

    q = decoded(b);
    assert_int_equal(q->n_sample_types, 2);
    assert_string_equal(q->sample_types[1].type, "cpu");
    assert_string_equal(q->sample_types[1].unit, "nanoseconds");
    assert_int_equal(q->time_nanos, 1700000000123456789);
    assert_int_equal(q->duration_nanos, 10000000000);
    assert_int_equal(q->period, 10000000);
    assert_string_equal(q->period_type.type, "cpu");
    assert_string_equal(q->period_type.unit, "nanoseconds");
    assert_string_equal(q->default_sample_type, "cpu");
    assert_string_equal(q->drop_frames, "malloc|free");
    assert_string_equal(q->keep_frames, "malloc_here");
    assert_string_equal(q->doc_url, "https://example.com/doc");
    assert_int_equal(q->n_comments, 2);
    assert_string_equal(q->comments[1], "second");
    assert_int_equal(q->n_mappings, 1);
    assert_int_equal(q->mappings[0]->start, 0x401000);
    assert_int_equal(q->mappings[0]->limit, 0x402000);
    assert_int_equal(q->mappings[0]->offset, 0x1000);
    assert_string_equal(q->mappings[0]->file, "/usr/bin/server");
    assert_string_equal(q->mappings[0]->build_id, "00ff11ee");
    assert_true(q->mappings[0]->has_functions && q->mappings[0]->has_filenames &&
                q->mappings[0]->has_line_numbers && q->mappings[0]->has_inline_frames);
    assert_int_equal(q->n_locations, 3);
    assert_ptr_equal(q->locations[0]->mapping, q->mappings[0]);
    assert_int_equal(q->locations[0]->address, 0x401234);
    assert_int_equal(q->locations[0]->n_lines, 2);
    assert_int_equal(q->locations[0]->lines[0].line, 7);
    assert_int_equal(q->locations[0]->lines[0].column, 11);
    assert_string_equal(q->locations[0]->lines[0].function->name, "inlined");
    assert_string_equal(q->locations[0]->lines[0].function->system_name, "_Z7inlinedv");
    assert_string_equal(q->locations[0]->lines[0].function->filename, "inline.h");
    assert_int_equal(q->locations[0]->lines[0].function->start_line, 3);
    assert_string_equal(q->locations[1]->lines[1].function->name, "work");
    assert_null(q->locations[2]->mapping);
    assert_true(q->locations[2]->is_folded && !q->locations[1]->is_folded);
    assert_int_equal(q->n_samples, 2);
    assert_int_equal(q->samples[0].n_locations, 3);
    assert_ptr_equal(q->samples[0].locations[0], q->locations[2]);
    assert_ptr_equal(q->samples[0].locations[2], q->locations[0]);
    assert_int_equal(q->samples[0].values[0], -1);
    assert_true(q->samples[0].values[1] == INT64_MAX);
    assert_int_equal(q->samples[0].n_labels, 2);
    assert_string_equal(q->samples[0].labels[0].key, "thread");
    assert_string_equal(q->samples[0].labels[0].str, "worker");
    assert_string_equal(q->samples[0].labels[1].str, "");
    assert_int_equal(q->samples[0].labels[1].num, -4096);
    assert_string_equal(q->samples[0].labels[1].num_unit, "bytes");
    assert_int_equal(q->samples[1].n_locations, 0);
    assert_int_equal(q->samples[1].values[0], 5);
    again = encoded(q);
    assert_int_equal(again.n, b.n);
    assert_memory_equal(again.at, b.at, b.n);
    free(again.at);
    free(b.at);
    profile_free(p);
    profile_free(q);
}

static void a_decoded_profile_can_be_added_to(void **state) {
    struct profile *p = full_profile(), *q;
    struct bytes b = encoded(p);

    q = decoded(b);
    assert_ptr_equal(profile_function(q, "work", "work", "main.c", 40),
                     q->locations[1]->lines[1].function);
    assert_int_equal(profile_add_location(q)->id, 4);
    assert_int_equal(profile_add_function(q)->id, 4);
    assert_int_equal(profile_add_comment(q, "third"), 0);
    assert_string_equal(q->comments[0], "first comment");
    assert_string_equal(q->comments[2], "third");
    assert_int_equal(profile_check(q, NULL, 0), 0);
    free(b.at);
    profile_free(p);
    profile_free(q);
}

static void plain_and_multi_member_gzip_files_are_read(void **state) {
    struct profile *p = full_profile(), *q;
    struct bytes zipped = encoded(p), plain = inflated(zipped), a, b, both;

    q = decoded(plain);
    assert_int_equal(q->n_samples, 2);
    profile_free(q);
    a = gzipped((struct bytes){plain.at, 33});
    b = gzipped((struct bytes){plain.at + 33, plain.n - 33});
    both = joined(a, b);
    q = decoded(both);
    assert_int_equal(q->n_samples, 2);
    assert_string_equal(q->doc_url, "https://example.com/doc");
    profile_free(q);
    free(a.at);
    free(b.at);
    free(both.at);
    free(plain.at);
    free(zipped.at);
    profile_free(p);
}

static void numbers_may_be_packed_or_not_or_both(void **state) {
    static const char *const samples[] = {
        /* location_id 1 2 1, value 7: packed; one by one; half and half. */
        "\x12\x08\x0a\x03\x01\x02\x01\x12\x01\x07",
        "\x12\x08\x08\x01\x08\x02\x08\x01\x10\x07",
        "\x12\x09\x08\x01\x0a\x02\x02\x01\x12\x01\x07",
    };

    for (size_t i = 0; i < 3; i++) {
        struct bytes rest = BYTES("\x0a\x04\x08\x01\x10\x01" /* sample_type a/a */
                                  "\x22\x02\x08\x01"         /* location 1 */
                                  "\x22\x02\x08\x02"         /* location 2 */
                                  "\x6a\x02\x01\x00\x68\x01" /* comments 1 0, 1 */
                                  STRINGS);
        struct bytes b = joined((struct bytes){(uint8_t *)samples[i], strlen(samples[i])}, rest);
        struct profile *p = decoded(b);
        assert_int_equal(p->n_samples, 1);
        assert_int_equal(p->samples[0].n_locations, 3);
        assert_int_equal(p->samples[0].locations[0]->id, 1);
        assert_int_equal(p->samples[0].locations[1]->id, 2);
        assert_int_equal(p->samples[0].locations[2]->id, 1);
        assert_int_equal(p->samples[0].values[0], 7);
        assert_int_equal(p->n_comments, 3);
        assert_string_equal(p->comments[0], "a");
        assert_string_equal(p->comments[1], "");
        assert_string_equal(p->comments[2], "a");
        profile_free(p);
        free(b.at);
    }
}

static void unknown_fields_are_skipped_at_every_level(void **state) {
    struct profile *p = decoded(BYTES("\xf8\x01\x05"                             /* 31: varint */
                                      "\xf9\x01\x01\x02\x03\x04\x05\x06\x07\x08" /* 31: fixed64 */
                                      "\xfd\x01\x01\x02\x03\x04"                 /* 31: fixed32 */
                                      "\xfa\x01\x02hi"                           /* 31: bytes */
                                      "\x22\x08\x08\x01\x7a\x02hi\x18\x20"       /* location */
                                      STRINGS));

    assert_int_equal(p->n_locations, 1);
    assert_int_equal(p->locations[0]->address, 0x20);
    profile_free(p);
}

static void sparse_ids_and_unknown_mappings_are_read(void **state) {
    pb_mapping m = PERFTOOLS__PROFILES__MAPPING__INIT, *ms[] = {&m};
    pb_location l1 = PERFTOOLS__PROFILES__LOCATION__INIT, l2 = l1, *ls[] = {&l1, &l2};
    pb_profile in = PERFTOOLS__PROFILES__PROFILE__INIT;
    char *strings[] = {""};
    uint8_t bytes[200];
    struct profile *p;

    m.id = UINT64_MAX;
    l1.id = 1ull << 63;
    l1.mapping_id = UINT64_MAX;
    l2.id = 5;
    l2.mapping_id = 4;
    in.mapping = ms;
    in.n_mapping = 1;
    in.location = ls;
    in.n_location = 2;
    in.string_table = strings;
    in.n_string_table = 1;
    p = decoded((struct bytes){bytes, perftools__profiles__profile__pack(&in, bytes)});
    assert_ptr_equal(p->locations[0]->mapping, p->mappings[0]);
    assert_null(p->locations[1]->mapping);
    assert_true(p->locations[0]->id == 1ull << 63);
    profile_free(p);
}

static void labels_that_say_nothing_vanish(void **state) {
    struct profile *p =
        decoded(BYTES("\x0a\x00"
                      "\x12\x16\x10\x01"                 /* a sample, value 1 */
                      "\x1a\x04\x08\x01\x18\x00"         /* label a: number 0, no unit */
                      "\x1a\x04\x08\x01\x20\x01"         /* label a: number 0, unit a */
                      "\x1a\x06\x08\x01\x10\x01\x18\x07" /* label a: string a and number 7 */
                      STRINGS));

    assert_int_equal(p->samples[0].n_labels, 2);
    assert_string_equal(p->samples[0].labels[0].num_unit, "a");
    assert_string_equal(p->samples[0].labels[1].str, "a");
    assert_int_equal(p->samples[0].labels[1].num, 0);
    profile_free(p);
}

/* ---- what is refused */

static void what_is_no_profile_is_refused(void **state) {
    const char *bad = "parsing profile: unrecognized profile format: ";
    static const struct {
        struct bytes bytes;
        const char *why;
    } cases[] = {
        {{(uint8_t *)"\x0b", 1}, "unknown wire type: 3"},
        {{(uint8_t *)"\x0c", 1}, "unknown wire type: 4"},
        {{(uint8_t *)"\x0e", 1}, "unknown wire type: 6"},
        {{(uint8_t *)"\x0f", 1}, "unknown wire type: 7"},
        {{(uint8_t *)"\x00\x00", 2}, "bad field number"},
        {{(uint8_t *)"\x48", 1}, "not enough data"},
        {{(uint8_t *)"\x48\x80", 2}, "bad varint"},
        {{(uint8_t *)"\x48\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 11}, "bad varint"},
        {{(uint8_t *)"\x48\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00", 12}, "bad varint"},
        {{(uint8_t *)"\xf9\x01\x01\x02\x03\x04\x05\x06\x07", 9}, "not enough data"},
        {{(uint8_t *)"\xfd\x01\x01\x02\x03", 5}, "not enough data"},
        {{(uint8_t *)"\x12\x05\x00", 3}, "too much data"},
        {{(uint8_t *)"\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11}, "too much data"},
        {{(uint8_t *)"\x10\x01", 2}, "type mismatch"},                     /* sample: varint */
        {{(uint8_t *)"\x4a\x00", 2}, "type mismatch"},                     /* time_nanos: bytes */
        {{(uint8_t *)"\x6d\x00\x00\x00\x00\x32\x00", 7}, "type mismatch"}, /* comment: fixed32 */
        {{(uint8_t *)"\x3a\x00\x32\x00", 4}, "type mismatch"},             /* drop_frames: bytes */
        {{(uint8_t *)"\x22\x02\x0a\x00\x32\x00", 6}, "type mismatch"},     /* location.id: bytes */
        {{(uint8_t *)"\x22\x02\x20\x00\x32\x00", 6}, "type mismatch"},  /* location.line: varint */
        {{(uint8_t *)"\x12\x02\x18\x00\x32\x00", 6}, "type mismatch"},  /* label: varint */
        {{(uint8_t *)"\x12\x03\x0a\x01\x80\x32\x00", 7}, "bad varint"}, /* packed, cut */
        {{(uint8_t *)"hello, world\n", 13}, "unknown wire type: 4"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char why[200];
        snprintf(why, sizeof(why), "%s%s", bad, cases[i].why);
        refused(cases[i].bytes, why);
    }
}

static void bad_string_tables_are_refused(void **state) {
    refused(BYTES("\x48\x01"), "parsing profile: malformed profile format: no string table");
    refused(BYTES("\x32\x01\x61"), "parsing profile: string_table[0] must be ''");
    refused(BYTES("\x32\x00\x32\x03\x61\x00\x62"), "parsing profile: string 1 holds a NUL");
    refused(BYTES("\x38\x02" STRINGS), "parsing profile: malformed profile format: string 2 of 2");
    refused(BYTES("\x38\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01" STRINGS),
            "parsing profile: malformed profile format: string -1 of 2");
    refused(BYTES("\x6a\x02\x01\x02" STRINGS),
            "parsing profile: malformed profile format: string 2 of 2");
    refused(BYTES("\x2a\x04\x08\x01\x10\x09" STRINGS),
            "parsing profile: malformed profile format: string 9 of 2");
}

static void two_profiles_in_one_file_are_refused(void **state) {
    struct profile *p = full_profile();
    struct bytes b = encoded(p), twice = joined(b, b);

    refused(twice, "parsing profile: concatenated profiles detected");
    free(twice.at);
    free(b.at);
    profile_free(p);
}

static void empty_files_are_refused(void **state) {
    struct bytes zipped = gzipped(BYTES(""));

    refused(BYTES(""), "parsing profile: empty input file");
    refused(zipped, "parsing profile: empty input file");
    free(zipped.at);
}

static void damaged_gzip_is_refused(void **state) {
    struct profile *p = full_profile();
    struct bytes b = encoded(p), trailing = joined(b, BYTES("x")), zeros = joined(b, BYTES("\0\0"));

    refused(trailing, "decompressing profile: unexpected end of data");
    refused(zeros, "decompressing profile: incorrect header check");
    b.at[b.n - 5] ^= 1;
    refused(b, "decompressing profile: incorrect data check");
    b.at[b.n - 5] ^= 1;
    b.at[b.n - 1] ^= 1;
    refused(b, "decompressing profile: incorrect length check");
    free(trailing.at);
    free(zeros.at);
    free(b.at);
    profile_free(p);
}

static void a_file_cut_anywhere_is_refused_or_says_less(void **state) {
    struct profile *p = full_profile(), *q;
    struct bytes b = encoded(p), plain = inflated(b);

    for (size_t n = 0; n < b.n; n++) {
        struct bytes cut = {malloc(n), n}; /* of exactly that size, for the sanitizer */
        q = NULL;
        memcpy(cut.at, b.at, n);
        assert_int_equal(profile_decode(cut.at, n, NULL, &q, NULL, 0), -EINVAL);
        free(cut.at);
    }
    for (size_t n = 0; n < plain.n; n++) {
        struct bytes cut = {malloc(n), n};
        q = NULL;
        memcpy(cut.at, plain.at, n);
        /* Between two strings of the table the cut file is a profile, if none of the rest is used.
         */
        if (profile_decode(cut.at, n, NULL, &q, NULL, 0) == 0)
            profile_free(q);
        else
            assert_null(q);
        free(cut.at);
    }
    free(plain.at);
    free(b.at);
    profile_free(p);
}

/* ---- CheckValid's rules, as files break them */

struct parts {
    pb_value_type type;
    pb_sample sample;
    pb_mapping mappings[2];
    pb_location locations[2];
    pb_line line;
    pb_function functions[2];
    pb_profile profile;
    pb_value_type *type_list[1];
    pb_sample *sample_list[1];
    pb_mapping *mapping_list[2];
    pb_location *location_list[2];
    pb_line *line_list[1];
    pb_function *function_list[2];
    uint64_t ids[2];
    int64_t values[1];
    char *strings[1];
};

/* A valid message with two of each, which a case then breaks. */
static void parts_init(struct parts *s) {
    s->type = (pb_value_type)PERFTOOLS__PROFILES__VALUE_TYPE__INIT;
    s->sample = (pb_sample)PERFTOOLS__PROFILES__SAMPLE__INIT;
    s->line = (pb_line)PERFTOOLS__PROFILES__LINE__INIT;
    s->profile = (pb_profile)PERFTOOLS__PROFILES__PROFILE__INIT;
    for (int i = 0; i < 2; i++) {
        s->mappings[i] = (pb_mapping)PERFTOOLS__PROFILES__MAPPING__INIT;
        s->locations[i] = (pb_location)PERFTOOLS__PROFILES__LOCATION__INIT;
        s->functions[i] = (pb_function)PERFTOOLS__PROFILES__FUNCTION__INIT;
        s->ids[i] = s->mappings[i].id = s->locations[i].id = s->functions[i].id = 10 + i;
        s->mapping_list[i] = &s->mappings[i];
        s->location_list[i] = &s->locations[i];
        s->function_list[i] = &s->functions[i];
    }
    s->line.function_id = 11;
    s->line_list[0] = &s->line;
    s->locations[1].line = s->line_list;
    s->locations[1].n_line = 1;
    s->values[0] = 1;
    s->sample.location_id = s->ids;
    s->sample.n_location_id = 2;
    s->sample.value = s->values;
    s->sample.n_value = 1;
    s->type_list[0] = &s->type;
    s->sample_list[0] = &s->sample;
    s->strings[0] = "";
    s->profile.sample_type = s->type_list;
    s->profile.sample = s->sample_list;
    s->profile.mapping = s->mapping_list;
    s->profile.location = s->location_list;
    s->profile.function = s->function_list;
    s->profile.string_table = s->strings;
    s->profile.n_sample_type = s->profile.n_sample = s->profile.n_string_table = 1;
    s->profile.n_mapping = s->profile.n_location = s->profile.n_function = 2;
}

static void no_types(struct parts *s) {
    s->profile.n_sample_type = 0;
}
static void no_values(struct parts *s) {
    s->sample.n_value = 0;
}
static void unknown_location(struct parts *s) {
    s->ids[1] = 12;
}
static void location_id_0(struct parts *s) {
    s->ids[0] = 0;
}
static void mapping_0(struct parts *s) {
    s->mappings[1].id = 0;
}
static void function_0(struct parts *s) {
    s->functions[0].id = 0;
}
static void location_0(struct parts *s) {
    s->profile.n_sample = 0;
    s->locations[0].id = 0;
}
static void mapping_twice(struct parts *s) {
    s->mappings[0].id = 11;
}
static void function_twice(struct parts *s) {
    s->functions[0].id = 11;
}
static void location_twice(struct parts *s) {
    s->ids[0] = s->locations[0].id = 11;
}
static void unknown_function(struct parts *s) {
    s->line.function_id = 9;
}
static void nothing(struct parts *s) {
}

static void each_rule_of_check_valid_refuses_a_file_with_its_text(void **state) {
    static const struct {
        void (*break_it)(struct parts *s);
        const char *why;
    } rules[] = {
        {nothing, NULL},
        {no_types, "malformed profile: missing sample type information"},
        {no_values, "malformed profile: mismatch: sample has 0 values vs. 1 types"},
        {unknown_location, "malformed profile: sample has nil location"},
        {location_id_0, "malformed profile: sample has nil location"},
        {mapping_0, "malformed profile: found mapping with reserved ID=0"},
        {function_0, "malformed profile: found function with reserved ID=0"},
        {location_0, "malformed profile: found location with reserved id=0"},
        {mapping_twice, "malformed profile: multiple mappings with same id: 11"},
        {function_twice, "malformed profile: multiple functions with same id: 11"},
        {location_twice, "malformed profile: multiple locations with same id: 11"},
        {unknown_function, "malformed profile: location id: 11 has a line with nil function"},
    };

    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        struct parts s;
        uint8_t bytes[400];
        struct bytes b = {.at = bytes};
        parts_init(&s);
        rules[i].break_it(&s);
        b.n = perftools__profiles__profile__pack(&s.profile, bytes);
        if (rules[i].why)
            refused(b, rules[i].why);
        else
            profile_free(decoded(b));
    }
}

/* ---- limits */

static void more_samples_or_bytes_than_the_limits_are_refused(void **state) {
    struct profile *p = full_profile(), *q = NULL;
    struct bytes b = encoded(p), plain = inflated(b);
    struct profile_limits limits = {.max_bytes = plain.n, .max_samples = 100};

    assert_int_equal(profile_decode(b.at, b.n, &limits, &q, NULL, 0), 0);
    profile_free(q);
    assert_int_equal(profile_decode(plain.at, plain.n, &limits, &q, NULL, 0), 0);
    profile_free(q);
    limits.max_bytes = plain.n - 1;
    assert_int_equal(profile_decode(b.at, b.n, &limits, &q, NULL, 0), -E2BIG);
    assert_int_equal(profile_decode(plain.at, plain.n, &limits, &q, NULL, 0), -E2BIG);
    limits = (struct profile_limits){.max_samples = 1};
    refused_with(b, &limits, -E2BIG, "profile has more than 1 samples");
    limits.max_samples = 2; /* strings are more than two */
    refused_with(b, &limits, -E2BIG, "profile has more than 2 messages of a kind");
    free(plain.at);
    free(b.at);
    profile_free(p);
}

static void a_decompression_bomb_is_refused(void **state) {
    const size_t n = 64 << 20;
    struct bytes plain = {calloc(1, n), n}, zipped;
    struct profile_limits limits = {.max_bytes = 1 << 20};

    assert_non_null(plain.at);
    zipped = gzipped(plain);
    assert_true(zipped.n < 1 << 17);
    refused_with(zipped, &limits, -E2BIG, "profile has more than 1048576 bytes");
    free(plain.at);
    free(zipped.at);
}

/* Empty labels take 16 times the memory of their two bytes. */
static void a_profile_that_is_small_as_a_file_and_large_in_memory_is_refused(void **state) {
    const size_t n = 10 << 20;
    struct bytes b = {malloc(n + 20), 0};
    struct profile_limits limits = {.max_bytes = n + 20};
    static const uint8_t head[] = {0x0a, 0x00, 0x32, 0x00, 0x12, 0x82,
                                   0x80, 0x80, 0x05, 0x10, 0x01};

    assert_non_null(b.at);
    memcpy(b.at, head, sizeof(head));
    b.n = sizeof(head);
    for (size_t i = 0; i < n / 2; i++) {
        b.at[b.n++] = 0x1a;
        b.at[b.n++] = 0;
    }
    refused_with(b, &limits, -E2BIG, "profile has more than 119537764 bytes in memory");
    free(b.at);
}

/* Samples are read last: what was before them in the file is read again until then. */
static void a_file_that_is_needed_no_more_is_given_back_as_it_is_read(void **state) {
    enum { SAMPLES = 400000, SAMPLE_BYTES = 4 };
    const size_t n = 2 * SAMPLES * SAMPLE_BYTES;
    static const uint8_t head[] = {0x0a, 0x02, 0x08, 0x01, 0x32, 0x00, 0x32, 0x01, 0x61},
                         one[] = {0x12, 0x02, 0x10, 0x07};
    struct profile_limits limits = {.discard = true};
    uint8_t *bytes = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct profile *p = NULL;
    char why[200] = "";
    size_t used = sizeof(head);

    assert_true(bytes != MAP_FAILED);
    memcpy(bytes, head, sizeof(head));
    for (size_t i = 0; i < SAMPLES; i++, used += sizeof(one))
        memcpy(bytes + used, one, sizeof(one));
    assert_int_equal(profile_decode(bytes, used, NULL, &p, why, sizeof(why)), 0);
    profile_free(p);
    assert_memory_equal(bytes, head, sizeof(head));
    assert_int_equal(profile_decode(bytes, used, &limits, &p, why, sizeof(why)), 0);
    assert_int_equal(p->n_samples, SAMPLES);
    for (size_t i = 0; i < SAMPLES; i++)
        assert_int_equal(p->samples[i].values[0], 7);
    assert_string_equal(p->sample_types[0].type, "a");
    assert_int_equal(bytes[0], 0);
    profile_free(p);
    munmap(bytes, n);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_profile_comes_back_as_it_was),
        cmocka_unit_test(a_decoded_profile_can_be_added_to),
        cmocka_unit_test(plain_and_multi_member_gzip_files_are_read),
        cmocka_unit_test(numbers_may_be_packed_or_not_or_both),
        cmocka_unit_test(unknown_fields_are_skipped_at_every_level),
        cmocka_unit_test(sparse_ids_and_unknown_mappings_are_read),
        cmocka_unit_test(labels_that_say_nothing_vanish),
        cmocka_unit_test(what_is_no_profile_is_refused),
        cmocka_unit_test(bad_string_tables_are_refused),
        cmocka_unit_test(two_profiles_in_one_file_are_refused),
        cmocka_unit_test(empty_files_are_refused),
        cmocka_unit_test(damaged_gzip_is_refused),
        cmocka_unit_test(a_file_cut_anywhere_is_refused_or_says_less),
        cmocka_unit_test(each_rule_of_check_valid_refuses_a_file_with_its_text),
        cmocka_unit_test(more_samples_or_bytes_than_the_limits_are_refused),
        cmocka_unit_test(a_decompression_bomb_is_refused),
        cmocka_unit_test(a_profile_that_is_small_as_a_file_and_large_in_memory_is_refused),
        cmocka_unit_test(a_file_that_is_needed_no_more_is_given_back_as_it_is_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
