/* What exports are written with: escapes, fields, packages, colours, the reading of collapsed
 * stacks. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/profile.h"
#include "reader/export/emit.h"
#include "reader/export/export.h"
#include "reader/export/index.h"
#include "reader/export/package.h"
#include "reader/export/table.h"

/* What `write` writes of `s`. */
static void assert_written(void write(FILE *, const char *), const char *s, const char *wanted) {
    char *text = NULL;
    size_t n;
    FILE *to = open_memstream(&text, &n);

    write(to, s);
    fclose(to);
    assert_string_equal(text, wanted);
    free(text);
}

static void json_strings_are_valid(void **state) {
    assert_written(emit_json_string, "", "\"\"");
    assert_written(emit_json_string, "a \"b\" \\ \n\t\x01\x7f",
                   "\"a \\\"b\\\" \\\\ \\n\\t\\u0001\\u007f\"");
    assert_written(emit_json_string, "</script>", "\"\\u003c/script>\"");
    assert_written(emit_json_string, "\xe2\x88\x91 \xf0\x9f\x94\xa5",
                   "\"\xe2\x88\x91 \xf0\x9f\x94\xa5\"");
    assert_written(emit_json_string, "\xe2\x80\xa8\xe2\x80\xa9", "\"\\u2028\\u2029\"");
}

/* The replacement character stands for each byte that begins nothing: overlong forms, surrogates,
 * what is above U+10FFFF, sequences that end early. */
static void bytes_that_are_no_utf8_are_replaced(void **state) {
#define R "\xef\xbf\xbd"
    assert_written(emit_json_string,
                   "a\xff"
                   "b",
                   "\"a" R "b\"");
    assert_written(emit_json_string, "\xc0\xaf", "\"" R R "\"");
    assert_written(emit_json_string, "\xed\xa0\x80", "\"" R R R "\"");
    assert_written(emit_json_string, "\xf4\x90\x80\x80", "\"" R R R R "\"");
    assert_written(emit_json_string, "\xe2\x88", "\"" R R "\"");
    assert_written(emit_xml, "\x80<", R "&lt;");
    assert_written(emit_csv_field, "\xfe,", "\"" R ",\"");
}

static void csv_fields_are_quoted_where_they_have_to_be(void **state) {
    assert_written(emit_csv_field, "plain text", "plain text");
    assert_written(emit_csv_field, "a,b", "\"a,b\"");
    assert_written(emit_csv_field, "a\"b", "\"a\"\"b\"");
    assert_written(emit_csv_field, "a\nb", "\"a\nb\"");
    assert_written(emit_csv_field, "", "");
}

static void xml_has_no_markup(void **state) {
    assert_written(emit_xml, "<a href=\"x\">'&'</a>",
                   "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;");
    assert_written(emit_xml, "\x01\xef\xbf\xbf", R R);
}

static void clip_to_three(FILE *to, const char *s) {
    emit_xml_clipped(to, s, 3);
}

static void names_are_clipped_by_characters(void **state) {
    assert_written(clip_to_three, "abc", "abc");
    assert_written(clip_to_three, "a&cd", "a&amp;\xe2\x80\xa6");
    assert_written(clip_to_three, "\xe2\x88\x91\xe2\x88\x91\xe2\x88\x91\xe2\x88\x91",
                   "\xe2\x88\x91\xe2\x88\x91\xe2\x80\xa6");
}

static void write_numbers(FILE *to, const char *separator) {
    const int64_t numbers[] = {0, 7, -7, 1234567890123, INT64_MAX, INT64_MIN};

    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        emit_int(to, numbers[i]);
        fputs(separator, to);
    }
}

static void numbers_are_decimal(void **state) {
    assert_written(write_numbers, ",",
                   "0,7,-7,1234567890123,9223372036854775807,-9223372036854775808,");
}

