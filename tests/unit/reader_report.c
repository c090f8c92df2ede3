/* Reports, beside what `go tool pprof` (1.26) says of the same profile:
 * tests/unit/reader_report/NAME is its output. With WRITE_PROFILE=FILE in the environment the
 * profile is written there, and nothing tested:
 *
 *     WRITE_PROFILE=x.pb.gz build/tests/unit/reader_report; TZ=UTC go tool pprof -top x.pb.gz */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "reader/report/report.h"

static const char goldens[] = "tests/unit/reader_report/";

/* ---- a profile with something of everything */

static struct profile_location *add_location(struct profile *p, uint64_t address, size_t n,
                                             const char *const *names, const int *lines) {
    struct profile_location *l = profile_add_location(p);

    l->address = address;
    l->mapping = p->mappings[address < 0x7f0000000000 ? 0 : 1];
    l->lines = profile_alloc(p, (n + 1) * sizeof(*l->lines));
    l->n_lines = n;
    for (size_t i = 0; i < n; i++) {
        char file[64];
        snprintf(file, sizeof(file), "/src/project/./%c.cc", names[i][0]);
        l->lines[i].function = profile_function(p, names[i], i ? names[i] : "_Zsystem", file, 3);
        l->lines[i].line = lines[i];
        l->lines[i].column = lines[i] % 3;
    }
    return l;
}

static void add_label(struct profile *p, struct profile_sample *s, const char *key,
                      const char *text, int64_t number, const char *unit) {
    s->labels[s->n_labels++] = (struct profile_label){.key = profile_string(p, key),
                                                      .str = profile_string(p, text),
                                                      .num = number,
                                                      .num_unit = profile_string(p, unit)};
}

/* Locations by their place in the profile, leaf first, up to a negative one. */
static struct profile_sample *add_sample(struct profile *p, const int *stack, int64_t count,
                                         int64_t bytes) {
    struct profile_sample *s = profile_add_sample(p);

    while (stack[s->n_locations] >= 0)
        s->n_locations++;
    s->locations = profile_alloc(p, (s->n_locations + 1) * sizeof(struct profile_location *));
    for (size_t i = 0; i < s->n_locations; i++)
        s->locations[i] = p->locations[stack[i]];
    s->values = profile_alloc(p, 2 * sizeof(*s->values));
    s->values[0] = count;
    s->values[1] = bytes;
    s->labels = profile_alloc(p, 8 * sizeof(*s->labels));
    return s;
}

static void add_header(struct profile *p) {
    struct profile_mapping *m = profile_add_mapping(p);

    profile_add_sample_type(p, "objects", "count");
    profile_add_sample_type(p, "space", "bytes");
    p->default_sample_type = profile_string(p, "space");
    p->period_type.type = profile_string(p, "space");
    p->period_type.unit = profile_string(p, "bytes");
    p->period = 524288;
    p->time_nanos = 1700000000123456789;
    p->duration_nanos = 61500000000;
    p->doc_url = profile_string(p, "https://example.org/doc");
    profile_add_comment(p, "a remark");
    profile_add_comment(p, "#for tools");
    m->start = 0x400000;
    m->limit = 0x500000;
    m->file = profile_string(p, "/usr/bin/ser\"vice");
    m->build_id = profile_string(p, "abcdef0123");
    m->has_functions = m->has_filenames = m->has_line_numbers = true;
    m = profile_add_mapping(p);
    m->start = 0x7f0000000000;
    m->limit = 0x7f0000100000;
    m->offset = 0x1000;
    m->file = profile_string(p, "/usr/lib/libother.so.1");
}

static struct profile *new_profile(void) {
    struct profile *p = profile_new();
    struct profile_sample *s;

