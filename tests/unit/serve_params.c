/* Parameters of requests: as net/http reads them, and strconv their numbers. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collector/serve/form.h"
#include "collector/serve/params.h"

static void the_first_of_a_name_counts(void **state) {
    static const struct {
        const char *query, *form, *value; /* NULL: there is none */
    } cases[] = {
        {"", NULL, NULL},           {"x=1", NULL, NULL},
        {"n=1", NULL, "1"},         {"x=2&n=1&n=3", NULL, "1"},
        {"n=", NULL, ""},           {"n", NULL, ""},
        {"nn=1", NULL, NULL},       {"N=1", NULL, NULL},
        {"&&n=1&", NULL, "1"},      {"n=1=2", NULL, "1=2"},
        {"%6e=%31", NULL, "1"},     {"n=a+b%2Bc", NULL, "a b+c"},
        {"n=%zz", NULL, NULL},      {"n=%zz&n=1", NULL, "1"},
        {"n=%3", NULL, NULL},       {"n=1;x=2", NULL, NULL},
        {"n=1;x=2&n=3", NULL, "3"}, {"n=1%00", NULL, "1\1"},
        {"n=%0d%0a", NULL, "\1\1"}, {"n=1", "n=2", "2"},
        {"n=1", "", "1"},           {"n=1", "x=2", "1"},
        {"n=1", "n=%zz", "1"},      {"n=01234567890123456789", NULL, "\1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct params p = {.query = cases[i].query, .form = cases[i].form};
        char value[16];
        bool found = param_value(&p, "n", value, sizeof value);
        assert_int_equal(found, cases[i].value != NULL);
        assert_string_equal(value, cases[i].value ? cases[i].value : "");
    }
}

static void a_long_value_is_no_value(void **state) {
    size_t n = 1 << 20;
    char *query = malloc(n + 3), value[16];
    memset(query, 'a', n + 2);
    memcpy(query, "n=", 2);
    query[n + 2] = '\0';
    const struct params p = {.query = query, .form = query};
    assert_true(param_value(&p, "n", value, sizeof value));
    assert_string_equal(value, "\1");
    free(query);
}

static void numbers_are_read_as_go_does(void **state) {
    static const struct {
        const char *s;
        int err;
        int64_t n;
    } cases[] = {
        {"", -EINVAL, 0},
        {"0", 0, 0},
        {"1", 0, 1},
        {"+1", 0, 1},
        {"-1", 0, -1},
        {"007", 0, 7},
        {"1x", -EINVAL, 0},
        {" 1", -EINVAL, 0},
        {"1 ", -EINVAL, 0},
        {"0x1", -EINVAL, 0},
        {"1_0", -EINVAL, 0},
        {"1.0", -EINVAL, 0},
        {"+", -EINVAL, 0},
        {"--1", -EINVAL, 0},
        {"9223372036854775807", 0, INT64_MAX},
        {"9223372036854775808", -ERANGE, INT64_MAX},
        {"99999999999999999999999", -ERANGE, INT64_MAX},
        {"-9223372036854775808", 0, INT64_MIN},
        {"-9223372036854775809", -ERANGE, INT64_MIN},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t n = 42;
        assert_int_equal(parse_decimal(cases[i].s, &n), cases[i].err);
        assert_true(n == cases[i].n);
    }
}

