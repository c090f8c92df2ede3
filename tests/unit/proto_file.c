/* Profiles as files, and a file of ours in the eyes of someone else's reader, `go tool pprof`. */
#include "tests/unit/proto_fixture.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static char directory[] = "/tmp/cpprof-proto-XXXXXX";

static const char *in_directory(const char *name) {
    static char path[600];

    snprintf(path, sizeof(path), "%s/%s", directory, name);
    return path;
}

static size_t files_in_directory(void) {
    DIR *d = opendir(directory);
    size_t n = 0;

    assert_non_null(d);
    for (struct dirent *e; (e = readdir(d));)
        n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    closedir(d);
    return n;
}

static int make_directory(void **state) {
    return mkdtemp(directory) ? 0 : -1;
}

/* The tests leave at most files. */
static int remove_directory(void **state) {
    DIR *d = opendir(directory);

    for (struct dirent *e; d && (e = readdir(d));)
        if (e->d_name[0] != '.')
            unlink(in_directory(e->d_name));
    if (d)
        closedir(d);
    return rmdir(directory);
}

static void a_written_file_is_private_and_reads_back(void **state) {
    struct profile *p = full_profile(), *q = NULL;
    const char *path = in_directory("a.pb.gz");
    char why[100];
    struct stat st;

    assert_int_equal(profile_write(p, path), 0);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(profile_read(path, NULL, &q, why, sizeof(why)), 0);
    assert_int_equal(q->n_samples, 2);
    assert_int_equal(profile_write(q, path), 0); /* over itself */
    assert_int_equal(files_in_directory(), 1);
    unlink(path);
    profile_free(p);
    profile_free(q);
}

static void a_link_is_replaced_and_not_followed(void **state) {
    struct profile *p = full_profile();
    struct stat st;
    char target[600];

    snprintf(target, sizeof(target), "%s", in_directory("target"));
    close(open(target, O_CREAT | O_WRONLY, 0600));
    assert_int_equal(symlink(target, in_directory("link")), 0);
    assert_int_equal(profile_write(p, in_directory("link")), 0);
    assert_int_equal(lstat(in_directory("link"), &st), 0);
    assert_true(S_ISREG(st.st_mode));
    assert_int_equal(stat(target, &st), 0);
    assert_int_equal(st.st_size, 0);
    unlink(target);
    unlink(in_directory("link"));
    profile_free(p);
}

static void a_name_as_long_as_names_can_be_is_written(void **state) {
    struct profile *p = full_profile();
    char name[256];

    memset(name, 'n', 255);
    name[255] = '\0';
    assert_int_equal(profile_write(p, in_directory(name)), 0);
    unlink(in_directory(name));
    profile_free(p);
}

static void a_directory_is_refused(void **state) {
    struct profile *p = full_profile(), *q = NULL;
    char why[100] = "";

    assert_int_equal(profile_read(directory, NULL, &q, why, sizeof(why)), -EISDIR);
    assert_string_equal(why, "Is a directory");
    assert_int_equal(profile_write(p, directory), -EISDIR);
    profile_free(p);
}

static void what_cannot_be_opened_or_written_says_why_and_leaves_no_file(void **state) {
    struct profile *p = full_profile(), *q = NULL;
    char why[100] = "";

    assert_int_equal(profile_read(in_directory("none"), NULL, &q, why, sizeof(why)), -ENOENT);
    assert_string_equal(why, "No such file or directory");
    assert_int_equal(profile_write(p, in_directory("none/a")), -ENOENT);
    if (access("/dev/full", W_OK) == 0)
        assert_int_equal(profile_write(p, "/dev/full"), -ENOSPC);
    p->doc_url = NULL;
    assert_int_equal(profile_write(p, in_directory("bad")), -EINVAL);
    assert_int_equal(files_in_directory(), 0);
    profile_free(p);
}

static void a_device_stays_a_device(void **state) {
    struct profile *p = full_profile();
    struct stat st;

    assert_int_equal(profile_write(p, "/dev/null"), 0);
    assert_int_equal(lstat("/dev/null", &st), 0);
    assert_true(S_ISCHR(st.st_mode));
    profile_free(p);
}

