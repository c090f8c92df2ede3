/* `cpprof symbolize`: files in, files out, exit statuses, and one clear line for what is no
 * profile. */
#include "tests/unit/symbolize_fixture.h"

#include <getopt.h>
#include <sys/stat.h>

#include "collector/commands.h"

static const uint64_t base = 0x7f1234560000;

/* Runs the command on up to three arguments; what it says on stderr goes to `errors`. */
static char errors[4096];

static int run(const char *a, const char *b, const char *c) {
    char *argv[] = {"symbolize", (char *)a, (char *)b, (char *)c, NULL};
    int argc = 1, status, kept = dup(STDERR_FILENO);
    int out = open(in_directory("stderr"), O_RDWR | O_CREAT | O_TRUNC, 0600);
    ssize_t n;

    while (argv[argc])
        argc++;
    fflush(stderr);
    dup2(out, STDERR_FILENO);
    optind = 0; /* glibc: begin anew */
    status = cmd_symbolize(argc, argv);
    fflush(stderr);
    dup2(kept, STDERR_FILENO);
    n = pread(out, errors, sizeof(errors) - 1, 0);
    errors[n > 0 ? n : 0] = 0;
    close(out);
    close(kept);
    return status;
}

static size_t error_lines(void) {
    size_t n = 0;

    for (const char *c = errors; *c; c++)
        n += *c == '\n';
    return n;
}

/* A raw profile of a small program, as the agent writes it. */
static void write_raw(const char *name) {
    struct profile *p = empty_profile();
    struct profile_sample *sample;

    write_text("m.c", "int main(void) {\n    return 0;\n}\n");
    assert_int_equal(shell("gcc -g -O2 -o m m.c"), 0);
    sample = profile_add_sample(p);
    sample->locations = profile_alloc(p, sizeof(*sample->locations));
    sample->locations[0] =
        add_address(p, map_program(p, in_directory("m"), base), base + symbol_address("m", "main"));
    sample->n_locations = 1;
    sample->values = profile_alloc(p, sizeof(*sample->values));
    sample->values[0] = 1;
    assert_int_equal(profile_write(p, in_directory(name)), 0);
    profile_free(p);
}

static bool is_symbolized(const char *name) {
    struct profile *p = NULL;
    char why[200];
    bool named;

    if (profile_read(in_directory(name), NULL, &p, why, sizeof(why)) != 0)
        fail_msg("%s: %s", name, why);
    named = p->locations[0]->n_lines == 1 &&
            strcmp(p->locations[0]->lines[0].function->name, "main") == 0;
    profile_free(p);
    return named;
}

static void files_are_replaced(void **state) {
    write_raw("a.pb.gz");
    write_raw("b.pb.gz");
    assert_int_equal(run(in_directory("a.pb.gz"), in_directory("b.pb.gz"), NULL), 0);
    assert_string_equal(errors, "");
    assert_true(is_symbolized("a.pb.gz"));
    assert_true(is_symbolized("b.pb.gz"));
    /* Again: the same bytes. */
    assert_int_equal(shell("cp a.pb.gz kept"), 0);
    assert_int_equal(run(in_directory("a.pb.gz"), NULL, NULL), 0);
    assert_int_equal(shell("cmp a.pb.gz kept"), 0);
}

static void an_output_leaves_the_input_alone(void **state) {
    char option[700];

    write_raw("in.pb.gz");
    snprintf(option, sizeof(option), "--output=%s", in_directory("out.pb.gz"));
    assert_int_equal(run(in_directory("in.pb.gz"), option, NULL), 0);
    assert_false(is_symbolized("in.pb.gz"));
    assert_true(is_symbolized("out.pb.gz"));
}

static void what_is_no_profile_is_one_clear_line(void **state) {
    static const struct {
        const char *make, *why;
    } cases[] = {
        {"true", "bad: No such file or directory"},
        {"mkdir bad", "bad: Is a directory"},
        {"head -c 40 good.pb.gz >bad", "bad: "},
        {"echo text >bad", "bad: "},
        {": >bad", "bad: "},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        write_raw("good.pb.gz");
        assert_int_equal(shell("rm -rf bad && %s", cases[i].make), 0);
        assert_int_equal(run(in_directory("bad"), in_directory("good.pb.gz"), NULL), 2);
        assert_int_equal(error_lines(), 1);
        if (!strstr(errors, cases[i].why))
            fail_msg("%s: %s", cases[i].make, errors);
        assert_true(is_symbolized("good.pb.gz")); /* the others are done */
    }
}

static void what_cannot_be_written_is_a_failure(void **state) {
    char expected[700];

    snprintf(expected, sizeof(expected), "cpprof symbolize: %s: No such file or directory\n",
             in_directory("no/such/out"));
    write_raw("in.pb.gz");
    assert_int_equal(run("-o", in_directory("no/such/out"), in_directory("in.pb.gz")), 1);
    assert_string_equal(errors, expected);
}

static void wrong_use_is_refused(void **state) {
    assert_int_equal(run(NULL, NULL, NULL), 2);
    assert_int_equal(run("--nonsense", "x", NULL), 2);
    assert_int_equal(run("-ox", "a", "b"), 2);
    assert_int_equal(run("-o", NULL, NULL), 2);
    assert_string_equal(errors, "cpprof symbolize: bad option -o\n"
                                "cpprof symbolize: see `cpprof help symbolize`\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_replaced),
        cmocka_unit_test(an_output_leaves_the_input_alone),
        cmocka_unit_test(what_is_no_profile_is_one_clear_line),
        cmocka_unit_test(what_cannot_be_written_is_a_failure),
        cmocka_unit_test(wrong_use_is_refused),
    };

    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
