/* Numbers and quotes as Go's strconv has them; the expected values are Go's. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "reader/strconv.h"

static void integers_are_read_in_go_notation(void **state) {
    static const struct {
        const char *s;
        int base, bits, err;
        int64_t value;
    } cases[] = {
        {"0", 10, 64, 0, 0},
        {"-12", 10, 64, 0, -12},
        {"+5", 10, 64, 0, 5},
        {"010", 10, 64, 0, 10},
        {"", 10, 64, -EINVAL, 0},
        {"-", 10, 64, -EINVAL, 0},
        {" 1", 10, 64, -EINVAL, 0},
        {"1 ", 10, 64, -EINVAL, 0},
        {"1_0", 10, 64, -EINVAL, 0},
        {"0x10", 10, 64, -EINVAL, 0},
        {"9223372036854775807", 10, 64, 0, INT64_MAX},
        {"9223372036854775808", 10, 64, -ERANGE, INT64_MAX},
        {"-9223372036854775808", 10, 64, 0, INT64_MIN},
        {"-9223372036854775809", 10, 64, -ERANGE, INT64_MIN},
        {"99999999999999999999999", 10, 64, -ERANGE, INT64_MAX},
        {"2147483647", 10, 32, 0, INT32_MAX},
        {"2147483648", 10, 32, -ERANGE, INT32_MAX},
        {"-2147483648", 10, 32, 0, INT32_MIN},
        {"0x1F", 0, 64, 0, 31},
        {"-0x10", 0, 64, 0, -16},
        {"010", 0, 64, 0, 8},
        {"0o17", 0, 64, 0, 15},
        {"0b101", 0, 64, 0, 5},
        {"00", 0, 64, 0, 0},
        {"08", 0, 64, -EINVAL, 0},
        {"0b12", 0, 64, -EINVAL, 0},
        {"0x", 0, 64, -EINVAL, 0},
        {"1_000", 0, 64, 0, 1000},
        {"0x_1", 0, 64, 0, 1},
        {"_1", 0, 64, -EINVAL, 0},
        {"1__0", 0, 64, -EINVAL, 0},
        {"1_", 0, 64, -EINVAL, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t value;
        int err = strconv_int(cases[i].s, cases[i].base, cases[i].bits, &value);
        if (err != cases[i].err || (err != -EINVAL && value != cases[i].value))
            fail_msg("%s: %d, %lld", cases[i].s, err, (long long)value);
    }
}

static void floats_are_read_in_go_notation(void **state) {
    static const struct {
        const char *s;
        int err;
        double value;
    } cases[] = {
        {"1", 0, 1},        {"-2.5", 0, -2.5},      {".5", 0, .5},         {"5.", 0, 5},
        {"1e3", 0, 1000},   {"1E-3", 0, .001},      {"0x1p-2", 0, .25},    {"0x_1p3", 0, 8},
        {"1_000", 0, 1000}, {"1_0.5", 0, 10.5},     {"1e400", -ERANGE, 0}, {"", -EINVAL, 0},
        {"1e", -EINVAL, 0}, {"0x1", -EINVAL, 0},    {" 1", -EINVAL, 0},    {"1 ", -EINVAL, 0},
        {"_1", -EINVAL, 0}, {"1__0", -EINVAL, 0},   {"1_", -EINVAL, 0},    {"-nan", -EINVAL, 0},
        {"x", -EINVAL, 0},  {"nan(1)", -EINVAL, 0}, {"1e-400", 0, 0},
    };
    double value;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int err = strconv_float(cases[i].s, &value);
        if (err != cases[i].err || (err == 0 && value != cases[i].value))
            fail_msg("%s: %d, %g", cases[i].s, err, value);
    }
    assert_int_equal(strconv_float("+Infinity", &value), 0);
    assert_true(isinf(value) && value > 0);
    assert_int_equal(strconv_float("nan", &value), 0);
    assert_true(isnan(value));
}

static void bools_are_those_of_go(void **state) {
    bool value;
    assert_int_equal(strconv_bool("T", &value), 0);
    assert_true(value);
    assert_int_equal(strconv_bool("False", &value), 0);
    assert_false(value);
    assert_int_equal(strconv_bool("", &value), -EINVAL);
    assert_int_equal(strconv_bool("yes", &value), -EINVAL);
}

static void floats_are_written_with_the_fewest_digits(void **state) {
    static const struct {
        double value;
        const char *text;
    } cases[] = {
        {0, "0"},
        {1, "1"},
        {-1.5, "-1.5"},
        {0.005, "0.005"},
        {0.0001, "0.0001"},
        {0.00001, "1e-05"},
        {0.1 + 0.2, "0.30000000000000004"},
        {100000, "100000"},
        {1000000, "1e+06"},
        {1234567, "1.234567e+06"},
        {123456, "123456"},
        {1e100, "1e+100"},
        {INFINITY, "+Inf"},
        {-INFINITY, "-Inf"},
    };
    char text[STRCONV_FLOAT_BYTES];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(strconv_format_float(cases[i].value, text), cases[i].text);
}

static void what_cannot_be_printed_is_escaped(void **state) {
    static const struct {
        const char *s, *quoted;
    } cases[] = {
        {"", "\"\""},
        {"a b", "\"a b\""},
        {"\"\\", "\"\\\"\\\\\""},
        {"\a\b\f\n\r\t\v", "\"\\a\\b\\f\\n\\r\\t\\v\""},
        {"\x01\x7f", "\"\\x01\\x7f\""},
        {"\xc3\xa9\xe2\x80\xa6", "\"\xc3\xa9\xe2\x80\xa6\""},
        {"\xff\xc3(", "\"\\xff\\xc3(\""},
        {"\xe2\x80", "\"\\xe2\\x80\""},
        {"\xc2\x85\xc2\xa0", "\"\\u0085\\u00a0\""},
        {"\xed\xa0\x80", "\"\\xed\\xa0\\x80\""},
        {"\xf0\x9f\x98\x80", "\"\xf0\x9f\x98\x80\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *quoted = strconv_quote(cases[i].s);
        assert_string_equal(quoted, cases[i].quoted);
        free(quoted);
    }
}

static void errors_begin_in_lower_case(void **state) {
    char text[STRCONV_ERROR_BYTES];
    assert_string_equal(strconv_error(-ENOENT, text), "no such file or directory");
    assert_string_equal(strconv_error(EACCES, text), "permission denied");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_are_read_in_go_notation),
        cmocka_unit_test(floats_are_read_in_go_notation),
        cmocka_unit_test(bools_are_those_of_go),
        cmocka_unit_test(floats_are_written_with_the_fewest_digits),
        cmocka_unit_test(what_cannot_be_printed_is_escaped),
        cmocka_unit_test(errors_begin_in_lower_case),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
