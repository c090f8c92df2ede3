/* Values and units: what google/pprof's measurement package makes of them. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "reader/measure.h"

static void values_are_scaled_between_units_of_a_kind(void **state) {
    static const struct {
        int64_t value;
        const char *from, *to;
        double scaled;
        const char *unit;
    } cases[] = {
        {1, "s", "ms", 1000, "ms"},
        {1, "kb", "b", 1024, "B"},
        {1, "kbyte", "b", 1024, "B"},
        {1, "kilobyte", "b", 1024, "B"},
        {1, "mb", "kb", 1024, "kB"},
        {1, "gigabyte", "mb", 1024, "MB"},
        {1, "terabyte", "gb", 1024, "GB"},
        {1, "petabyte", "tb", 1024, "TB"},
        {1, "microsecond", "ns", 1000, "ns"},
        {1, "hour", "second", 3600, "s"},
        {2, "Bytes", "auto", 2, "B"},
        {0, "seconds", "auto", 0, "s"},
        {999, "NANOSECONDS", "auto", 999, "ns"},
        {1000, "ns", "minimum", 1, "us"},
        {-90, "s", "ms", -90000, "ms"},
        {7200, "seconds", "auto", 2, "hrs"},
        {2000, "microgcu", "auto", 2, "m*GCU"},
        /* what the kind does not know is written in its default unit */
        {3, "ms", "bytes", 0.003, "s"},
        {3, "kb", "ms", 3072, "B"},
        /* and what no kind knows, as it is */
        {5, "count", "auto", 5, ""},
        {5, "samples", "minimum", 5, ""},
        {5, "widgets", "count", 5, ""},
        {5, "widgets", "boxes", 5, "boxes"},
        /* two bytes and an s: the plural of nothing that is known */
        {5, "\u03bcs", "auto", 5, ""},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *unit = NULL;
        double scaled = measure_scale(cases[i].value, cases[i].from, cases[i].to, &unit);
        if (fabs(scaled - cases[i].scaled) > 1e-9 * fabs(cases[i].scaled) ||
            strcmp(unit, cases[i].unit) != 0)
            fail_msg("%ld %s in %s: %f %s", (long)cases[i].value, cases[i].from, cases[i].to,
                     scaled, unit);
    }
}

static void labels_have_two_digits_or_none(void **state) {
    static const struct {
        int64_t value;
        const char *from, *to, *text;
    } cases[] = {
        {0, "bytes", "auto", "0"},
        {1536, "bytes", "auto", "1.50kB"},
        {1024, "bytes", "auto", "1kB"},
        {-1536, "bytes", "kb", "-1.50kB"},
        {1, "bytes", "mb", "0"},
        {-1, "bytes", "mb", "0"},
        {6000, "bytes", "mb", "0.01MB"},
        {123456789, "nanoseconds", "s", "0.12s"},
        {123456789, "nanoseconds", "ms", "123.46ms"},
        {42, "count", "minimum", "42"},
        {42, "", "auto", "42"},
        {INT64_MAX, "count", "auto", "9223372036854775808"},
        {INT64_MIN, "count", "auto", "-9223372036854775808"},
    };
    char text[MEASURE_LABEL_BYTES];

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_string_equal(measure_label(cases[i].value, cases[i].from, cases[i].to, text),
                            cases[i].text);
}

static void a_unit_of_any_length_is_cut(void **state) {
    char unit[200], text[MEASURE_LABEL_BYTES];

    memset(unit, 'x', sizeof(unit) - 1);
    unit[sizeof(unit) - 1] = '\0';
    measure_label(5, "other", unit, text);
    assert_int_equal(strlen(text), MEASURE_LABEL_BYTES - 1);
}

static void percentages_are_five_wide(void **state) {
    static const struct {
        int64_t value, total;
        const char *text;
    } cases[] = {
        {0, 100, "    0%"},      {5, 0, "    0%"},         {100, 100, "  100%"},
        {9996, 10000, "  100%"}, {9994, 10000, "99.94%"},  {10005, 10000, "  100%"},
        {101, 100, "101.00%"},   {25, 1000, " 2.50%"},     {-25, 1000, " 2.50%"},
        {1, 100, " 1.00%"},      {99, 10000, " 0.99%"},    {5, 1000, "  0.5%"},
        {1, 3000, "0.033%"},     {1, 100000000, "1e-06%"}, {300, 100, "300.00%"},
    };
    char text[MEASURE_LABEL_BYTES];

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_string_equal(measure_percentage(cases[i].value, cases[i].total, text),
                            cases[i].text);
}

static void kinds_are_told_apart(void **state) {
    assert_true(measure_compatible("ms", "hours"));
    assert_true(measure_compatible("widgets", "widgets"));
    assert_false(measure_compatible("ms", "kb"));
    assert_false(measure_compatible("widgets", "boxes"));
    assert_true(measure_is_time("Nanoseconds"));
    assert_false(measure_is_time("bytes"));
    assert_true(measure_factor("ms", "us") == 1000);
    assert_true(measure_factor("us", "ms") < 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_scaled_between_units_of_a_kind),
        cmocka_unit_test(labels_have_two_digits_or_none),
        cmocka_unit_test(a_unit_of_any_length_is_cut),
        cmocka_unit_test(percentages_are_five_wide),
        cmocka_unit_test(kinds_are_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
