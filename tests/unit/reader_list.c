/* `list`: which lines of which files are shown, and what is said where there are none. What go tool
 * pprof says of the same is compared in tests/reader. */
#include "tests/unit/reader_code_fixture.h"

#include "reader/code/highlight.h"

/* Lines `1` to `n`. */
static void write_lines(const char *name, int n) {
    FILE *f = fopen(in_directory(name), "w");

    assert_non_null(f);
    for (int i = 1; i <= n; i++)
        fprintf(f, "line %d\n", i);
    assert_int_equal(fclose(f), 0);
}

/* work at lines 20 (flat) and 23, called by main at line 3. */
static struct profile *of_work(int64_t start_line) {
    struct profile *p = empty_profile();
    struct profile_location *caller = add_line(p, "main", "/build/other/m.c", 0, 3);
    struct profile_location *leaf = add_line(p, "work", "/build/other/a.c", start_line, 20);
    struct profile_location *inner = add_line(p, "work", "/build/other/a.c", start_line, 23);

    add_stack(p, 2, (struct profile_location *[]){leaf, caller}, 2);
    add_stack(p, 3, (struct profile_location *[]){leaf, inner, caller}, 3);
    return p;
}

/* Settings that make /build/other/X the file X of the test's directory. */
static const char *here(void) {
    static char settings[200];

    snprintf(settings, sizeof(settings), "trim_path=/build/other source_path=%s", directory);
    return settings;
}

static void lines_with_samples_are_shown_with_some_around(void **state) {
    write_lines("a.c", 100);
    assert_report(of_work(0), "list", "work", here(),
                  "Total: 5\n"
                  "ROUTINE ======================== work in a.c\n"
                  "         5          8 (flat, cum) 160.00% of Total\n"
                  "         .          .     15:line 15\n"
                  "         .          .     16:line 16\n"
                  "         .          .     17:line 17\n"
                  "         .          .     18:line 18\n"
                  "         .          .     19:line 19\n"
                  "         5          5     20:line 20\n"
                  "         .          .     21:line 21\n"
                  "         .          .     22:line 22\n"
                  "         .          3     23:line 23\n"
                  "         .          .     24:line 24\n"
                  "         .          .     25:line 25\n"
                  "         .          .     26:line 26\n"
                  "         .          .     27:line 27\n"
                  "         .          .     28:line 28\n");
}

static void a_function_is_shown_from_its_first_line(void **state) {
    write_lines("a.c", 21);
    assert_report(of_work(19), "list", "work", here(),
                  "Total: 5\n"
                  "ROUTINE ======================== work in a.c\n"
                  "         5          8 (flat, cum) 160.00% of Total\n"
                  "         .          .     19:line 19\n"
                  "         5          5     20:line 20\n"
                  "         .          .     21:line 21\n");
}

static void functions_are_sorted_by_name_and_file(void **state) {
    write_lines("a.c", 1);
    write_lines("m.c", 4);
    assert_report(of_work(0), "list", "a|o", here(),
                  "Total: 5\n"
                  "ROUTINE ======================== main in m.c\n"
                  "         0          5 (flat, cum)   100% of Total\n"
                  "         .          .      1:line 1\n"
                  "         .          .      2:line 2\n"
                  "         .          5      3:line 3\n"
                  "         .          .      4:line 4\n"
                  "ROUTINE ======================== work in a.c\n"
                  "         5          8 (flat, cum) 160.00% of Total\n");
}

static void a_function_may_be_in_two_files(void **state) {
    struct profile *p = empty_profile();

    write_lines("a.c", 1);
    write_lines("b.c", 1);
    add_stack(p, 1, (struct profile_location *[]){add_line(p, "f", "b.c", 0, 1)}, 1);
    add_stack(p, 2, (struct profile_location *[]){add_line(p, "f", "a.c", 0, 1)}, 1);
    add_stack(p, 4, (struct profile_location *[]){add_line(p, "f", "", 0, 1)}, 1);
    assert_report(p, "list", "f", here(),
                  "Total: 7\n"
                  "ROUTINE ======================== f in a.c\n"
                  "         2          2 (flat, cum) 28.57% of Total\n"
                  "         2          2      1:line 1\n"
                  "ROUTINE ======================== f in b.c\n"
                  "         1          1 (flat, cum) 14.29% of Total\n"
                  "         1          1      1:line 1\n");
}

