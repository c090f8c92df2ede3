/* Finding, judging and copying arenas in a run directory. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "arena/snapshot.h"
#include "collector/arena_file.h"
#include "collector/process.h"
#include "tests/unit/arena_builder.h"
#include "tests/unit/proc_fixture.h"

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

static void path_of(const char *name, char *path) {
    snprintf(path, 256, "%s/%s", dir, name);
}

static void write_file(const char *name, const void *bytes, size_t n) {
    char path[256];
    path_of(name, path);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, n), n);
    close(fd);
}

static struct builder sound(void) {
    const uint64_t pc = 0x400010;
    struct builder b = builder_new(1024, 4);
    builder_object(&b, "/usr/bin/demo", 0x400000, 0x500000, 0);
    builder_cpu(&b, builder_stack(&b, 0, &pc, 1), 0, 3);
    return b;
}

/* The only arena in the directory. */
static struct arena_file only_file(struct arena_list *l) {
    assert_int_equal(arena_list_init(l, dir, NULL), 0);
    assert_int_equal(l->n, 1);
    return l->files[0];
}

/* Expects that the only arena is refused with that error, by both ways of reading. */
static void expect_refused(int want) {
    struct arena_list l;
    struct arena_header h;
    struct arena_image image;
    const char *why = NULL;
    struct arena_file f = only_file(&l);
    assert_int_equal(arena_file_load(&f, &image, &why), want);
    assert_non_null(why);
    why = NULL;
    assert_int_equal(arena_file_header(&f, &h, NULL, &why), want);
    assert_non_null(why);
    arena_list_release(&l);
}

/* ---- */

static void only_arenas_are_listed_by_pid(void **state) {
    struct arena_list l;
    char path[256];
    write_file("300.7", "", 0);
    write_file("20.9", "", 0);
    write_file("20.8", "", 0);
    static const char *const others[] = {"20",
                                         "20.",
                                         ".20",
                                         "20.8x",
                                         "x20.8",
                                         "-1.2",
                                         "0.5",
                                         "20.8.1",
                                         "99999999999.1",
                                         "1.99999999999999999999",
                                         "20.8.threads",
                                         ".20.8.threads.tmp"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        write_file(others[i], "", 0);
    assert_int_equal(arena_list_init(&l, dir, NULL), 0);
    assert_int_equal(l.n, 3);
    assert_string_equal(l.files[0].name, "20.8");
    assert_string_equal(l.files[1].name, "20.9");
    assert_int_equal(l.files[2].pid, 300);
    assert_int_equal(l.files[2].start_ticks, 7);
    path_of("300.7", path);
    assert_int_equal(arena_file_remove(&l.files[2], ""), 0);
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(arena_file_remove(&l.files[2], ""), -ENOENT);
    arena_list_release(&l);
}

static void a_missing_directory_has_no_arenas(void **state) {
    struct arena_list l;
    assert_int_equal(arena_list_init(&l, "/nonexistent/cpprof", NULL), 0);
    assert_int_equal(l.n, 0);
    arena_list_release(&l);
}

static void a_directory_that_others_write_to_is_refused(void **state) {
    struct arena_list l;
    const char *bad = NULL;
    char link[256];
    chmod(dir, 0777);
    assert_int_equal(arena_list_init(&l, dir, &bad), -EPERM);
    assert_string_equal(bad, dir);
    arena_list_release(&l);
    chmod(dir, 0700);
    path_of("link", link);
    assert_int_equal(symlink(dir, link), 0);
    assert_int_equal(arena_list_init(&l, link, &bad), -EPERM);
    arena_list_release(&l);
}

static void a_process_lives_until_it_ends(void **state) {
    uint64_t start = start_ticks_of(getpid());
    int go[2];
    assert_true(process_lives(getpid(), start));
    assert_false(process_lives(getpid(), start + 1)); /* its number was another's once */
    assert_int_equal(pipe(go), 0);
    pid_t pid = fork();
    if (pid == 0) {
        char c;
        close(go[1]);
        _exit(read(go[0], &c, 1) != 0);
    }
    /* The child began in this tick or a later one. */
    uint64_t child = start;
    while (child < start + 100000 && !process_lives(pid, child))
        child++;
    assert_true(process_lives(pid, child));
    siginfo_t info;
    close(go[0]);
    close(go[1]);
    waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT);
    assert_false(process_lives(pid, child)); /* a zombie */
    waitpid(pid, NULL, 0);
    assert_false(process_lives(pid, child));
}

