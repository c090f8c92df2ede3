/* `weblist`: what stands in the page. */
#include "tests/unit/reader_code_fixture.h"

static const char c_source[] = "volatile int sink;\n"
                               "static inline __attribute__((always_inline)) void inner(int a) {\n"
                               "    sink = a < 3 && a > 1; /* inner's \"line\" */\n"
                               "    __asm__ volatile(\".globl mark\\nmark: nop\");\n" /* 4 */
                               "}\n"
                               "static inline __attribute__((always_inline)) void middle(int a) {\n"
                               "\tinner(a + 1);\n" /* 7 */
                               "}\n"
                               "__attribute__((noinline)) void outer(int a) {\n"
                               "    middle(a);\n" /* 10 */
                               "}\n"
                               "int main(int argc, char **argv) {\n"
                               "    outer(argc);\n" /* 13 */
                               "    return 0;\n"
                               "}\n";

static const uint64_t base = 0x7f1234560000;

/* A sample of 7 at the mark, with the names that the symbolizer gives. */
static struct profile *of_program(void) {
    struct profile *p = empty_profile();
    struct profile_mapping *m;
    struct profile_location *l;

    write_text("a.c", c_source);
    assert_int_equal(shell("gcc -O2 -g -o a a.c"), 0);
    m = map_program(p, in_directory("a"), base);
    l = add_address(p, m, base + symbol_address("a", "mark"));
    symbolize(p);
    add_stack(p, 7, (struct profile_location *[]){l}, 1);
    return p;
}

static char *page_of(struct profile *p, const char *argument, const char *settings) {
    char why[500] = "";
    char *page = report_text_of(p, "weblist", argument, settings, why, sizeof(why));

    if (!page)
        fail_msg("%s", why);
    return page;
}

/* Whether the parts stand in it in this order. */
static void assert_in_order(const char *page, const char *const *parts) {
    const char *at = page;

    for (; *parts; parts++) {
        const char *found = strstr(at, *parts);

        if (!found)
            fail_msg("no `%s` where it belongs in:\n%s", *parts, page);
        at = found + strlen(*parts);
    }
}

static const char *source_path(void) {
    static char setting[200];

    snprintf(setting, sizeof(setting), "source_path=%s", directory);
    return setting;
}

static void inlined_calls_lead_to_the_instructions(void **state) {
    char instruction[100];
    char *page = page_of(of_program(), "outer", source_path());

    snprintf(instruction, sizeof(instruction), "         7          7 %8" PRIx64 ": ",
             symbol_address("a", "mark"));
    assert_in_order(page, (const char *[]){"<title>a</title>",
                                           "<div class=\"legend\">File: a<br>\n",
                                           "Total: 7</div>",
                                           "<h2>outer</h2>\n<p class=\"file\">",
                                           "a.c</p>",
                                           "  Total:           7          7 (flat, cum)   100%\n",
                                           "      9</span> ",
                                           "__attribute__((noinline)) void outer(int a) {",
                                           "     10</span> <span class=\"live\"",
                                           "           7          7               middle(a);",
                                           "<span class=\"code\">",
                                           "inner(a + 1);",
                                           "<span class=\"aside\">a.c:7</span>",
                                           "__asm__ volatile(&quot;.globl mark\\nmark: nop&quot;);",
                                           "<span class=\"aside\">a.c:4</span>",
                                           instruction,
                                           "nop",
                                           "<span class=\"aside\">a.c:4</span>\n",
                                           "</pre>",
                                           NULL});
    assert_has_not(page, "<h2>main</h2>");
    free(page);
}

static void each_function_of_a_stack_of_inlined_calls_can_be_asked_for(void **state) {
    char *page = page_of(of_program(), "inner", source_path());

    assert_in_order(page, (const char *[]){"<h2>inner</h2>",
                                           "sink = a &lt; 3 &amp;&amp; a &gt; 1; /* inner&#39;s "
                                           "&quot;line&quot; */",
                                           "      4</span> <span class=\"live\"",
                                           "           7          7", NULL});
    assert_has_not(page, "<h2>outer</h2>");
    free(page);
}

static void an_address_is_the_function_that_holds_it(void **state) {
    struct profile *p = of_program();
    char address[40], *page;

    snprintf(address, sizeof(address), "0x%" PRIx64, p->locations[0]->address);
    page = page_of(p, address, source_path());
    assert_has(page, "<h2>outer</h2>");
    assert_has_not(page, "<h2>inner</h2>");
    free(page);
}

