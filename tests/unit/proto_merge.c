/* Profiles added up and subtracted: what counts as the same, what is left, and the same sums in the
 * eyes of someone else's merge, `go tool pprof A B`. */
#include "tests/unit/proto_fixture.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "proto/merge.h"

static struct profile *merged(struct profile *a, struct profile *b) {
    const struct merge_source sources[] = {{a, 1}, {b, 1}};
    struct profile *p = NULL;
    char why[200] = "";

    assert_int_equal(profile_merge(sources, b ? 2 : 1, &p, why, sizeof(why)), 0);
    assert_int_equal(profile_check(p, why, sizeof(why)), 0);
    return p;
}

static struct profile *delta(struct profile *earlier, struct profile *later) {
    struct profile *p = NULL;
    char why[200] = "";

    assert_int_equal(profile_delta(earlier, later, 5000000000, &p, why, sizeof(why)), 0);
    assert_int_equal(profile_check(p, why, sizeof(why)), 0);
    return p;
}

/* Consumes what it compares. */
static void expect_samples(struct profile *p, size_t n, struct profile *a, struct profile *b) {
    assert_int_equal(p->n_samples, n);
    profile_free(p);
    profile_free(a);
    profile_free(b);
}

/* ---- small profiles of one sample type */

static struct profile *small_profile(void) {
    struct profile *p = profile_new();

    assert_int_equal(profile_add_sample_type(p, "samples", "count"), 0);
    return p;
}

static struct profile_mapping *map_file(struct profile *p, uint64_t start, const char *file,
                                        const char *build_id) {
    struct profile_mapping *m = profile_add_mapping(p);

    m->start = start;
    m->limit = start + 0x1000;
    m->file = profile_string(p, file);
    m->build_id = profile_string(p, build_id);
    return m;
}

static struct profile_location *locate(struct profile *p, struct profile_mapping *m,
                                       uint64_t address) {
    struct profile_location *l = profile_add_location(p);

    l->mapping = m;
    l->address = address;
    return l;
}

static struct profile_sample *sample(struct profile *p, struct profile_location *l, int64_t value) {
    struct profile_sample *s = profile_add_sample(p);

    s->values = profile_alloc(p, p->n_sample_types * sizeof(*s->values));
    s->values[0] = value;
    s->locations = profile_alloc(p, sizeof(l));
    s->locations[0] = l;
    s->n_locations = l != NULL;
    s->labels = profile_alloc(p, 4 * sizeof(*s->labels));
    return s;
}

static void label(struct profile_sample *s, const char *key, const char *str, int64_t num,
                  const char *unit) {
    s->labels[s->n_labels++] = (struct profile_label){key, str, num, unit};
}

/* ---- what is the same */

static void equal_profiles_add_up(void **state) {
    struct profile *a = full_profile(), *b = full_profile(), *p = merged(a, b);

    assert_int_equal(p->n_samples, 2);
    assert_int_equal(p->samples[0].values[0], -2);
    assert_int_equal(p->samples[0].values[1], -2); /* INT64_MAX twice: it wraps */
    assert_int_equal(p->samples[1].values[0], 10);
    assert_int_equal(p->n_mappings, 1);
    assert_int_equal(p->n_locations, 3);
    assert_int_equal(p->n_functions, 3);
    expect_samples(p, 2, a, b);
}