static void a_file_larger_than_the_limit_is_refused(void **state) {
    struct profile *p = full_profile(), *q = NULL;
    const struct profile_limits limits = {.max_bytes = 100};
    char why[100] = "";

    assert_int_equal(profile_write(p, in_directory("large")), 0);
    assert_int_equal(profile_read(in_directory("large"), &limits, &q, why, sizeof(why)), -E2BIG);
    assert_string_equal(why, "file has more than 100 bytes");
    unlink(in_directory("large"));
    profile_free(p);
}

static void a_profile_goes_through_standard_output_and_input(void **state) {
    struct profile *p = full_profile(), *q = NULL;
    int fd = open(in_directory("std"), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    int in = dup(STDIN_FILENO), out = dup(STDOUT_FILENO);

    fflush(stdout);
    assert_int_equal(dup2(fd, STDOUT_FILENO), STDOUT_FILENO);
    assert_int_equal(profile_write(p, "-"), 0);
    dup2(out, STDOUT_FILENO);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    assert_int_equal(dup2(fd, STDIN_FILENO), STDIN_FILENO);
    assert_int_equal(profile_read("-", NULL, &q, NULL, 0), 0);
    dup2(in, STDIN_FILENO);
    assert_int_equal(q->n_samples, 2);
    close(fd);
    close(in);
    close(out);
    unlink(in_directory("std"));
    profile_free(p);
    profile_free(q);
}

/* ---- someone else's reader */

/* What `go tool pprof FLAG FILE` prints, on either output; its exit status in *status. */
static char *go_pprof(const char *flag, const char *path, int *status) {
    char command[800], *text = calloc(1, 65536);
    FILE *f;

    assert_non_null(text);
    snprintf(command, sizeof(command), "PPROF_TMPDIR=%s go tool pprof -symbolize=none %s %s 2>&1",
             directory, flag, path);
    f = popen(command, "r");
    assert_non_null(f);
    assert_true(fread(text, 1, 65535, f) < 65535);
    *status = pclose(f);
    return text;
}

static void contains(const char *text, const char *part) {
    if (!strstr(text, part))
        fail_msg("no '%s' in:\n%s", part, text);
}

static void go_reads_every_field_of_a_file_of_ours(void **state) {
    static const char *const raw[] = {
        "PeriodType: cpu nanoseconds",
        "Period: 10000000",
        "Duration: 10s",
        "samples/count cpu/nanoseconds[dflt]",
        "-1 9223372036854775807: 3 2 1",
        "thread:[worker]",
        "bytes:[-4096 bytes]",
        "1: 0x401234 M=1 inlined inline.h:7:11 s=3",
        "main main.c:42:0 s=40",
        "3: 0x7ffff000",
        "1: 0x401000/0x402000/0x1000 /usr/bin/server 00ff11ee [FN][FL][LN][IN]",
    };
    struct profile *p;
    char path[600], *text;
    int status;

    if (system("go version >/dev/null 2>&1") != 0) {
        print_message("# skipped: go is not installed\n");
        skip();
    }
    p = full_profile();
    snprintf(path, sizeof(path), "%s", in_directory("go.pb.gz"));
    assert_int_equal(profile_write(p, path), 0);
    text = go_pprof("-raw", path, &status);
    for (size_t i = 0; i < sizeof(raw) / sizeof(raw[0]); i++)
        contains(text, raw[i]);
    assert_int_equal(status, 0);
    free(text);
    text = go_pprof("-comments", path, &status);
    assert_string_equal(text, "first comment\nsecond\n");
    assert_int_equal(status, 0);
    free(text);
    unlink(path);
    profile_free(p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_written_file_is_private_and_reads_back),
        cmocka_unit_test(a_link_is_replaced_and_not_followed),
        cmocka_unit_test(a_name_as_long_as_names_can_be_is_written),
        cmocka_unit_test(a_directory_is_refused),
        cmocka_unit_test(what_cannot_be_opened_or_written_says_why_and_leaves_no_file),
        cmocka_unit_test(a_device_stays_a_device),
        cmocka_unit_test(a_file_larger_than_the_limit_is_refused),
        cmocka_unit_test(a_profile_goes_through_standard_output_and_input),
        cmocka_unit_test(go_reads_every_field_of_a_file_of_ours),
    };

    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