    assert_non_null(p);
    add_header(p);
    add_location(p, 0x401000, 1, (const char *[]){"main"}, (int[]){10});
    add_location(p, 0x401100, 2, (const char *[]){"app::Inner::leaf(int)", "app::Outer::call"},
                 (int[]){5, 77});
    add_location(p, 0x401200, 1, (const char *[]){"b\"[...]x.y"}, (int[]){0});
    add_location(p, 0x7f0000001000, 0, NULL, NULL);
    add_location(p, 0x401104, 1, (const char *[]){"app::Outer::call"}, (int[]){78});
    for (int i = 0; i < 7; i++) {
        s = add_sample(p, (int[]){1, 2, 0, -1}, 1 + i, (1 + i) * 1000);
        add_label(p, s, "bytes", "", 16 << (2 * i), "");
        if (i % 2)
            add_label(p, s, "thread", i > 3 ? "w\303\266rker" : "main", 0, "");
    }
    s = add_sample(p, (int[]){3, 1, 4, 2, 2, 0, -1}, 3, 123456);
    add_label(p, s, "zone", "x", 0, "");
    add_label(p, s, "zone", "y", 0, "");
    add_label(p, s, "thread", "main", 0, "");
    add_label(p, s, "waited", "", 5000000, "nanoseconds");
    add_sample(p, (int[]){4, 0, -1}, 2, 5000000);
    add_sample(p, (int[]){0, -1}, 1, 10);
    add_sample(p, (int[]){2, 0, -1}, 1, -700);
    add_sample(p, (int[]){-1}, 1, 9);
    return p;
}

/* ---- reports of it */

static char *slurp(const char *name) {
    char path[256], *text = calloc(1, 1 << 16);
    FILE *f;

    snprintf(path, sizeof(path), "%s%s", goldens, name);
    f = fopen(path, "r");
    if (!f)
        fail_msg("%s: %s", path, strerror(errno));
    assert_in_range(fread(text, 1, (1 << 16) - 1, f), 1, (1 << 16) - 2);
    fclose(f);
    return text;
}

struct how {
    const char *golden, *command;
    enum report_format format;
    const char *argument;
    const char *options[6]; /* name, value, ... */
};

/* The report as text, malloc'ed; NULL with the reason in `why` if there is none. */
static char *report(const struct how *how, char *why, size_t why_bytes) {
    struct profile *p = new_profile();
    struct options o;
    struct report *r = NULL;
    char *text = NULL;
    size_t n;
    FILE *to = open_memstream(&text, &n);
    int err;

    assert_non_null(to);
    assert_int_equal(options_init(&o), 0);
    for (size_t i = 0; i < 6 && how->options[i]; i += 2)
        assert_int_equal(
            option_set(&o, option_find(how->options[i]), how->options[i + 1], why, why_bytes), 0);
    err = report_new(p, how->command, how->format, how->argument, &o, &r, why, why_bytes);
    err = err ? err : report_write(r, to, why, why_bytes);
    report_free(r);
    options_release(&o);
    profile_free(p);
    fclose(to);
    if (err == 0)
        return text;
    assert_string_equal(text, ""); /* nothing half */
    free(text);
    return NULL;
}

static void texts_are_those_of_go(void **state) {
    static const struct how cases[] = {
        {"top", "top", REPORT_TEXT, NULL, {0}},
        {"top_cum", "top", REPORT_TEXT, NULL, {"sort", "cum", "nodecount", "3"}},
        {"top_lines", "top", REPORT_TEXT, NULL, {"granularity", "lines", "unit", "kb"}},
        {"top_mean", "top", REPORT_TEXT, NULL, {"mean", "true", "divide_by", "3"}},
        {"top_compact",
         "top",
         REPORT_TEXT,
         NULL,
         {"compact_labels", "true", "nodefraction", "0.1"}},
        {"tree", "tree", REPORT_TREE, NULL, {0}},
        {"peek", "peek", REPORT_TREE, "Outer|main", {0}},
        {"traces", "traces", REPORT_TRACES, NULL, {0}},
        {"traces_addresses",
         "traces",
         REPORT_TRACES,
         NULL,
         {"granularity", "addresses", "showcolumns", "true", "sample_index", "0"}},
        {"raw", "raw", REPORT_RAW, NULL, {0}},
        {"tags", "tags", REPORT_TAGS, NULL, {0}},
        {"comments", "comments", REPORT_COMMENTS, NULL, {0}},
        {"callgrind", "callgrind", REPORT_CALLGRIND, NULL, {0}},
        {"dot", "dot", REPORT_DOT, NULL, {"nodefraction", "0", "edgefraction", "0"}},
        {"dot_tree", "dot", REPORT_DOT, NULL, {"call_tree", "true", "nodecount", "3"}},
    };
    char why[256] = "";

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *expected = slurp(cases[i].golden), *text = report(&cases[i], why, sizeof(why));
        if (!text || strcmp(text, expected) != 0)
            fail_msg("%s: %s\n%s", cases[i].golden, why, text ? text : "");
        free(expected);
        free(text);
    }
}