static void write_fields(FILE *to, const char *form) {
    const struct field fields[] = {
        field_string("s", "a,\"b\""), field_int("i", INT64_MIN),      field_percent("p", 1, 3),
        field_percent("none", 1, 0),  field_address("a", UINT64_MAX), field_address("zero", 0),
        field_ratio("r", -3, 2),
    };
    size_t n = sizeof fields / sizeof fields[0];

    if (strcmp(form, "json") == 0) {
        struct json j = {.to = to};
        json_open_list(&j, NULL);
        json_object(&j, fields, n);
        json_object(&j, fields, 1);
        json_close_all(&j);
    } else {
        csv_header(to, fields, n);
        csv_fields(to, fields, n);
    }
}

static void fields_are_written_in_both_forms(void **state) {
    assert_written(
        write_fields, "json",
        "[\n{\"s\":\"a,\\\"b\\\"\",\"i\":-9223372036854775808,\"p\":33.3333,\"none\":null,"
        "\"a\":\"0xffffffffffffffff\",\"zero\":\"\",\"r\":-1.5},\n"
        "{\"s\":\"a,\\\"b\\\"\"}]\n");
    assert_written(write_fields, "csv",
                   "s,i,p,none,a,zero,r\r\n"
                   "\"a,\"\"b\"\"\",-9223372036854775808,33.3333,,0xffffffffffffffff,,-1.5\r\n");
}

static void assert_package(const char *function, const char *package) {
    size_t n = package_length(function);
    assert_int_equal(n, strlen(package));
    assert_memory_equal(function, package, n);
}

static void packages_are_told_by_names(void **state) {
    assert_package("main", "");
    assert_package("runtime.mallocgc", "runtime");
    assert_package("net/http.(*conn).serve", "net/http");
    assert_package("github.com/a/b.c", "github.com/a/b");
    assert_package("std::vector<int>::push_back", "std");
    assert_package("core::ptr::drop_in_place", "core");
    assert_package("parse.part.0", "");
    assert_package("parse.cold", "");
    assert_package("fun.1234", "");
    assert_package("(anonymous namespace)::f", "");
    assert_package("::f", "");
    assert_package("", "");
}

static void colours(void **state) {
    assert_int_equal(hsl_colour(0, 100, 50), 0xff0000);
    assert_int_equal(hsl_colour(120, 100, 50), 0x00ff00);
    assert_int_equal(hsl_colour(240, 100, 50), 0x0000ff);
    assert_int_equal(hsl_colour(359, 0, 100), 0xffffff);
    assert_in_range(group_hue("libc.so.6"), 0, 359);
    uint32_t more = diff_colour(1, 2), less = diff_colour(2, 1), same = diff_colour(5, 5);
    assert_true((more >> 16) > (more >> 8 & 0xff) + 40);
    assert_true((less >> 8 & 0xff) > (less >> 16) + 40);
    assert_int_equal(same >> 16, same & 0xff);
    assert_int_equal(diff_colour(0, 0), same);
}

static bool same_number(const void *elements, uint32_t number, const void *key) {
    return ((const uint64_t *)elements)[number] == *(const uint64_t *)key;
}

/* Also when all hashes are the same. */
static void index_finds_what_was_added(void **state) {
    enum { N = 1000 };
    static uint64_t elements[N];

    for (int worst = 0; worst < 2; worst++) {
        struct index x = {0};
        for (uint32_t i = 0; i < N; i++) {
            elements[i] = i * UINT64_C(0x9e3779b97f4a7c15);
            uint64_t hash = worst ? 7 : elements[i];
            assert_int_equal(index_find_or_add(&x, hash, same_number, elements, &elements[i], i),
                             i);
        }
        for (uint32_t i = 0; i < N; i++) {
            uint64_t hash = worst ? 7 : elements[i];
            assert_int_equal(index_find_or_add(&x, hash, same_number, elements, &elements[i], N),
                             i);
        }
        assert_int_equal(x.n, N);
        index_release(&x);
    }
}

/* ---- collapsed stacks */