static void nothing_is_lost_of_a_single_source(void **state) {
    struct profile *a = full_profile(), *p = merged(a, NULL);
    const struct profile_sample *s = &p->samples[0];

    profile_free(a); /* shares nothing with it */
    assert_int_equal(s->n_locations, 3);
    assert_int_equal(s->locations[0]->address, 0x7ffff000);
    assert_true(s->locations[0]->is_folded);
    assert_null(s->locations[0]->mapping);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(s->locations[i]->id, i + 1); /* in order of first use */
        assert_ptr_equal(p->locations[i], s->locations[i]);
    }
    assert_int_equal(s->locations[1]->address, 0x401abc);
    assert_int_equal(s->locations[1]->n_lines, 2);
    assert_int_equal(s->locations[1]->lines[0].column, 11);
    assert_int_equal(s->locations[1]->lines[0].line, 7);
    assert_string_equal(s->locations[1]->lines[1].function->name, "work");
    assert_string_equal(p->functions[0]->name, "inlined");
    assert_string_equal(p->functions[0]->system_name, "_Z7inlinedv");
    assert_string_equal(p->functions[0]->filename, "inline.h");
    assert_int_equal(p->functions[0]->start_line, 3);
    assert_int_equal(s->n_labels, 2);
    assert_string_equal(s->labels[0].key, "thread");
    assert_string_equal(s->labels[0].str, "worker");
    assert_int_equal(s->labels[1].num, -4096);
    assert_string_equal(s->labels[1].num_unit, "bytes");
    assert_string_equal(p->mappings[0]->file, "/usr/bin/server");
    assert_string_equal(p->mappings[0]->build_id, "00ff11ee");
    assert_int_equal(p->mappings[0]->offset, 0x1000);
    assert_true(p->mappings[0]->has_inline_frames);
    expect_samples(p, 2, NULL, NULL);
}

static void labels_are_a_set_of_keys_with_lists(void **state) {
    static const struct {
        const char *key, *str;
        int64_t num;
        const char *unit;
    } a[] = {{"a", "1", 0, ""}, {"b", "2", 0, ""}},
      differ[][2] = {
          {{"a", "1", 0, ""}, {"b", "3", 0, ""}},     {{"a", "1", 0, ""}, {"c", "2", 0, ""}},
          {{"a", "1", 0, ""}, {"b", "", 2, ""}},      {{"a", "1", 0, ""}, {"b", "", 2, "bytes"}},
          {{"a", "1", 0, ""}, {"b", "", 3, "bytes"}}, {{"a", "1", 0, ""}, {"a", "2", 0, ""}},
          {{"a", "2", 0, ""}, {"a", "1", 0, ""}},
      };
    struct profile *p = small_profile(), *q;
    struct profile_sample *s = sample(p, NULL, 1);

    label(s, a[1].key, a[1].str, 0, "");
    label(s, a[0].key, a[0].str, 0, "");
    s = sample(p, NULL, 1); /* the same in another order */
    label(s, a[0].key, a[0].str, 0, "");
    label(s, a[1].key, a[1].str, 0, "");
    for (int i = 0; i < 2; i++) { /* strings and numbers of one key are two lists */
        s = sample(p, NULL, 1);
        for (int k = 0; k < 2; k++)
            label(s, "a", k == i ? "1" : "", k == i ? 0 : 2, "");
    }
    label(sample(p, NULL, 1), "a", "1", 0, "");
    sample(p, NULL, 1);
    for (size_t i = 0; i < sizeof(differ) / sizeof(differ[0]); i++) {
        s = sample(p, NULL, 1);
        for (size_t k = 0; k < 2; k++)
            label(s, differ[i][k].key, differ[i][k].str, differ[i][k].num, differ[i][k].unit);
    }
    q = merged(p, NULL);
    assert_int_equal(q->samples[0].values[0], 2);
    assert_string_equal(q->samples[0].labels[0].key, "b"); /* as in the source */
    expect_samples(q, p->n_samples - 2, p, NULL);
}

static void a_file_that_was_mapped_elsewhere_is_the_same(void **state) {
    struct profile *a = small_profile(), *b = small_profile(), *p;
    struct profile_mapping *in_a = map_file(a, 0x400000, "/bin/x", "aa");
    struct profile_mapping *in_b = map_file(b, 0x700000, "/other/x", "aa");

    in_b->limit -= 0x123; /* the same number of pages */
    in_a->has_functions = in_a->has_filenames = in_b->has_filenames = true;
    sample(a, locate(a, in_a, 0x400010), 1);
    sample(b, locate(b, in_b, 0x700010), 10);
    sample(b, locate(b, in_b, 0x700020), 100);
    p = merged(a, b);
    assert_int_equal(p->n_mappings, 1);
    assert_string_equal(p->mappings[0]->file, "/bin/x");
    assert_false(p->mappings[0]->has_functions);
    assert_true(p->mappings[0]->has_filenames);
    assert_int_equal(p->samples[0].values[0], 11);
    assert_int_equal(p->locations[0]->address, 0x400010);
    assert_int_equal(p->locations[1]->address, 0x400020);
    expect_samples(p, 2, a, b);
}

