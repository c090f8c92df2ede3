/* Names of JIT code: whose map is trusted, and which line names an address. */
#include "tests/unit/symbolize_fixture.h"

#include <errno.h>
#include <sys/stat.h>

#include "symbolize/perf_map.h"

enum { MAX_NAMES = 16 };

/* Looks the addresses up in a map. */
static char *look_up(const char *map, const uint64_t *addresses, size_t n,
                     const char *names[MAX_NAMES]) {
    char *text = strdup(map);

    memset(names, 0, MAX_NAMES * sizeof(*names));
    assert_int_equal(perf_map_lookup(text, strlen(map), addresses, n, names), 0);
    return text;
}

static void an_address_has_the_name_of_its_range(void **state) {
    static const uint64_t addresses[] = {0xfff, 0x1000, 0x100f, 0x1010, 0x2000};
    const char *names[MAX_NAMES];
    char *text = look_up("1000 10 LazyCompile:*work /a b.js:3:1\n2000 1 last", addresses, 5, names);

    assert_null(names[0]);
    assert_string_equal(names[1], "LazyCompile:*work /a b.js:3:1");
    assert_ptr_equal(names[2], names[1]);
    assert_null(names[3]);
    assert_string_equal(names[4], "last");
    free(text);
}

static void a_later_line_overrides(void **state) {
    static const uint64_t addresses[] = {0x1000, 0x1010, 0x1020, 0x1030};
    const char *names[MAX_NAMES];
    char *text = look_up("1000 40 old\n1010 10 new\n0x1020 0x10 newer\n", addresses, 4, names);

    assert_string_equal(names[0], "old");
    assert_string_equal(names[1], "new");
    assert_string_equal(names[2], "newer");
    assert_string_equal(names[3], "old");
    free(text);
}

static void lines_that_make_no_sense_are_skipped(void **state) {
    static const uint64_t addresses[] = {0x1000, UINT64_MAX - 1};
    const char *names[MAX_NAMES];
    char *text = look_up("\n1000\n1000 10\n1000 10 \n -1 10 x\nzz 10 x\n1000 zz x\n1000 0 x\n"
                         "fffffffffffffff0 ffffffffffffffff top\n1000\t10\tx\n",
                         addresses, 2, names);

    assert_null(names[0]);
    assert_string_equal(names[1], "top");
    free(text);
}

static void a_name_ends_at_a_control_character(void **state) {
    static const uint64_t addresses[] = {0x1000};
    const char *names[MAX_NAMES];
    char *text = look_up("1000 10 a\r\n", addresses, 1, names);

    assert_string_equal(names[0], "a");
    free(text);
}

static void random_bytes_neither_crash_nor_hang(void **state) {
    static const char letters[] = "0123456789abcdef    \n\n\nxyz\r\t";
    enum { BYTES = 2000 };
    uint64_t addresses[200];
    const char *names[200];

    for (uint64_t i = 0; i < 200; i++)
        addresses[i] = i * 37;
    srand(5);
    for (int round = 0; round < 2000; round++) {
        char *text = malloc(BYTES + 1);

        for (int i = 0; i < BYTES; i++)
            text[i] = letters[(size_t)rand() % sizeof(letters)];
        text[BYTES] = 0;
        memset(names, 0, sizeof(names));
        assert_int_equal(perf_map_lookup(text, BYTES, addresses, 200, names), 0);
        free(text);
    }
}

/* ---- whose map */

static int read_map(const char *name, uid_t owner) {
    char *text = NULL;
    size_t n = 0;
    int rc = perf_map_read(in_directory(name), owner, &text, &n);

    assert_true((rc == 0) == (text != NULL));
    free(text);
    return rc;
}