static void addresses_have_any_base(void **state) {
    static const struct {
        const char *s;
        uint64_t n;
    } cases[] = {
        {"1_000", 1000},
        {"0x_1f", 31},
        {"0_17", 15},
        {"_1", 0},
        {"1_", 0},
        {"1__0", 0},
        {"0x1_g", 0},
        {"", 0},
        {"0", 0},
        {"0x10", 16},
        {"0X1f", 31},
        {"0b11", 3},
        {"0o17", 15},
        {"017", 15},
        {"18", 18},
        {"0x", 0},
        {"0xg", 0},
        {"08", 0},
        {"-1", 0},
        {"1.5", 0},
        {"12a", 0},
        {" 1", 0},
        {"0xffffffffffffffff", UINT64_MAX},
        {"0x10000000000000000", UINT64_MAX},
        {"18446744073709551616", UINT64_MAX},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_true(parse_address(cases[i].s, strlen(cases[i].s)) == cases[i].n);
    assert_true(parse_address("0x12+0x34", 4) == 0x12);
}

static void multipart_forms_come_last(void **state) {
    static const struct {
        const char *type, *body, *query, *value; /* NULL: no form, or none in it */
    } cases[] = {
        {"multipart/form-data; boundary=xx",
         "--xx\r\nContent-Disposition: form-data; name=\"n\"\r\n\r\n1\r\n--xx--\r\n", "", "1"},
        {"multipart/form-data; boundary=\"x x\"",
         "--x x\r\nContent-Disposition: form-data; name=\"n\"\r\n\r\n1\r\n--x x--\r\n", "", "1"},
        {"multipart/form-data; boundary=xx",
         "--xx\r\nContent-Disposition: form-data; name=\"n\"\r\n\r\n1\r\n--xx--\r\n", "n=2", "2"},
        {"multipart/form-data; boundary=xx",
         "--xx\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n&n=3\r\n--xx\r\n"
         "Content-Type: text/plain\r\nContent-Disposition: form-data; "
         "name=\"n\"\r\n\r\n1\r\n--xx--",
         "", "1"},
        {"multipart/form-data; boundary=xx",
         "--xx\r\nContent-Disposition: form-data; name=\"n\"; filename=\"f\"\r\n\r\n1\r\n--xx--",
         "", NULL},
        {"multipart/form-data; boundary=xx", "--xx\r\nContent-Disposition: form-data; name=\"n", "",
         NULL},
        {"multipart/form-data; boundary=xx", "--xx\r\n\r\n1\r\n--xx", "", NULL},
        {"multipart/form-data; boundary=xx", "", "", NULL},
        {"multipart/form-data", "--\r\n", "", NULL},
        {"multipart/form-data; boundary=", "--\r\n", "", NULL},
        {"multipart/form-data; boundary=\"x", "--x\r\n", "", NULL},
        {"multipart/mixed; boundary=xx",
         "--xx\r\nContent-Disposition: form-data; name=\"n\"\r\n\r\n1\r\n--xx--", "", NULL},
        {NULL, "n=1", "", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char value[16];
        char *parts = form_of_multipart(cases[i].type, cases[i].body, strlen(cases[i].body));
        const struct params p = {.query = cases[i].query, .parts = parts};
        assert_int_equal(param_value(&p, "n", value, sizeof value), cases[i].value != NULL);
        if (cases[i].value)
            assert_string_equal(value, cases[i].value);
        free(parts);
    }
    assert_true(form_is_urlencoded("application/x-www-form-urlencoded; charset=utf-8"));
    assert_true(form_is_urlencoded("Application/X-WWW-Form-Urlencoded"));
    assert_false(form_is_urlencoded("application/x-www-form-urlencodedx"));
    assert_false(form_is_urlencoded(NULL));
}

static void what_is_escaped_is_decoded(void **state) {
    char out[8];
    assert_int_equal(percent_decode("a%2Fb", 5, false, out, sizeof out), 3);
    assert_string_equal(out, "a/b");
    assert_int_equal(percent_decode("a+b", 3, false, out, sizeof out), 3);
    assert_string_equal(out, "a+b");
    assert_int_equal(percent_decode("%", 1, false, out, sizeof out), -1);
    assert_int_equal(percent_decode("%4", 2, false, out, sizeof out), -1);
    assert_int_equal(percent_decode("%4g", 3, false, out, sizeof out), -1);
    assert_int_equal(percent_decode("%41", 2, false, out, sizeof out), -1);
    assert_int_equal(percent_decode("12345678", 8, false, out, sizeof out), -1);
    assert_int_equal(percent_decode("1234567", 7, false, out, sizeof out), 7);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_of_a_name_counts),  cmocka_unit_test(a_long_value_is_no_value),
        cmocka_unit_test(numbers_are_read_as_go_does), cmocka_unit_test(addresses_have_any_base),
        cmocka_unit_test(multipart_forms_come_last),   cmocka_unit_test(what_is_escaped_is_decoded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