static void other_files_are_not(void **state) {
    struct profile *p = small_profile(), *q;
    struct profile_mapping *m;

    sample(p, locate(p, map_file(p, 0x1000, "/bin/x", "aa"), 0x1010), 1);
    sample(p, locate(p, map_file(p, 0x2000, "/bin/x", "bb"), 0x2010), 1);
    sample(p, locate(p, map_file(p, 0x3000, "/bin/x", ""), 0x3010), 1);
    sample(p, locate(p, map_file(p, 0x4000, "/bin/y", ""), 0x4010), 1);
    sample(p, locate(p, map_file(p, 0x5000, "", ""), 0x5010), 1);
    sample(p, locate(p, m = map_file(p, 0x6000, "/bin/x", "aa"), 0x6010), 1);
    m->offset = 0x1000;
    sample(p, locate(p, m = map_file(p, 0x8000, "/bin/x", "aa"), 0x8010), 1);
    m->limit++;
    sample(p, locate(p, NULL, 0x10), 1);
    q = merged(p, NULL);
    assert_int_equal(q->n_mappings, 7);
    assert_int_equal(q->n_locations, 8);
    expect_samples(q, 8, p, NULL);
}

static void locations_differ_by_each_of_their_fields(void **state) {
    struct profile *p = small_profile(), *q;
    struct profile_location *all[7];

    for (size_t i = 0; i < 7; i++) {
        all[i] = fill_location(p, NULL, 0x10, "f");
        sample(p, all[i], 1);
    }
    all[1]->is_folded = true;
    all[2]->lines[0].line++;
    all[3]->lines[0].column++;
    all[4]->lines[1].function = profile_function(p, "g", "g", "main.c", 40);
    all[5]->n_lines = 1;
    q = merged(p, NULL);
    assert_int_equal(q->samples[0].values[0], 2); /* the first and the last */
    expect_samples(q, 6, p, NULL);
}

/* ---- what is left */

static void the_first_mapping_stays_first_and_unused_ones_stay(void **state) {
    struct profile *a = small_profile(), *b = small_profile(), *p;
    struct profile_mapping *lib;

    map_file(a, 0x1000, "/bin/program", "");
    map_file(a, 0x2000, "/lib/unused", "");
    lib = map_file(a, 0x3000, "/lib/used", "");
    sample(a, locate(a, lib, 0x3010), 1);
    map_file(b, 0x5000, "/lib/new", "");
    lib = map_file(b, 0x3000, "/lib/used", "");
    sample(b, locate(b, lib, 0x3010), 1);
    p = merged(a, b);
    assert_int_equal(p->n_mappings, 4);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(p->mappings[i]->id, i + 1);
    assert_string_equal(p->mappings[0]->file, "/bin/program");
    assert_string_equal(p->mappings[1]->file, "/lib/unused");
    assert_string_equal(p->mappings[3]->file, "/lib/new");
    profile_free(p);
    p = delta(a, b); /* no samples at all */
    assert_int_equal(p->n_mappings, 4);
    assert_string_equal(p->mappings[0]->file, "/bin/program");
    expect_samples(p, 0, a, b);
}

static void what_cancels_out_leaves_nothing(void **state) {
    struct profile *a = full_profile(), *b = full_profile(), *p;

    b->samples[1].values[0] = 12;
    sample(b, fill_location(b, b->mappings[0], 0x401bbb, "fresh"), 3);
    p = delta(a, b);
    assert_int_equal(p->n_samples, 2);
    assert_int_equal(p->samples[0].values[0], 7);
    assert_int_equal(p->samples[0].values[1], 0);
    assert_int_equal(p->samples[1].values[0], 3);
    assert_int_equal(p->n_locations, 1);
    assert_int_equal(p->locations[0]->id, 1);
    assert_int_equal(p->n_functions, 2);
    /* what was left out is not found again as if it were in the profile */
    assert_non_null(profile_function(p, "work", "work", "main.c", 40));
    assert_int_equal(profile_check(p, NULL, 0), 0);
    assert_int_equal(p->n_functions, 3);
    expect_samples(p, 2, a, b);
}

