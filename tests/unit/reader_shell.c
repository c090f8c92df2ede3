/* The parts of the shell: its command lines, options, shortcuts and completion. */
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
#include "reader/shell/assign.h"
#include "reader/shell/complete.h"
#include "reader/shell/request.h"

enum { MOST_WORDS = 16 };

static struct profile *p;
static struct options options;
static struct shell_request request;
static char line_copy[256], why[256];

static int make(void **state) {
    static const char *const functions[] = {"main",
                                            "parse_line",
                                            "parse_word",
                                            "operator new(unsigned long)",
                                            "std::map<int, foo>::at",
                                            "parse_line",
                                            "render"};

    p = profile_new();
    profile_add_sample_type(p, "samples", "count");
    profile_add_sample_type(p, "cpu", "nanoseconds");
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++)
        profile_add_function(p)->name = functions[i];
    return options_init(&options);
}

static int unmake(void **state) {
    options_release(&options);
    profile_free(p);
    return 0;
}

static int parse(const char *line) {
    char *words[MOST_WORDS], *rest = line_copy;
    size_t n = 0;

    snprintf(line_copy, sizeof line_copy, "%s", line);
    for (char *word; n < MOST_WORDS && (word = strsep(&rest, " "));)
        words[n++] = word;
    why[0] = '\0';
    return shell_request_parse(&request, words, n, &options, why, sizeof why);
}

static void a_line_sets_options_for_itself(void **state) {
    assert_int_equal(parse("tree 7 main -parse render -x -cum >out.txt"), 0);
    assert_string_equal(request.command->name, "tree");
    assert_null(request.argument);
    assert_int_equal(request.options.nodecount, 7);
    assert_string_equal(request.options.focus, "main|render");
    assert_string_equal(request.options.ignore, "parse|x");
    assert_string_equal(request.options.output, "out.txt");
    assert_true(request.options.sort_cum);
    shell_request_release(&request);
    assert_string_equal(options.focus, "");
    assert_int_equal(options.nodecount, -1);

    assert_int_equal(parse("traces > out --cum -3"), 0);
    assert_string_equal(request.options.output, "out");
    assert_true(request.options.sort_cum);
    assert_int_equal(request.options.nodecount, -3);
    shell_request_release(&request);
}

static void digits_may_stick_to_the_command(void **state) {
    assert_int_equal(parse("top12 -cum"), 0);
    assert_string_equal(request.command->name, "top");
    assert_int_equal(request.options.nodecount, 12);
    shell_request_release(&request);
    assert_int_equal(parse("list7 main"), 0);
    assert_string_equal(request.argument, "7");
    assert_string_equal(request.options.focus, "main");
    shell_request_release(&request);
    assert_int_equal(parse("top99999999999"), 0);
    assert_int_equal(request.options.nodecount, 10);
    assert_string_equal(request.options.focus, "99999999999");
    shell_request_release(&request);
}

static void top_shows_ten_and_tags_filters_tags(void **state) {
    assert_int_equal(parse("top"), 0);
    assert_int_equal(request.options.nodecount, 10);
    shell_request_release(&request);
    assert_int_equal(parse("tree"), 0);
    assert_int_equal(request.options.nodecount, -1);
    shell_request_release(&request);
    assert_int_equal(parse("tags a -b"), 0);
    assert_string_equal(request.options.tagfocus, "a");
    assert_string_equal(request.options.tagignore, "b");
    assert_string_equal(request.options.focus, "");
    shell_request_release(&request);
    assert_int_equal(parse("peek a b"), 0);
    assert_string_equal(request.argument, "a");
    assert_string_equal(request.options.focus, "b");
    shell_request_release(&request);
}

