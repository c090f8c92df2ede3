/* Options of the reader: the table, and values from and to text. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "reader/options.h"

static char why[256];

static int init(void **state) {
    static struct options o;
    *state = &o;
    return options_init(&o);
}

static int release(void **state) {
    options_release(*state);
    return 0;
}

static int set(struct options *o, const char *name, const char *value) {
    why[0] = '\0';
    return option_set(o, option_find(name), value, why, sizeof why);
}

static void assert_value(const struct options *o, const char *name, const char *expected) {
    char *value = option_get(o, option_find(name));
    assert_string_equal(value, expected);
    free(value);
}

static void the_table_is_sorted_and_has_a_text_for_each(void **state) {
    for (size_t i = 0; i < n_options; i++) {
        if (i > 0 && strcmp(options_table[i - 1].name, options_table[i].name) >= 0)
            fail_msg("%s is not in its place", options_table[i].name);
        assert_true((options_table[i].type == OPTION_CHOICE) == (options_table[i].choices != NULL));
        assert_true((options_table[i].help == NULL) == (options_table[i].choices != NULL));
        for (const char *const *c = options_table[i].choices; c && *c; c++)
            assert_non_null(option_help(*c));
    }
}

static void defaults_are_those_of_pprof(void **state) {
    static const struct {
        const char *name, *value;
    } cases[] = {
        {"unit", "minimum"},
        {"nodecount", "-1"},
        {"nodefraction", "0.005"},
        {"edgefraction", "0.001"},
        {"trim", "true"},
        {"divide_by", "1"},
        {"sort", "flat"},
        {"granularity", ""},
        {"focus", ""},
        {"compact_labels", "false"},
        {"sample_index", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_value(*state, cases[i].name, cases[i].value);
}

static void each_type_is_set_from_text(void **state) {
    static const struct {
        const char *name, *value, *now;
    } cases[] = {
        {"trim", "False", "false"},
        {"trim", "", "true"},
        {"trim", "n", "false"},
        {"trim", "Yes", "true"},
        {"nodecount", "20", "20"},
        {"nodecount", "-3", "-3"},
        {"nodefraction", "0.25", "0.25"},
        {"divide_by", "1e6", "1e+06"},
        {"focus", "a.*b", "a.*b"},
        {"focus", "", ""},
        {"sort", "cum", "cum"},
        {"sort", "flat", "flat"},
        {"granularity", "files", "files"},
        {"granularity", "addresses", "addresses"},
        {"granularity", "functions", "functions"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(set(*state, cases[i].name, cases[i].value), 0);
        assert_value(*state, cases[i].name, cases[i].now);
    }
}

static void what_cannot_be_set_is_refused_in_the_words_of_pprof(void **state) {
    static const struct {
        const char *name, *value, *why;
    } cases[] = {
        {"trim", "maybe", "illegal value \"maybe\" for bool variable"},
        {"nodecount", "1x", "strconv.Atoi: parsing \"1x\": invalid syntax"},
        {"nodecount", "0x1", "strconv.Atoi: parsing \"0x1\": invalid syntax"},
        {"nodecount", "99999999999999999999",
         "strconv.Atoi: parsing \"99999999999999999999\": value out of range"},
        {"nodefraction", "a", "strconv.ParseFloat: parsing \"a\": invalid syntax"},
        {"divide_by", "1e999", "strconv.ParseFloat: parsing \"1e999\": value out of range"},
        {"sort", "bad", "invalid \"sort\" value \"bad\""},
        {"granularity", "", "invalid \"granularity\" value \"\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *before = option_get(*state, option_find(cases[i].name));
        assert_int_equal(set(*state, cases[i].name, cases[i].value), -EINVAL);
        assert_string_equal(why, cases[i].why);
        assert_value(*state, cases[i].name, before);
        free(before);
    }
}

static void a_choice_finds_its_option(void **state) {
    assert_string_equal(option_find("cum")->name, "sort");
    assert_string_equal(option_find("lines")->name, "granularity");
    assert_string_equal(option_find("focus")->name, "focus");
    assert_null(option_find("nosuch"));
    assert_null(option_find(""));
    assert_null(option_help("sort"));
    assert_null(option_help("nosuch"));
}

static void a_copy_is_its_own(void **state) {
    struct options copy;
    assert_int_equal(set(*state, "focus", "before"), 0);
    assert_int_equal(options_copy(&copy, *state), 0);
    assert_int_equal(set(&copy, "focus", "after"), 0);
    assert_int_equal(set(&copy, "nodecount", "7"), 0);
    assert_value(*state, "focus", "before");
    assert_value(*state, "nodecount", "-1");
    assert_value(&copy, "focus", "after");
    options_release(&copy);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_is_sorted_and_has_a_text_for_each),
        cmocka_unit_test_setup_teardown(defaults_are_those_of_pprof, init, release),
        cmocka_unit_test_setup_teardown(each_type_is_set_from_text, init, release),
        cmocka_unit_test_setup_teardown(what_cannot_be_set_is_refused_in_the_words_of_pprof, init,
                                        release),
        cmocka_unit_test(a_choice_finds_its_option),
        cmocka_unit_test_setup_teardown(a_copy_is_its_own, init, release),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