static void refusals_are_those_of_go(void **state) {
    static const struct {
        struct how how;
        const char *why;
    } cases[] = {
        {{NULL, "peek", REPORT_TREE, "nothing", {0}}, "no matches found for regexp: nothing"},
        {{NULL, "top", REPORT_TEXT, NULL, {"divide_by", "0"}}, "zero divisor specified"},
        {{NULL, "peek", REPORT_TREE, "(", {0}},
         "parsing argument regexp (: error parsing regexp: missing closing ): `(`"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char why[256] = "";
        assert_null(report(&cases[i].how, why, sizeof(why)));
        assert_string_equal(why, cases[i].why);
    }
}

static void a_profile_of_no_types_has_no_report(void **state) {
    struct profile *p = profile_new();
    struct options o;
    struct report *r = NULL;
    char why[128] = "";

    assert_int_equal(options_init(&o), 0);
    assert_int_equal(report_new(p, "top", REPORT_TEXT, NULL, &o, &r, why, sizeof(why)), -EINVAL);
    assert_string_equal(why, "profile has no samples");
    assert_null(r);
    options_release(&o);
    profile_free(p);
}

/* proto and topproto are read again. */
static struct profile *report_profile(const char *command, enum report_format format,
                                      const char *divide_by) {
    struct profile *p = new_profile(), *out = NULL;
    struct options o;
    struct report *r = NULL;
    char why[256] = "", *bytes = NULL;
    size_t n;
    FILE *to = open_memstream(&bytes, &n);

    assert_int_equal(options_init(&o), 0);
    assert_int_equal(option_set(&o, option_find("divide_by"), divide_by, why, sizeof(why)), 0);
    assert_int_equal(report_new(p, command, format, NULL, &o, &r, why, sizeof(why)), 0);
    assert_int_equal(report_write(r, to, why, sizeof(why)), 0);
    fclose(to);
    assert_int_equal(profile_decode(bytes, n, NULL, &out, why, sizeof(why)), 0);
    free(bytes);
    report_free(r);
    options_release(&o);
    profile_free(p);
    return out;
}

static void a_profile_is_written_divided(void **state) {
    struct profile *p = report_profile("proto", REPORT_PROTO, "2");

    assert_int_equal(p->n_samples, 12);
    assert_int_equal(p->samples[2].values[0], 1);
    assert_int_equal(p->samples[2].values[1], 1500);
    assert_int_equal(p->locations[1]->address, 0x401100);
    profile_free(p);
}

static void the_top_is_written_as_a_profile(void **state) {
    struct profile *p = report_profile("topproto", REPORT_TOPPROTO, "1");

    assert_int_equal(p->n_sample_types, 2);
    assert_string_equal(p->sample_types[0].type, "cum");
    assert_string_equal(p->sample_types[1].type, "flat");
    assert_string_equal(p->sample_types[0].unit, "B");
    assert_int_equal(p->n_samples, 5);
    assert_string_equal(p->samples[0].locations[0]->lines[0].function->name, "app::Outer::call");
    assert_int_equal(p->samples[0].values[1], 5000000);
    assert_int_equal(p->duration_nanos, 61500000000);
    profile_free(p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_those_of_go),
        cmocka_unit_test(refusals_are_those_of_go),
        cmocka_unit_test(a_profile_of_no_types_has_no_report),
        cmocka_unit_test(a_profile_is_written_divided),
        cmocka_unit_test(the_top_is_written_as_a_profile),
    };
    const char *write_to = getenv("WRITE_PROFILE");

    setenv("TZ", "UTC", 1);
    if (write_to)
        return profile_write(new_profile(), write_to) == 0 ? 0 : 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
