/* Paths as text, beside what Go's path/filepath makes of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "reader/paths.h"

static void paths_are_cleaned_as_by_go(void **state) {
    static const char *const cases[][2] = {
        {"", "."},
        {"abc", "abc"},
        {"abc/def", "abc/def"},
        {"a/b/c", "a/b/c"},
        {".", "."},
        {"..", ".."},
        {"../..", "../.."},
        {"../../abc", "../../abc"},
        {"/abc", "/abc"},
        {"/", "/"},
        {"abc/", "abc"},
        {"abc/def/", "abc/def"},
        {"a/b/c/", "a/b/c"},
        {"./", "."},
        {"../", ".."},
        {"../../", "../.."},
        {"/abc/", "/abc"},
        {"abc//def//ghi", "abc/def/ghi"},
        {"//abc", "/abc"},
        {"///abc", "/abc"},
        {"//abc//", "/abc"},
        {"abc//", "abc"},
        {"abc/./def", "abc/def"},
        {"/./abc/def", "/abc/def"},
        {"abc/.", "abc"},
        {"abc/def/..", "abc"},
        {"abc/def/ghi/../jkl", "abc/def/jkl"},
        {"abc/def/../ghi/../jkl", "abc/jkl"},
        {"abc/def/../..", "."},
        {"/abc/def/../..", "/"},
        {"abc/def/../../..", ".."},
        {"/abc/def/../../..", "/"},
        {"abc/def/../../../ghi/jkl/../../../mno", "../../mno"},
        {"/../abc", "/abc"},
        {"a/../b:/../../c", "../c"},
        {"abc/./../def", "def"},
        {"abc//./../def", "def"},
        {"abc/../../././../def", "../../def"},
        {".hidden/x", ".hidden/x"},
    };
    char out[64];

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        size_t n = path_clean(cases[i][0], out);
        if (strcmp(out, cases[i][1]) != 0 || n != strlen(out))
            fail_msg("\"%s\": \"%s\"", cases[i][0], out);
        if (path_is_clean(cases[i][0]) && strcmp(cases[i][0], cases[i][1]) != 0)
            fail_msg("\"%s\" is taken to be clean", cases[i][0]);
        strcpy(out, cases[i][0]);
        path_clean(out, out);
        assert_string_equal(out, cases[i][1]);
    }
    assert_true(path_is_clean("/usr/lib/x.c"));
}

static void the_base_is_the_last_element(void **state) {
    static const char *const cases[][2] = {
        {"", "."},    {"/", "/"},     {"//", "/"}, {"abc", "abc"},
        {"a/b", "b"}, {"/a/b/", "b"}, {".", "."},  {"x.c//", "x.c"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        size_t n;
        const char *base = path_base(cases[i][0], &n);
        assert_int_equal(n, strlen(cases[i][1]));
        assert_memory_equal(base, cases[i][1], n);
    }
}

static void trimming_takes_prefixes_off(void **state) {
    static const struct {
        const char *path, *trim, *source, *trimmed;
    } cases[] = {
        {"/a/b/c.c", "", "", "/a/b/c.c"},
        {"/proc/self/cwd/x.c", "", "", "x.c"},
        {"/proc/self/cwd/./x.c", "", "", "x.c"},
        {"/proc/self/cwd/x.c", "/other", "", "x.c"},
        {"/a/b/c.c", "/a", "", "b/c.c"},
        {"/a/b/c.c", "/a/", "", "b/c.c"},
        {"/a/b/c.c", "/x:/a/b", "", "c.c"},
        {"/ab/c.c", "/a", "", "/ab/c.c"},
        {"/a/b/c.c", "/x:", "", "a/b/c.c"},
        /* below a directory of that name, unless -trim_path is given */
        {"/build/project/src/c.c", "", "/home/me/project", "src/c.c"},
        {"/build/project/src/c.c", "", "/home/me/project/", "src/c.c"},
        {"/build/project/src/c.c", "", "/x:/home/me/src", "c.c"},
        {"/build/project/src/c.c", "/build", "/home/me/project", "project/src/c.c"},
        {"/build/projects/c.c", "", "/home/me/project", "/build/projects/c.c"},
        {"project/c.c", "", "/home/me/project", "project/c.c"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_string_equal(path_trim(cases[i].path, cases[i].trim, cases[i].source),
                            cases[i].trimmed);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_are_cleaned_as_by_go),
        cmocka_unit_test(the_base_is_the_last_element),
        cmocka_unit_test(trimming_takes_prefixes_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