static void bad_lines_are_refused_in_the_words_of_pprof(void **state) {
    static const struct {
        const char *line, *why;
    } cases[] = {
        {"foo", "unrecognized command: \"foo\""},
        {"foo10", "unrecognized command: \"foo\""},
        {"10", "unrecognized command: \"10\""},
        {"sort cum", "unrecognized command: \"sort\""},
        {"a\"b", "unrecognized command: \"a\\\"b\""},
        {"focus", "did you mean: focus=<val>"},
        {"focus main", "did you mean: focus=main"},
        {"sample_index0", "did you mean: sample_index=0"},
        {"lines x", "did you mean: lines=x"},
        {"list", "command list requires an argument"},
        {"top >", "unexpected end of line after >"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(parse(cases[i].line), -EINVAL);
        assert_string_equal(why, cases[i].why);
    }
}

static void options_are_assigned(void **state) {
    static const struct {
        const char *line, *name, *value, *why;
    } cases[] = {
        {"focus=a b", "focus", "a b", ""},
        {"focus = c //: a comment", "focus", "c", ""},
        {"show=x //:y //:z", "show", "x //:y", ""},
        {"focus=a=b", "focus", "a=b", ""},
        {"focus=", "focus", "", ""},
        {"mean", "mean", "true", ""},
        {"mean=0", "mean", "false", ""},
        {"cum=1", "sort", "cum", ""},
        {"sort=flat", "sort", "flat", ""},
        {"lines=t", "granularity", "lines", ""},
        {"lines", "granularity", "lines", "unknown config field \"lines\""},
        {"lines=0", "granularity", "lines", "unknown config field \"lines\""},
        {"focus", "focus", "", "please specify a value, e.g. focus=<val>"},
        {"nodecount=x", "nodecount", "-1", "strconv.Atoi: parsing \"x\": invalid syntax"},
        {"sample_index=0", "sample_index", "samples", ""},
        {"sample_index=cpu", "sample_index", "cpu", ""},
        {"sample_index=9", "sample_index", "cpu", "sample_index 9 is outside the range [0..1]"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_true(shell_assign(p, &options, cases[i].line, why, sizeof why));
        assert_string_equal(why, cases[i].why);
        char *value = option_get(&options, option_find(cases[i].name));
        assert_string_equal(value, cases[i].value);
        free(value);
    }
    assert_false(shell_assign(p, &options, "top", why, sizeof why));
    assert_false(shell_assign(p, &options, "peek a=b", why, sizeof why));
    assert_false(shell_assign(p, &options, "", why, sizeof why));
}

static void shortcuts_stand_for_assignments(void **state) {
    static const struct {
        const char *line;
        const char *expanded[SHELL_EXPANSIONS];
    } cases[] = {
        {"cpu", {"sample_index=cpu"}},
        {"total_samples", {"mean=0", "sample_index=samples"}},
        {"mean_cpu", {"mean=1", "sample_index=cpu"}},
        {":", {"focus=", "ignore=", "hide=", "tagfocus=", "tagignore="}},
        {"total_", {NULL}},
        {"top", {NULL}},
        {"", {NULL}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *lines[SHELL_EXPANSIONS];
        size_t n = shell_expand(p, cases[i].line, lines);
        for (size_t j = 0; j < SHELL_EXPANSIONS && cases[i].expanded[j]; j++) {
            assert_true(j < n);
            assert_string_equal(lines[j], cases[i].expanded[j]);
        }
        assert_true(n == SHELL_EXPANSIONS || !cases[i].expanded[n]);
        while (n > 0)
            free(lines[--n]);
    }
}

static void the_listing_has_choices_and_defaults(void **state) {
    char *text = shell_options_text(p, &options);
    assert_non_null(strstr(text, "  sort                      = flat                 "
                                 "//: [cum | flat]\n"));
    assert_non_null(strstr(text,
                           "  granularity               = (default)            //: [addresses "
                           "| filefunctions | files | functions | lines]\n"));
    assert_non_null(strstr(text, "  sample_index              = cpu                  "
                                 "//: [samples | cpu]\n"));
    assert_non_null(
        strstr(text, "  nodecount                 = -1                   //: default\n"));
    assert_non_null(strstr(text, "  focus                     = \"\"                   \n"));
    assert_null(strstr(text, "source_path"));
    free(text);
}

static void words_are_completed(void **state) {
    static const struct {
        const char *line;
        size_t n;
        const char *first, *common;
        bool is_whole;
    } cases[] = {
        {"pee", 1, "peek", "peek", true},
        {"to", 4, "top", "to", false},
        {"tot", 2, "total_cpu", "total_", false},
        {"total_c", 1, "total_cpu", "total_cpu", false},
        {"foc", 1, "focus", "focus", false},
        {"qu", 1, "quit", "quit", false},
        {"zzz", 0, NULL, NULL, false},
        {"help gran", 1, "granularity", "granularity", true},
        {"help qu", 0, NULL, NULL, false},
        {"sort=", 2, "sort=cum", "sort=", false},
        {"sort=c", 1, "sort=cum", "sort=cum", false},
        {"trim=f", 1, "trim=false", "trim=false", false},
        {"sample_index=s", 1, "sample_index=samples", "sample_index=samples", false},
        {"focus=m", 0, NULL, NULL, false},
        {"list pars", 2, "parse_line", "parse_", false},
        {"list e_l", 1, "parse_line", "parse_line", true},
        {"list 3 -rend", 1, "render", "render", true},
        {"list line", 1, "parse_line", "parse_line", true},
        {"peek new", 1, "operator.new\\(unsigned.long\\)", "operator.new\\(unsigned.long\\)", true},
        {"peek operator.new\\(", 1, "operator.new\\(unsigned.long\\)",
         "operator.new\\(unsigned.long\\)", true},
        {"top er", 2, "operator.new\\(unsigned.long\\)", "er", false},
        {"top >ren", 0, NULL, NULL, false},
        {"tags ren", 0, NULL, NULL, false},
        {"quit ren", 0, NULL, NULL, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct completion c;
        assert_int_equal(complete_line(p, cases[i].line, &c), 0);
        if (c.n != cases[i].n)
            fail_msg("%s: %zu, %s", cases[i].line, c.n, c.n ? c.words[0] : "");
        if (c.n > 0) {
            assert_string_equal(c.words[0], cases[i].first);
            assert_string_equal(c.common, cases[i].common);
            assert_int_equal(c.is_whole, cases[i].is_whole);
        }
        completion_release(&c);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_line_sets_options_for_itself, make, unmake),
        cmocka_unit_test_setup_teardown(digits_may_stick_to_the_command, make, unmake),
        cmocka_unit_test_setup_teardown(top_shows_ten_and_tags_filters_tags, make, unmake),
        cmocka_unit_test_setup_teardown(bad_lines_are_refused_in_the_words_of_pprof, make, unmake),
        cmocka_unit_test_setup_teardown(options_are_assigned, make, unmake),
        cmocka_unit_test_setup_teardown(shortcuts_stand_for_assignments, make, unmake),
        cmocka_unit_test_setup_teardown(the_listing_has_choices_and_defaults, make, unmake),
        cmocka_unit_test_setup_teardown(words_are_completed, make, unmake),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
