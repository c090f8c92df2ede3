/* Sources: where they are looked for, and what their lines are. */
#include "tests/unit/symbolize_fixture.h"

#include <limits.h>
#include <sys/stat.h>

#include "reader/code/source_open.h"
#include "reader/code/source_text.h"

static char why[2 * PATH_MAX];

/* The first word of the file that is found; "" and `why` where none is. */
static const char *found(const char *path, const char *trim_path, const char *search_path) {
    static char word[64];
    int fd = source_open(path, trim_path, search_path, why, sizeof(why));
    ssize_t n = 0;

    if (fd >= 0) {
        n = read(fd, word, sizeof(word) - 1);
        close(fd);
    }
    word[n > 0 ? n : 0] = 0;
    return word;
}

/* p/a.c, p/sub/b.c, other/a.c, each with its path in it. */
static int make_sources(void **state) {
    if (make_directory(state) != 0)
        return -1;
    return shell("mkdir -p p/sub/deep other && printf p/a.c >p/a.c && printf p/sub/b.c >p/sub/b.c "
                 "&& printf other/a.c >other/a.c");
}

static void relative_files_are_below_a_directory_or_those_it_is_in(void **state) {
    char deep[600], two[1300];

    snprintf(deep, sizeof(deep), "%s/p/sub/deep", directory);
    assert_string_equal(found("a.c", "", deep), "p/a.c");
    assert_string_equal(found("sub/b.c", "", deep), "p/sub/b.c");
    assert_string_equal(found("./x/../sub//b.c", "", deep), "p/sub/b.c");
    snprintf(two, sizeof(two), "%s/other:%s", directory, deep);
    assert_string_equal(found("a.c", "", two), "other/a.c");
    assert_string_equal(found("b.c", "", two), "p/sub/b.c");
}

static void directories_may_be_relative_or_empty(void **state) {
    char before[PATH_MAX];

    assert_non_null(getcwd(before, sizeof(before)));
    assert_int_equal(chdir(in_directory("p/sub")), 0);
    assert_string_equal(found("b.c", "", "deep"), "p/sub/b.c");
    assert_string_equal(found("b.c", "", ""), "p/sub/b.c");
    assert_string_equal(found("b.c", "", ":nowhere"), "p/sub/b.c");
    assert_string_equal(found("b.c", "", "nowhere:"), "p/sub/b.c");
    assert_string_equal(found("../a.c", "", "."), "p/a.c");
    assert_int_equal(chdir(before), 0);
}

static void absolute_files_are_where_they_are(void **state) {
    assert_string_equal(found(in_directory("p/a.c"), "", in_directory("other")), "p/a.c");
    assert_string_equal(found("/no/such/a.c", "", directory), "");
    assert_string_equal(why, "open /no/such/a.c: no such file or directory");
}

static void prefixes_of_other_machines_are_left_out(void **state) {
    char path[600];

    assert_string_equal(found("/home/you/src/a.c", "/home/you/src", in_directory("p")), "p/a.c");
    assert_string_equal(found("/home/you/src/a.c", "/x:/home/you/src/", in_directory("p")),
                        "p/a.c");
    /* without a list: all up to a directory of the same name */
    assert_string_equal(found("/home/you/p/a.c", "", in_directory("p")), "p/a.c");
    assert_string_equal(found("/proc/self/cwd/a.c", "", in_directory("p")), "p/a.c");
    assert_string_equal(found("/home/you/src/a.c", "/home/you", in_directory("p")), "");
    snprintf(path, sizeof(path), "could not find file src/a.c on path %s", in_directory("p"));
    assert_string_equal(why, path);
}

/* ---- lines */

static struct sources *sources_here(void) {
    struct sources *s = sources_new(directory, "", why, sizeof(why));

    assert_non_null(s);
    return s;
}