static struct profile *parsed(const char *text) {
    struct profile *p = NULL;
    char why[256] = "";
    int err = folded_parse(text, strlen(text), &p, why, sizeof why);

    assert_string_equal(why, "");
    assert_int_equal(err, 0);
    assert_int_equal(profile_check(p, why, sizeof why), 0);
    return p;
}

static void stacks_are_read_root_first(void **state) {
    struct profile *p = parsed("main;a b;c 12\n\n# note\nmain;c -3\r\nmain 0");
    const struct profile_sample *s = p->samples;

    assert_int_equal(p->n_samples, 3);
    assert_int_equal(p->n_locations, 3);
    assert_string_equal(p->sample_types[0].type, "samples");
    assert_string_equal(p->sample_types[0].unit, "count");
    assert_int_equal(s[0].n_locations, 3);
    assert_string_equal(s[0].locations[0]->lines[0].function->name, "c");
    assert_string_equal(s[0].locations[1]->lines[0].function->name, "a b");
    assert_string_equal(s[0].locations[2]->lines[0].function->name, "main");
    assert_int_equal(s[0].values[0], 12);
    assert_int_equal(s[1].values[0], -3);
    assert_ptr_equal(s[1].locations[0], s[0].locations[0]);
    assert_int_equal(s[2].values[0], 0);
    profile_free(p);
}

static void many_names_are_kept_apart(void **state) {
    char *text = NULL;
    size_t n;
    FILE *to = open_memstream(&text, &n);
    for (int i = 0; i < 3000; i++)
        fprintf(to, "main;f%d;f%d 1\n", i, (i * 7) % 3000);
    fclose(to);
    struct profile *p = parsed(text);
    assert_int_equal(p->n_samples, 3000);
    assert_int_equal(p->n_locations, 3001);
    profile_free(p);
    free(text);
}

static void assert_refused(const char *text, size_t n, const char *wanted) {
    struct profile *p = NULL;
    char why[256] = "";

    assert_int_equal(folded_parse(text, n, &p, why, sizeof why), -EINVAL);
    assert_string_equal(why, wanted);
    assert_null(p);
}

static void what_is_no_stack_is_refused(void **state) {
#define REFUSED(text, wanted) assert_refused(text, sizeof(text) - 1, "folded stacks: " wanted)
    REFUSED("a;b 1\na;b\n", "line 2: no number at its end");
    REFUSED("a;b1", "line 1: no number at its end");
    REFUSED("12", "line 1: no number at its end");
    REFUSED(" 12", "line 1: no number at its end");
    REFUSED("a;b 1.5", "line 1: no number at its end");
    REFUSED("a;b 9223372036854775808", "line 1: no number at its end");
    REFUSED("a;;b 1", "line 1: a frame without name");
    REFUSED(";a 1", "line 1: a frame without name");
    REFUSED("a; 1", "line 1: a frame without name");
    REFUSED("a;b\0c 1", "line 1: a control character");
    REFUSED("a;\x1b[1mb 1", "line 1: a control character");
    REFUSED("hello 12\nworld 3\n", "line 2: no line has two frames");
    REFUSED("", "line 0: no line has two frames");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_strings_are_valid),
        cmocka_unit_test(bytes_that_are_no_utf8_are_replaced),
        cmocka_unit_test(csv_fields_are_quoted_where_they_have_to_be),
        cmocka_unit_test(xml_has_no_markup),
        cmocka_unit_test(names_are_clipped_by_characters),
        cmocka_unit_test(numbers_are_decimal),
        cmocka_unit_test(fields_are_written_in_both_forms),
        cmocka_unit_test(packages_are_told_by_names),
        cmocka_unit_test(colours),
        cmocka_unit_test(index_finds_what_was_added),
        cmocka_unit_test(stacks_are_read_root_first),
        cmocka_unit_test(many_names_are_kept_apart),
        cmocka_unit_test(what_is_no_stack_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