static void a_delta_may_be_negative(void **state) {
    struct profile *a = small_profile(), *b = small_profile(), *p;

    sample(a, locate(a, NULL, 0x10), 7);
    sample(b, locate(b, NULL, 0x10), 3);
    p = delta(a, b);
    assert_int_equal(p->samples[0].values[0], -4);
    expect_samples(p, 1, a, b);
}

static void samples_that_are_zero_bring_nothing(void **state) {
    struct profile *a = small_profile(), *p;

    sample(a, locate(a, NULL, 0x10), 0);
    p = merged(a, NULL);
    assert_int_equal(p->n_locations, 0);
    expect_samples(p, 0, a, NULL);
}

/* ---- headers */

static void headers_join(void **state) {
    struct profile *a = full_profile(), *b = full_profile(), *p;

    a->time_nanos = 0;
    b->period *= 3;
    assert_int_equal(profile_add_comment(b, "of b"), 0);
    p = merged(a, b);
    assert_int_equal(p->time_nanos, b->time_nanos);
    assert_int_equal(p->duration_nanos, 20000000000);
    assert_int_equal(p->period, 30000000);
    assert_string_equal(p->period_type.type, "cpu");
    assert_string_equal(p->default_sample_type, "cpu");
    assert_string_equal(p->drop_frames, "malloc|free");
    assert_string_equal(p->keep_frames, "malloc_here");
    assert_string_equal(p->doc_url, "https://example.com/doc");
    assert_int_equal(p->n_comments, 3);
    assert_string_equal(p->comments[0], "first comment");
    assert_string_equal(p->comments[2], "of b");
    profile_free(p);
    p = merged(b, a);
    assert_int_equal(p->time_nanos, b->time_nanos);
    profile_free(p);
    a->time_nanos = b->time_nanos - 1;
    p = merged(b, a);
    assert_int_equal(p->time_nanos, a->time_nanos);
    expect_samples(p, 2, a, b);
}

static void a_delta_has_the_time_and_comments_of_the_later(void **state) {
    struct profile *a = full_profile(), *b = full_profile(), *p;

    b->n_comments = 0;
    assert_int_equal(profile_add_comment(b, "lost 9"), 0);
    b->time_nanos += 1000;
    p = delta(a, b);
    assert_int_equal(p->time_nanos, b->time_nanos);
    assert_int_equal(p->duration_nanos, 5000000000);
    assert_int_equal(p->n_comments, 1);
    assert_string_equal(p->comments[0], "lost 9");
    expect_samples(p, 0, a, b);
}

static void other_period(struct profile *p) {
    p->period_type.unit = "bytes";
}
static void fewer_types(struct profile *p) {
    p->n_sample_types = 1;
}
static void other_type(struct profile *p) {
    p->sample_types[1].type = "wall";
}
static void other_default(struct profile *p) {
    p->default_sample_type = "samples";
}
static void broken(struct profile *p) {
    p->samples[0].locations[1] = NULL;
}