static void without_objdump_there_are_the_sources(void **state) {
    struct profile *p = of_program();
    char *page;

    setenv("PPROF_TOOLS", "/nowhere", 1);
    page = page_of(p, "outer", source_path());
    unsetenv("PPROF_TOOLS");
    assert_in_order(page, (const char *[]){"<p class=\"note\">No machine code: cannot disasm: no "
                                           "objdump tool available",
                                           "<h2>outer</h2>", "           7          7",
                                           "middle(a);", NULL});
    assert_has(page, "inner(a + 1);"); /* the calls are known from the profile */
    free(page);
}

/* ---- profiles without files */

static void locations_need_no_addresses(void **state) {
    struct profile *p = empty_profile();
    struct profile_location *f = add_line(p, "f<int>", "s.c", 0, 2),
                            *g = add_line(p, "f<int>", "s.c", 0, 4);
    char *page;

    write_text("s.c", "one\ntwo <b>\nthree\nfour\n");
    add_stack(p, 1, (struct profile_location *[]){f, g}, 2);
    add_stack(p, 2, (struct profile_location *[]){g}, 1);
    page = page_of(p, "f<", source_path());
    assert_in_order(page,
                    (const char *[]){"<h2>f&lt;int&gt;</h2>\n<p class=\"file\">s.c</p>",
                                     "  Total:           3          4 (flat, cum) 133.33%\n",
                                     "      1</span> <span class=\"nop\">", "one </span>\n",
                                     "      2</span> <span class=\"dead\">           1          1 ",
                                     "two &lt;b&gt; </span>\n", "      3</span> ",
                                     "      4</span> <span class=\"dead\">           2          3 ",
                                     "four </span>\n</pre>", NULL});
    assert_has_not(page, "<span class=\"code\">");
    free(page);
}

static void lines_that_no_file_has_are_shown_if_they_have_samples(void **state) {
    struct profile *p = empty_profile();
    char *page;

    write_text("s.c", "one\n");
    add_stack(p, 1, (struct profile_location *[]){add_line(p, "f", "s.c", 0, 0)}, 1);
    add_stack(p, 2, (struct profile_location *[]){add_line(p, "f", "s.c", 0, 100)}, 1);
    page = page_of(p, "f", source_path());
    assert_in_order(page, (const char *[]){"      0</span> ",
                                           "&lt;instructions with unknown line numbers&gt; ",
                                           "    100</span> ", "??? ", NULL});
    assert_has_not(page, "    101</span>");
    free(page);
}

static void functions_are_cut_where_they_are_apart(void **state) {
    struct profile *p = empty_profile();
    FILE *f = fopen(in_directory("s.c"), "w");
    char *page;

    assert_non_null(f);
    for (int i = 1; i <= 100; i++)
        fprintf(f, "source %d\n", i);
    fclose(f);
    add_stack(p, 1, (struct profile_location *[]){add_line(p, "f", "s.c", 0, 10)}, 1);
    add_stack(p, 1, (struct profile_location *[]){add_line(p, "f", "s.c", 0, 30)}, 1); /* near */
    add_stack(p, 1, (struct profile_location *[]){add_line(p, "g", "s.c", 0, 34)}, 1);
    add_stack(p, 1, (struct profile_location *[]){add_line(p, "g", "s.c", 0, 55)}, 1); /* far */
    page = page_of(p, "f|g", source_path());
    /* five lines around, or half of what is between */
    assert_in_order(page,
                    (const char *[]){"<h2>f</h2>", "source 5 ", "source 20 ", "source 31 ",
                                     "</pre>", "<h2>g</h2>", "source 33 ", "source 39 ", "</pre>",
                                     "<h2>g</h2>", "source 50 ", "source 60 ", "</pre>", NULL});
    assert_has_not(page, "source 4 ");
    assert_has_not(page, "source 40 ");
    assert_has_not(page, "source 49 ");
    assert_has_not(page, "source 61 ");
    free(page);
}

static void nothing_that_matches_is_an_error(void **state) {
    struct profile *p = empty_profile();

    add_stack(p, 1, (struct profile_location *[]){add_line(p, "f", "s.c", 0, 1)}, 1);
    assert_no_report(p, "weblist", "nothing", "", "no matches found for regexp: nothing");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(inlined_calls_lead_to_the_instructions),
        cmocka_unit_test(each_function_of_a_stack_of_inlined_calls_can_be_asked_for),
        cmocka_unit_test(an_address_is_the_function_that_holds_it),
        cmocka_unit_test(without_objdump_there_are_the_sources),
        cmocka_unit_test(locations_need_no_addresses),
        cmocka_unit_test(lines_that_no_file_has_are_shown_if_they_have_samples),
        cmocka_unit_test(functions_are_cut_where_they_are_apart),
        cmocka_unit_test(nothing_that_matches_is_an_error),
    };

    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
