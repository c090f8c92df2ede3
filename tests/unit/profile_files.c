/* Names of profile files, and how they are taken. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "arena/kinds.h"
#include "collector/profile_files.h"
#include "proto/profile.h"
#include "tests/unit/arena_builder.h"

static char dir[] = "/tmp/cpprof-test-XXXXXX";

static int setup(void **state) {
    strcpy(dir + strlen(dir) - 6, "XXXXXX");
    return mkdtemp(dir) ? 0 : -1;
}

static int teardown(void **state) {
    char command[sizeof dir + 16];
    snprintf(command, sizeof command, "rm -rf %s", dir);
    return system(command);
}

static int in_dir(const char *name) {
    char path[256];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    return access(path, F_OK) == 0;
}

static void touch(const char *name) {
    char path[256];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    close(open(path, O_WRONLY | O_CREAT, 0600));
}

static struct builder sound(void) {
    const uint64_t pc = 0x400010;
    struct builder b = builder_new(1024, 4);
    builder_object(&b, "/usr/bin/demo", 0x400000, 0x500000, 0);
    builder_cpu(&b, builder_stack(&b, 0, &pc, 1), 0, 3);
    return b;
}

static void dump(const struct builder *b) {
    const struct profile_output out = {.dir = dir};
    struct arena_view v = builder_view(b);
    assert_int_equal(profile_files_write(&v, NULL, &out), 0);
}

static void names_are_taken_apart(void **state) {
    struct profile_name n;
    assert_true(profile_name_parse("redis-server.123.4.heap.pb.gz", &n));
    assert_string_equal(n.exe, "redis-server");
    assert_int_equal(n.pid, 123);
    assert_int_equal(n.seq, 4);
    assert_int_equal(n.kind, KIND_HEAP);
    assert_false(n.temporary);
    assert_true(profile_name_parse("a.b.1.2.cpu.pb.gz.3.4.allocs.pb.gz", &n));
    assert_string_equal(n.exe, "a.b.1.2.cpu.pb.gz");
    assert_true(profile_name_parse(".demo.1.2.cpu.pb.gz.tmp", &n));
    assert_true(n.temporary);
    assert_string_equal(n.exe, "demo");
    assert_true(profile_name_parse(".demo.1.2.cpu.pb.gz.77.tmp", &n));
    static const char *const others[] = {"",
                                         ".pb.gz",
                                         "cpu.pb.gz",
                                         "1.2.cpu.pb.gz",
                                         ".1.2.cpu.pb.gz",
                                         "demo.1.cpu.pb.gz",
                                         "demo.x.2.cpu.pb.gz",
                                         "demo.1..cpu.pb.gz",
                                         "demo.1.2.lunch.pb.gz",
                                         "demo.1.2.cpu.pb.gz.tmp",
                                         "demo.1.2.cpu.pb.gz.old",
                                         "demo.1.99999999999.cpu.pb.gz"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_false(profile_name_parse(others[i], &n));
}

static void every_kind_that_is_on_is_written(void **state) {
    struct builder b = sound();
    dump(&b);
    assert_true(in_dir("demo.42.1.cpu.pb.gz"));
    assert_true(in_dir("demo.42.1.heap.pb.gz"));
    assert_true(in_dir("demo.42.1.allocs.pb.gz"));
    b.h->heap_rate_bytes = 0;
    dump(&b);
    assert_true(in_dir("demo.42.2.cpu.pb.gz"));
    assert_false(in_dir("demo.42.2.heap.pb.gz"));
    builder_free(&b);
}

static void files_are_whole_private_and_readable(void **state) {
    struct builder b = sound();
    struct profile *p;
    struct stat st;
    char path[256], why[256];
    dump(&b);
    snprintf(path, sizeof path, "%s/demo.42.1.cpu.pb.gz", dir);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(profile_read(path, NULL, &p, why, sizeof why), 0);
    assert_int_equal(p->samples[0].values[0], 3);
    assert_int_equal(profile_files_sweep(dir), 0); /* nothing temporary is left */
    profile_free(p);
    builder_free(&b);
}

static void a_number_that_is_taken_is_passed_over(void **state) {
    struct builder b = sound();
    touch("demo.42.6.heap.pb.gz");
    touch("demo.43.9.heap.pb.gz");  /* another process */
    touch("other.42.8.heap.pb.gz"); /* another program */
    dump(&b);
    assert_true(in_dir("demo.42.7.cpu.pb.gz"));
    assert_false(in_dir("demo.42.1.cpu.pb.gz"));
    builder_free(&b);
}

static void a_name_of_a_program_cannot_leave_the_directory(void **state) {
    struct builder b = sound();
    strcpy(b.h->exe, "../../etc/x y");
    dump(&b);
    assert_true(in_dir("unknown.42.1.cpu.pb.gz"));
    strcpy(b.h->exe, "a/b c\n");
    dump(&b);
    assert_true(in_dir("a_b_c_.42.1.cpu.pb.gz"));
    memset(b.h->exe, 'x', sizeof b.h->exe); /* no NUL */
    dump(&b);
    b.h->exe[0] = '\0';
    dump(&b);
    assert_true(in_dir("unknown.42.2.cpu.pb.gz"));
    builder_free(&b);
}

static void a_directory_that_cannot_be_written_is_an_error(void **state) {
    struct builder b = sound();
    struct arena_view v = builder_view(&b);
    const struct profile_output out = {.dir = "/proc/self/nonexistent"};
    assert_int_equal(profile_files_write(&v, NULL, &out), -ENOENT);
    builder_free(&b);
}

static void temporary_files_of_dead_writers_are_swept(void **state) {
    char name[128];
    pid_t dead = fork();
    if (dead == 0)
        _exit(0);
    waitpid(dead, NULL, 0);
    snprintf(name, sizeof name, ".demo.%d.1.cpu.pb.gz.tmp", (int)dead);
    touch(name);
    snprintf(name, sizeof name, ".demo.%d.1.cpu.pb.gz.%d.tmp", (int)getpid(), (int)dead);
    touch(name);
    snprintf(name, sizeof name, ".demo.%d.1.cpu.pb.gz.tmp", (int)getpid());
    touch(name);
    touch(".cpprof-0123456789abcdef"); /* may be being written */
    touch("demo.1.1.cpu.pb.gz");
    assert_int_equal(profile_files_sweep(dir), 2);
    assert_true(in_dir(name));
    assert_true(in_dir(".cpprof-0123456789abcdef"));
    assert_true(in_dir("demo.1.1.cpu.pb.gz"));
}

#define WITH_DIR(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_taken_apart),
        WITH_DIR(every_kind_that_is_on_is_written),
        WITH_DIR(files_are_whole_private_and_readable),
        WITH_DIR(a_number_that_is_taken_is_passed_over),
        WITH_DIR(a_name_of_a_program_cannot_leave_the_directory),
        WITH_DIR(a_directory_that_cannot_be_written_is_an_error),
        WITH_DIR(temporary_files_of_dead_writers_are_swept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