static void what_is_missing_is_said(void **state) {
    struct profile *p = empty_profile();
    char expected[500];

    add_stack(p, 1, (struct profile_location *[]){add_line(p, "f", "", 0, 1)}, 1);
    add_stack(p, 1, (struct profile_location *[]){add_line(p, "g", "no/such.c", 0, 1)}, 1);
    add_stack(p, 2, (struct profile_location *[]){add_line(p, "h", "/no/such/dir/a.c", 0, 1)}, 1);
    snprintf(expected, sizeof(expected),
             "Total: 4\n"
             "No source information for f\n"
             "ROUTINE ======================== g in no/such.c\n"
             "         1          1 (flat, cum) 25.00%% of Total\n"
             " Error: could not find file no/such.c on path %s\n"
             "ROUTINE ======================== h in /no/such/dir/a.c\n"
             "         2          2 (flat, cum) 50.00%% of Total\n"
             " Error: open /no/such/dir/a.c: no such file or directory\n",
             directory);
    assert_report(p, "list", "f|g|h", here(), expected);
    assert_no_report(of_work(0), "list", "nothing", here(), "no matches found for regexp: nothing");
}

/* ---- colours */

static void assert_colours(const char *file, const char *lines, const char *expected) {
    struct highlight h = highlight_of(file);
    char *text = NULL;
    size_t n = 0;
    FILE *to = open_memstream(&text, &n);

    while (*lines) {
        size_t line = strcspn(lines, "\n");

        highlight_line(&h, lines, line, to);
        lines += line;
        if (*lines) {
            putc('\n', to);
            lines++;
        }
    }
    fclose(to);
    for (char *c = text; *c; c++) /* to read them more easily */
        if (*c == '\033')
            *c = '~';
    assert_string_equal(text, expected);
    free(text);
}

static void words_strings_numbers_and_comments_have_colours(void **state) {
    assert_colours("a.c", "#include <a.h>\nif (x1 == 0x1f) s = \"a\\\"b\"; // if",
                   "~[33m#include~[0m <a.h>\n"
                   "~[36mif~[0m (x1 == ~[35m0x1f~[0m) s = ~[32m\"a\\\"b\"~[0m; ~[90m// if~[0m");
    assert_colours("a.rs", "fn f<'a>(c: &'a str) -> 'x'",
                   "~[36mfn~[0m f<'a>(c: &'a str) -> ~[32m'x'~[0m");
    assert_colours("a.txt", "if (1) \"x\"", "if (1) \"x\"");
    assert_colours("no/dot", "if", "if");
}

static void comments_and_strings_go_over_lines(void **state) {
    assert_colours("a.cc", "a /* b\nc */ d", "a ~[90m/* b~[0m\n~[90mc */~[0m d");
    assert_colours("a.go", "a := `b\nif` + 1.5", "a := ~[32m`b~[0m\n~[32mif`~[0m + ~[35m1.5~[0m");
    assert_colours("a.c", "'", "'");
    assert_colours("a.c", "\"open\\", "~[32m\"open\\~[0m");
}

static void what_is_no_terminal_has_no_colours(void **state) {
    FILE *f = fopen("/dev/null", "w"), *terminal = fopen("/dev/ptmx", "w");

    assert_false(highlight_wanted(f));
    if (terminal && isatty(fileno(terminal))) {
        setenv("TERM", "xterm", 1);
        unsetenv("NO_COLOR");
        assert_true(highlight_wanted(terminal));
        setenv("NO_COLOR", "1", 1);
        assert_false(highlight_wanted(terminal));
        unsetenv("NO_COLOR");
        setenv("TERM", "dumb", 1);
        assert_false(highlight_wanted(terminal));
    }
    if (terminal)
        fclose(terminal);
    fclose(f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_with_samples_are_shown_with_some_around),
        cmocka_unit_test(a_function_is_shown_from_its_first_line),
        cmocka_unit_test(functions_are_sorted_by_name_and_file),
        cmocka_unit_test(a_function_may_be_in_two_files),
        cmocka_unit_test(what_is_missing_is_said),
        cmocka_unit_test(words_strings_numbers_and_comments_have_colours),
        cmocka_unit_test(comments_and_strings_go_over_lines),
        cmocka_unit_test(what_is_no_terminal_has_no_colours),
    };

    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