static void assert_text(struct sources *s, const char *file, int64_t number, const char *text) {
    struct source_line line = sources_line(s, file, number);

    if (!text) {
        assert_null(line.text);
        return;
    }
    assert_non_null(line.text);
    assert_int_equal(line.n, strlen(text));
    assert_string_equal(line.text, text);
}

static void lines_are_counted_from_one(void **state) {
    struct sources *s = sources_here();

    write_text("l.c", "one\n\r\n\tthree\r\nfour\rX\n\nlast");
    assert_text(s, "l.c", -1, NULL);
    assert_text(s, "l.c", 0, NULL);
    assert_text(s, "l.c", 1, "one");
    assert_text(s, "l.c", 2, "");
    assert_text(s, "l.c", 3, "\tthree");
    assert_text(s, "l.c", 4, "four\rX");
    assert_text(s, "l.c", 5, "");
    assert_text(s, "l.c", 6, "last");
    assert_text(s, "l.c", 7, NULL);
    assert_text(s, "l.c", INT64_MAX, NULL);
    assert_null(sources_error(s, "l.c"));
    write_text("end.c", "one\n");
    assert_text(s, "end.c", 2, NULL);
    sources_free(s);
}

static void a_line_may_have_a_nul(void **state) {
    struct sources *s = sources_here();
    struct source_line line;

    assert_int_equal(shell("printf 'a\\0b\\nc' >nul.c"), 0);
    line = sources_line(s, "nul.c", 1);
    assert_int_equal(line.n, 3);
    assert_memory_equal(line.text, "a\0b", 3);
    assert_text(s, "nul.c", 2, "c");
    sources_free(s);
}

/* As for pprof, whose reader gives up on it. */
static void a_file_ends_at_a_line_that_is_too_long(void **state) {
    struct sources *s = sources_here();

    assert_int_equal(shell("(echo 1; head -c 65535 /dev/zero | tr '\\0' x; echo; echo 3; "
                           "head -c 65536 /dev/zero | tr '\\0' x; echo; echo 5) >long.c"),
                     0);
    assert_int_equal(sources_line(s, "long.c", 2).n, 65535);
    assert_text(s, "long.c", 3, "3");
    assert_text(s, "long.c", 4, NULL);
    assert_text(s, "long.c", 5, NULL);
    sources_free(s);
}

static void what_is_no_file_has_no_lines(void **state) {
    struct sources *s = sources_here();

    assert_int_equal(mkdir(in_directory("dir.c"), 0700), 0);
    assert_int_equal(mkfifo(in_directory("fifo.c"), 0600), 0);
    assert_text(s, "dir.c", 1, NULL);
    assert_null(sources_error(s, "dir.c"));
    assert_text(s, "fifo.c", 1, NULL); /* and does not wait for a writer */
    assert_text(s, "missing.c", 1, NULL);
    assert_non_null(sources_error(s, "missing.c"));
    sources_free(s);
}

static void a_file_is_read_once(void **state) {
    struct sources *s = sources_here();

    write_text("once.c", "before\n");
    assert_text(s, "once.c", 1, "before");
    write_text("once.c", "after\n");
    write_text("twice.c", "two\n");
    assert_text(s, "twice.c", 1, "two");
    assert_text(s, "once.c", 1, "before");
    sources_free(s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(relative_files_are_below_a_directory_or_those_it_is_in),
        cmocka_unit_test(directories_may_be_relative_or_empty),
        cmocka_unit_test(absolute_files_are_where_they_are),
        cmocka_unit_test(prefixes_of_other_machines_are_left_out),
        cmocka_unit_test(lines_are_counted_from_one),
        cmocka_unit_test(a_line_may_have_a_nul),
        cmocka_unit_test(a_file_ends_at_a_line_that_is_too_long),
        cmocka_unit_test(what_is_no_file_has_no_lines),
        cmocka_unit_test(a_file_is_read_once),
    };

    return cmocka_run_group_tests(tests, make_sources, remove_directory);
}