static void only_a_trusted_regular_file_is_read(void **state) {
    write_text("map", "1000 10 a\n");
    assert_int_equal(read_map("map", 0), 0);
    assert_int_equal(read_map("none", 0), -ENOENT);
    assert_int_equal(shell("ln -sf map link && mkdir -p dir && rm -f fifo && mkfifo fifo"), 0);
    assert_int_equal(read_map("link", 0), -ELOOP);
    assert_int_equal(read_map("dir", 0), -EINVAL);
    assert_int_equal(read_map("fifo", 0), -EINVAL);
    assert_int_equal(shell("truncate -s 300M large"), 0);
    assert_int_equal(read_map("large", 0), -EFBIG);
}

static void a_map_of_somebody_else_is_not_read(void **state) {
    write_text("map", "1000 10 a\n");
    if (chown(in_directory("map"), 12345, (gid_t)-1) != 0) {
        print_message("# skipped: not root\n");
        skip();
    }
    assert_int_equal(read_map("map", 0), -EPERM);
    assert_int_equal(read_map("map", 12345), 0); /* the profiled process's owner */
}

/* ---- in a profile */

static struct profile *jit_profile(const char *file) {
    struct profile *p = empty_profile();
    struct profile_mapping *m = NULL;

    if (file) {
        m = profile_add_mapping(p);
        m->start = 0x1000;
        m->limit = 0x3000;
        m->file = file;
    }
    add_address(p, m, 0x2004);
    add_address(p, m, 0x1004);
    return p;
}

static void addresses_in_no_file_are_named_by_the_map(void **state) {
    static const char *const files[] = {NULL, "", "//anon", "/memfd:jit (deleted)", "[heap]"};
    char path[700];
    struct symbolize_options options = {.perf_map = path};

    write_text("jit", "1000 10 first\n2000 10 _ZN6second1fEv\n");
    snprintf(path, sizeof(path), "%s", in_directory("jit"));
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        struct profile *p = jit_profile(files[i]);

        symbolize_with(p, &options);
        assert_no_comment(p);
        assert_line(p->locations[1], 0, "first", "", 0);
        assert_line(p->locations[0], 0, "_ZN6second1fEv", "", 0);
        profile_free(p);
    }
}

static void the_map_is_that_of_the_pid_in_the_comments(void **state) {
    struct profile *p = jit_profile(NULL);
    char path[64], comment[64];
    FILE *f;

    perf_map_path(path, sizeof(path), (long)getpid());
    f = fopen(path, "wx");
    assert_non_null(f);
    fputs("1000 10 first\n", f);
    fclose(f);
    profile_add_comment(p, "# cpprof: version 1");
    snprintf(comment, sizeof(comment), "# cpprof: pid %d", (int)getpid());
    profile_add_comment(p, comment);
    symbolize(p);
    unlink(path);
    assert_line(p->locations[1], 0, "first", "", 0);
    assert_int_equal(p->locations[0]->n_lines, 0);
    assert_true(has_comment(p, "no name for 1 of 2 addresses"));
    profile_free(p);
}

static void what_has_no_map_is_said(void **state) {
    struct profile *p = jit_profile(NULL);
    struct symbolize_options options = {.perf_map = "/nonexistent/map"};

    symbolize(p);
    assert_true(has_comment(p, "cpprof: 2 addresses in no file, not symbolized"));
    symbolize_with(p, &options);
    assert_true(has_comment(p, "/nonexistent/map: No such file or directory"));
    profile_free(p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_has_the_name_of_its_range),
        cmocka_unit_test(a_later_line_overrides),
        cmocka_unit_test(lines_that_make_no_sense_are_skipped),
        cmocka_unit_test(a_name_ends_at_a_control_character),
        cmocka_unit_test(random_bytes_neither_crash_nor_hang),
        cmocka_unit_test(only_a_trusted_regular_file_is_read),
        cmocka_unit_test(a_map_of_somebody_else_is_not_read),
        cmocka_unit_test(addresses_in_no_file_are_named_by_the_map),
        cmocka_unit_test(the_map_is_that_of_the_pid_in_the_comments),
        cmocka_unit_test(what_has_no_map_is_said),
    };

    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