static void types_that_differ_are_refused_with_a_line(void **state) {
    static const struct {
        void (*change)(struct profile *p);
        const char *why;
    } cases[] = {
        {other_period, "incompatible period types cpu/nanoseconds and cpu/bytes"},
        {fewer_types, "incompatible sample types: 2 and 1 of them"},
        {other_type, "incompatible sample types cpu/nanoseconds and wall/nanoseconds"},
        {other_default, "incompatible default sample types 'cpu' and 'samples'"},
        {broken, "sample has nil location"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct profile *a = full_profile(), *b = full_profile(), *p = NULL;
        const struct merge_source sources[] = {{a, 1}, {b, 1}};
        char why[200] = "";
        cases[i].change(b);
        assert_int_equal(profile_merge(sources, 2, &p, why, sizeof(why)), -EINVAL);
        assert_string_equal(why, cases[i].why);
        assert_int_equal(profile_delta(a, b, 1, &p, NULL, 0), -EINVAL);
        assert_null(p);
        profile_free(a);
        profile_free(b);
    }
}

/* ---- many */

static double seconds(void) {
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Ids and addresses that differ in their high bits only, and locations that many samples share. */
static struct profile *large_profile(size_t n) {
    struct profile *p = small_profile();

    for (size_t i = 0; i < n; i++) {
        struct profile_location *l = locate(p, NULL, (uint64_t)i << 40);
        l->id = (uint64_t)(i + 1) << 40;
        label(sample(p, l, 1), "bytes", "", (int64_t)((uint64_t)i << 40), "");
        label(sample(p, p->locations[0], 1), "bytes", "", (int64_t)((uint64_t)i << 40), "");
    }
    return p;
}

static void the_time_grows_with_the_size_only(void **state) {
    struct profile *a = large_profile(200000), *b = large_profile(200000), *p;
    double start = seconds();

    p = merged(a, b);
    assert_int_equal(p->n_locations, 200000);
    assert_true(seconds() - start < 20); /* quadratic: hours */
    expect_samples(p, 399999, a, b);
}

/* ---- someone else's merge */

static char *run(const char *format, const char *a, const char *b) {
    char command[800], *text = calloc(1, 65536);
    FILE *f;

    assert_non_null(text);
    snprintf(command, sizeof(command), format, a, b);
    f = popen(command, "r");
    assert_non_null(f);
    assert_true(fread(text, 1, 65535, f) < 65535);
    assert_int_equal(pclose(f), 0);
    return text;
}

static void go_merges_to_the_same(void **state) {
    char directory[] = "/tmp/cpprof-merge-XXXXXX", path[3][100], *ours, *theirs;
    struct profile *a = full_profile(), *b = full_profile(), *p;

    if (system("go version >/dev/null 2>&1") != 0) {
        print_message("# skipped: go is not installed\n");
        skip();
    }
    b->mappings[0]->start += 0x10000;
    b->mappings[0]->limit += 0x10000;
    for (size_t i = 0; i < 2; i++)
        b->locations[i]->address += 0x10000;
    b->samples[0].values[1] = -5;
    sample(b, fill_location(b, map_file(b, 0x900000, "/lib/b.so", "bb"), 0x900010, "late"), 3);
    p = merged(a, b);
    assert_non_null(mkdtemp(directory));
    for (size_t i = 0; i < 3; i++) {
        snprintf(path[i], sizeof(path[i]), "%s/%zu.pb.gz", directory, i);
        assert_int_equal(profile_write(i == 0 ? a : i == 1 ? b : p, path[i]), 0);
    }
    theirs = run("go tool pprof -symbolize=none -raw %s %s 2>&1", path[0], path[1]);
    ours = run("go tool pprof -symbolize=none -raw %s%s 2>&1", path[2], "");
    assert_non_null(strstr(ours, "late"));
    assert_string_equal(ours, theirs);
    free(ours);
    free(theirs);
    for (size_t i = 0; i < 3; i++)
        unlink(path[i]);
    rmdir(directory);
    expect_samples(p, 3, a, b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_profiles_add_up),
        cmocka_unit_test(nothing_is_lost_of_a_single_source),
        cmocka_unit_test(labels_are_a_set_of_keys_with_lists),
        cmocka_unit_test(a_file_that_was_mapped_elsewhere_is_the_same),
        cmocka_unit_test(other_files_are_not),
        cmocka_unit_test(locations_differ_by_each_of_their_fields),
        cmocka_unit_test(the_first_mapping_stays_first_and_unused_ones_stay),
        cmocka_unit_test(what_cancels_out_leaves_nothing),
        cmocka_unit_test(a_delta_may_be_negative),
        cmocka_unit_test(samples_that_are_zero_bring_nothing),
        cmocka_unit_test(headers_join),
        cmocka_unit_test(a_delta_has_the_time_and_comments_of_the_later),
        cmocka_unit_test(types_that_differ_are_refused_with_a_line),
        cmocka_unit_test(the_time_grows_with_the_size_only),
        cmocka_unit_test(go_merges_to_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