static void a_sparse_arena_is_copied_whole(void **state) {
    struct builder b = sound();
    struct arena_list l;
    struct arena_image image;
    struct arena_header h;
    const char *why = NULL;
    char path[256];
    uint64_t used = 0;
    write_file("42.1", b.base, b.h->heap_next);
    path_of("42.1", path);
    assert_int_equal(truncate(path, (off_t)b.h->size), 0);
    struct arena_file f = only_file(&l);
    assert_int_equal(arena_file_load(&f, &image, &why), 0);
    assert_int_equal(image.view.size, b.h->size);
    assert_memory_equal(image.view.base, b.base, b.h->size);
    assert_true(snapshot_has_samples(&image.view, ARENA_EVENT_CPU));
    arena_image_release(&image);
    assert_int_equal(arena_file_header(&f, &h, &used, &why), 0);
    assert_int_equal(h.pid, 42);
    assert_true(used > 0);
    arena_list_release(&l);
    builder_free(&b);
}

static void a_truncated_arena_is_refused(void **state) {
    struct builder b = sound();
    static const size_t lengths[] = {
        0, 1, 100, sizeof(struct arena_header), ARENA_UNIT, 5 * ARENA_UNIT};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        write_file("42.1", b.base, lengths[i]);
        expect_refused(-EINVAL);
    }
    builder_free(&b);
}

static void another_version_and_random_bytes_are_refused(void **state) {
    struct builder b = sound();
    b.h->version = 77;
    write_file("42.1", b.base, b.h->size);
    expect_refused(-EPROTO);
    memset(b.base, 0x5a, b.h->heap_next);
    write_file("42.1", b.base, 8 * ARENA_UNIT);
    expect_refused(-EINVAL);
    builder_free(&b);
}

static void an_unfinished_arena_is_told_apart(void **state) {
    struct builder b = sound();
    b.h->magic = 0;
    write_file("42.1", b.base, b.h->size);
    expect_refused(-ENODATA);
    builder_free(&b);
}

static void what_is_no_file_of_a_possible_size_is_refused(void **state) {
    char path[256], target[256];
    struct builder b = sound();
    path_of("42.1", path);
    path_of("other", target);
    write_file("other", b.base, b.h->size);
    assert_int_equal(symlink(target, path), 0);
    expect_refused(-ELOOP);
    unlink(path);
    assert_int_equal(mkfifo(path, 0600), 0); /* does not wait for a writer */
    expect_refused(-EINVAL);
    unlink(path);
    assert_int_equal(mkdir(path, 0700), 0);
    expect_refused(-EINVAL);
    rmdir(path);
    write_file("42.1", b.base, b.h->size);
    if (truncate(path, INT64_C(17) << 30) == 0) /* where the file system can */
        expect_refused(-EINVAL);
    builder_free(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(only_arenas_are_listed_by_pid, setup, teardown),
        cmocka_unit_test(a_missing_directory_has_no_arenas),
        cmocka_unit_test_setup_teardown(a_directory_that_others_write_to_is_refused, setup,
                                        teardown),
        cmocka_unit_test(a_process_lives_until_it_ends),
        cmocka_unit_test_setup_teardown(a_sparse_arena_is_copied_whole, setup, teardown),
        cmocka_unit_test_setup_teardown(a_truncated_arena_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(another_version_and_random_bytes_are_refused, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(an_unfinished_arena_is_told_apart, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_no_file_of_a_possible_size_is_refused, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
