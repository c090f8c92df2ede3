/* Asking a process for its threads, against a target that answers as the agent does, or badly. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "collector/commands.h"
#include "collector/profile_files.h"
#include "collector/threads/threads_agent.h"
#include "collector/threads/threads_text.h"
#include "tests/unit/arena_builder.h"
#include "tests/unit/proc_fixture.h"

static char dir[] = "/tmp/cpprof-test-XXXXXX";

/* How the target answers. */
enum manner {
    PROPER,
    SECOND_TIME, /* a question is lost */
    SILENT,
    OTHER_PID,
    LINK, /* the answer is a symbolic link */
    SHORT,
    DEAF, /* has no handler: the signal would kill it */
    STOPPED,
};

struct target {
    pid_t pid;
    uint64_t start;
    struct builder arena;
    char name[48];
};

static uint64_t record[128];
static size_t record_bytes;
static enum manner target_manner;
static char answer_path[300], temporary_path[300];

/* ---- the record */

static struct threads_entry *add_entry(uint32_t tid, const char *name, const uint64_t *pcs,
                                       uint32_t depth) {
    struct threads_entry *e = (void *)((char *)record + record_bytes);
    struct threads_head *h = (void *)record;
    *e = (struct threads_entry){.bytes = (uint32_t)(sizeof *e + depth * sizeof *pcs),
                                .tid = tid,
                                .state = 'R',
                                .depth = depth};
    memcpy(e->name, name, strnlen(name, sizeof e->name));
    memcpy(e->pc, pcs, depth * sizeof *pcs);
    record_bytes += e->bytes;
    h->bytes = record_bytes;
    h->n_threads++;
    return e;
}

/* Two threads of process `pid`, of which one waits for the other. */
static void make_record(uint32_t pid, uint64_t start, arena_ref creator) {
    static const uint64_t runs[] = {0x400010}, waits[] = {0x400020, 0x400030, ARENA_PC_TRUNCATED};
    memset(record, 0, sizeof record);
    *(struct threads_head *)record = (struct threads_head){.magic = THREADS_MAGIC,
                                                           .version = THREADS_VERSION,
                                                           .pid = pid,
                                                           .start_ticks = start,
                                                           .realtime_ns = 1};
    record_bytes = sizeof(struct threads_head);
    add_entry(pid, "main", runs, 1);
    struct threads_entry *e = add_entry(pid + 1, "sixteen letters!", waits, 3);
    e->wait = ARENA_WAIT_MUTEX;
    e->waited_ns = 12000000;
    e->object = 0xbeef;
    e->owner = pid;
    e->creator = creator;
}

/* ---- the target */

static void answer(int signo, siginfo_t *info, void *context) {
    static int asked;
    struct threads_head *h = (void *)record;
    struct timespec ts;
    if (info->si_code != SI_QUEUE || (uintptr_t)info->si_value.sival_ptr != ARENA_REQUEST_THREADS)
        _exit(3);
    if (target_manner == SILENT || (target_manner == SECOND_TIME && asked++ == 0))
        return;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    h->monotonic_ns = ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
    if (target_manner == OTHER_PID)
        h->pid++;
    int fd = open(temporary_path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    size_t n = target_manner == SHORT ? record_bytes - 8 : record_bytes;
    if (write(fd, record, n) != (ssize_t)n)
        _exit(4);
    close(fd);
    if (target_manner == LINK && symlink(temporary_path, answer_path) == 0)
        return;
    rename(temporary_path, answer_path);
}

static void run_target(enum manner manner, int ready) {
    struct sigaction sa = {.sa_sigaction = answer, .sa_flags = SA_SIGINFO};
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    target_manner = manner;
    if (manner != DEAF)
        sigaction(SIGUSR2, &sa, NULL);
    if (write(ready, "", 1) != 1)
        _exit(5);
    if (manner == STOPPED)
        raise(SIGSTOP);
    for (;;)
        pause();
}

static void write_arena(const struct target *t) {
    char path[300];
    snprintf(path, sizeof path, "%s/%s", dir, t->name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, t->arena.base, t->arena.h->size), t->arena.h->size);
    close(fd);
}

static void start_target(struct target *t, enum manner manner) {
    static const uint64_t made[] = {0x400040, 0x400050};
    int ready[2], go[2];
    char c;
    t->arena = builder_new(64, 4);
    builder_object(&t->arena, "/nonexistent/demo", 0x400000, 0x500000, 0);
    arena_ref creator = builder_stack(&t->arena, 0, made, 2);
    assert_int_equal(pipe(ready), 0);
    assert_int_equal(pipe(go), 0);
    t->pid = fork();
    if (t->pid == 0) { /* knows its start only from its parent */
        if (read(go[0], &t->start, sizeof t->start) != sizeof t->start)
            _exit(1);
        snprintf(answer_path, sizeof answer_path, "%s/%d.%llu.threads", dir, (int)getpid(),
                 (unsigned long long)t->start);
        snprintf(temporary_path, sizeof temporary_path, "%s/.%d.%llu.threads.tmp", dir,
                 (int)getpid(), (unsigned long long)t->start);
        make_record((uint32_t)getpid(), t->start, creator);
        run_target(manner, ready[1]);
    }
    t->start = start_ticks_of(t->pid);
    t->arena.h->pid = (uint32_t)t->pid;
    t->arena.h->start_ticks = t->start;
    t->arena.h->request_signo = SIGUSR2;
    snprintf(t->name, sizeof t->name, "%d.%llu", (int)t->pid, (unsigned long long)t->start);
    write_arena(t);
    assert_int_equal(write(go[1], &t->start, sizeof t->start), sizeof t->start);
    assert_int_equal(read(ready[0], &c, 1), 1);
    for (int i = 0; i < 2; i++) {
        close(ready[i]);
        close(go[i]);
    }
    if (manner == STOPPED)
        waitpid(t->pid, NULL, WUNTRACED);
}

static void end_target(struct target *t) {
    kill(t->pid, SIGKILL);
    waitpid(t->pid, NULL, 0);
    builder_free(&t->arena);
}

static bool in_dir(const char *name, const char *suffix) {
    char path[600];
    snprintf(path, sizeof path, "%s/%s%s", dir, name, suffix);
    return access(path, F_OK) == 0;
}

/* ---- asking */

static int ask_file(const struct arena_file *f, int patience_ms, struct threads_head **got) {
    struct arena_image image;
    const char *why = NULL;
    assert_int_equal(arena_file_load(f, &image, &why), 0);
    why = NULL;
    int err = threads_agent_record(f, arena_view_header(&image.view), patience_ms, got, &why);
    assert_true(err == 0 || why);
    arena_image_release(&image);
    return err;
}

static int ask_for(const struct target *t, int patience_ms, struct threads_head **got) {
    struct arena_list l;
    assert_int_equal(arena_list_init(&l, dir, NULL), 0);
    const struct arena_file *f = arena_list_find(&l, t->pid);
    assert_non_null(f);
    int err = ask_file(f, patience_ms, got);
    arena_list_release(&l);
    return err;
}

/* What asking a target of that manner ends with. The target has to live on. */
static void expect_error(enum manner manner, int want) {
    struct target t;
    struct threads_head *got;
    start_target(&t, manner);
    assert_int_equal(ask_for(&t, 300, &got), want);
    assert_null(got);
    assert_int_equal(waitpid(t.pid, NULL, WNOHANG), 0);
    end_target(&t);
}

static int setup(void **state) {
    strcpy(dir + strlen(dir) - 6, "XXXXXX");
    if (!mkdtemp(dir))
        return -1;
    return setenv("CPROF_RUN_DIR", dir, 1);
}

static int teardown(void **state) {
    char command[sizeof dir + 16];
    snprintf(command, sizeof command, "rm -rf %s", dir);
    return system(command);
}

/* ---- */

static void an_answer_is_read_and_removed(void **state) {
    struct target t;
    struct threads_head *got;
    start_target(&t, PROPER);
    assert_int_equal(ask_for(&t, 5000, &got), 0);
    assert_int_equal(got->n_threads, 2);
    assert_int_equal(got->pid, t.pid);
    assert_false(in_dir(t.name, ".threads"));
    free(got);
    end_target(&t);
}

static void a_lost_question_is_asked_again(void **state) {
    struct target t;
    struct threads_head *got;
    start_target(&t, SECOND_TIME);
    assert_int_equal(ask_for(&t, 5000, &got), 0);
    free(got);
    end_target(&t);
}

static void an_older_answer_is_not_taken(void **state) {
    struct target t;
    struct threads_head *got;
    char path[300];
    start_target(&t, SILENT);
    make_record((uint32_t)t.pid, t.start, 0); /* its monotonic_ns is 0 */
    snprintf(path, sizeof path, "%s/%s.threads", dir, t.name);
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
    assert_int_equal(write(fd, record, record_bytes), record_bytes);
    close(fd);
    assert_int_equal(ask_for(&t, 100, &got), -ETIMEDOUT);
    ((struct threads_head *)record)->monotonic_ns = INT64_MAX;
    fd = open(path, O_WRONLY, 0600);
    assert_int_equal(write(fd, record, record_bytes), record_bytes);
    close(fd);
    assert_int_equal(ask_for(&t, 100, &got), 0);
    free(got);
    end_target(&t);
}

static void a_bad_answer_is_refused(void **state) {
    expect_error(OTHER_PID, -EINVAL);
    expect_error(LINK, -ELOOP);
    expect_error(SHORT, -EINVAL);
    expect_error(SILENT, -ETIMEDOUT);
}

static void who_cannot_answer_is_not_asked(void **state) {
    struct target t;
    struct threads_head *got;
    expect_error(DEAF, -ENOTSUP);
    expect_error(STOPPED, -EAGAIN);
    start_target(&t, PROPER);
    t.arena.h->counters[ARENA_SANDBOXED] = 1;
    write_arena(&t);
    assert_int_equal(ask_for(&t, 300, &got), -EAGAIN);
    t.arena.h->counters[ARENA_SANDBOXED] = 0;
    t.arena.h->request_signo = SIGKILL;
    write_arena(&t);
    assert_int_equal(ask_for(&t, 300, &got), -ENOTSUP);
    assert_int_equal(waitpid(t.pid, NULL, WNOHANG), 0);
    kill(t.pid, SIGKILL);
    waitpid(t.pid, NULL, 0);
    assert_int_equal(ask_for(&t, 300, &got), -ESRCH);
    builder_free(&t.arena);
}

/* As root anybody's arena is looked at; one of another user names any process it likes. */
static void only_the_owners_process_is_asked(void **state) {
    struct target t;
    struct threads_head *got;
    char path[300];
    if (geteuid() != 0) {
        printf("# skipped: only root has processes of others to ask\n");
        skip();
    }
    start_target(&t, PROPER);
    snprintf(path, sizeof path, "%s/%s", dir, t.name);
    struct arena_list before, after;
    assert_int_equal(arena_list_init(&before, dir, NULL), 0);
    assert_int_equal(chown(dir, 65534, 65534), 0);
    assert_int_equal(chown(path, 65534, 65534), 0);
    assert_int_equal(ask_file(arena_list_find(&before, t.pid), 300, &got), -EPERM);
    /* Nor is it anybody's arena any more: who owns the directory could have made it up. */
    assert_int_equal(arena_list_init(&after, dir, NULL), 0);
    assert_null(arena_list_find(&after, t.pid));
    arena_list_release(&before);
    arena_list_release(&after);
    assert_int_equal(chown(dir, 0, 0), 0);
    end_target(&t);
}

static void threads_are_printed_with_what_is_known(void **state) {
    struct target t;
    struct threads_report r;
    char *text, want[1024];
    size_t n;
    start_target(&t, PROPER);
    assert_int_equal(threads_agent_read(&r, t.pid), 0);
    FILE *out = open_memstream(&text, &n);
    threads_text_write(&r, out);
    fclose(out);
    snprintf(want, sizeof want,
             "thread %d \"main\" [running]:\n"
             "0x400010()\n"
             "\t/nonexistent/demo +0x1010\n"
             "\n"
             "thread %d \"sixteen letters!\" [mutex, 12ms, on 0xbeef held by thread %d \"main\"]:\n"
             "0x400021()\n"
             "\t/nonexistent/demo +0x1021\n"
             "0x400031()\n"
             "\t/nonexistent/demo +0x1031\n"
             "[cpprof: stack truncated]\n"
             "created by 0x400041\n"
             "\t/nonexistent/demo +0x1041\n",
             (int)t.pid, (int)t.pid + 1, (int)t.pid);
    assert_string_equal(text, want);
    free(text);
    report_release(&r);
    end_target(&t);
}

static void threads_become_a_profile_of_the_same_dump(void **state) {
    struct target t;
    struct threads_head *got;
    struct profile *p;
    char path[300], why[256];
    const struct profile_output out = {.dir = dir};
    start_target(&t, PROPER);
    struct arena_view v = builder_view(&t.arena);
    assert_int_equal(ask_for(&t, 5000, &got), 0);
    assert_int_equal(profile_files_write(&v, NULL, &out), 0);
    snprintf(path, sizeof path, "demo.%d.1", (int)t.pid);
    assert_true(in_dir(path, ".cpu.pb.gz"));
    assert_false(in_dir(path, ".threads.pb.gz"));
    assert_int_equal(profile_files_write(&v, got, &out), 0);
    snprintf(path, sizeof path, "demo.%d.2", (int)t.pid);
    assert_true(in_dir(path, ".cpu.pb.gz"));
    snprintf(path, sizeof path, "%s/demo.%d.2.threads.pb.gz", dir, (int)t.pid);
    assert_int_equal(profile_read(path, NULL, &p, why, sizeof why), 0);
    assert_int_equal(p->n_samples, 2);
    assert_string_equal(p->sample_types[0].type, "threads");
    profile_free(p);
    free(got);
    end_target(&t);
}

static int dump(const struct target *t) {
    char pid[16];
    char *argv[] = {"dump", "--no-symbolize", "-d", dir, pid, NULL};
    snprintf(pid, sizeof pid, "%d", (int)t->pid);
    optind = 1;
    return cmd_dump(5, argv);
}

static void a_dump_has_the_threads_that_answer(void **state) {
    struct target t;
    char name[64];
    start_target(&t, PROPER);
    assert_int_equal(dump(&t), 0);
    snprintf(name, sizeof name, "demo.%d.1", (int)t.pid);
    assert_true(in_dir(name, ".cpu.pb.gz"));
    assert_true(in_dir(name, ".threads.pb.gz"));
    end_target(&t);
    start_target(&t, STOPPED);
    assert_int_equal(dump(&t), 0);
    snprintf(name, sizeof name, "demo.%d.1", (int)t.pid);
    assert_true(in_dir(name, ".cpu.pb.gz"));
    assert_false(in_dir(name, ".threads.pb.gz"));
    end_target(&t);
}

static void what_a_dead_process_left_goes_with_its_arena(void **state) {
    static const char *const left[] = {"42.1", "42.1.threads", ".42.1.threads.tmp"};
    struct arena_list l;
    for (size_t i = 0; i < 3; i++) {
        char path[300];
        snprintf(path, sizeof path, "%s/%s", dir, left[i]);
        close(open(path, O_WRONLY | O_CREAT, 0600));
    }
    assert_int_equal(arena_list_init(&l, dir, NULL), 0);
    assert_int_equal(l.n, 1);
    assert_int_equal(arena_file_remove_all(&l.files[0]), 0);
    for (size_t i = 0; i < 3; i++)
        assert_false(in_dir(left[i], ""));
    arena_list_release(&l);
}

/* Whatever an answer holds, it is refused or printed. The copy is as long as the file, so that a
 * sanitizer sees every step out of it. */
static void damage_does_no_harm(void **state) {
    struct builder b = builder_new(64, 4);
    struct arena_view v = builder_view(&b);
    static const uint64_t made[] = {0x400040};
    builder_object(&b, "/nonexistent/demo", 0x400000, 0x500000, 0);
    arena_ref creator = builder_stack(&b, 0, made, 1);
    int printed = 0;
    srand(1);
    for (int i = 0; i < 20000; i++) {
        make_record(42, 1, creator);
        size_t n = i % 4 ? record_bytes : (size_t)rand() % (record_bytes + 1);
        struct threads_head *copy = malloc(n ? n : 1);
        memcpy(copy, record, n);
        for (int k = rand() % 4; k >= 0 && n; k--)
            ((uint8_t *)copy)[(size_t)rand() % n] = (uint8_t)rand();
        if (!threads_record_check(copy, n)) {
            struct threads_report r;
            FILE *out = fopen("/dev/null", "w");
            assert_int_equal(threads_agent_report(&r, &v, copy), 0);
            threads_text_write(&r, out);
            fclose(out);
            report_release(&r);
            printed++;
        }
        free(copy);
    }
    assert_true(printed > 1000);
    builder_free(&b);
}

#define WITH_DIR(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_DIR(an_answer_is_read_and_removed),
        WITH_DIR(a_lost_question_is_asked_again),
        WITH_DIR(an_older_answer_is_not_taken),
        WITH_DIR(a_bad_answer_is_refused),
        WITH_DIR(who_cannot_answer_is_not_asked),
        WITH_DIR(only_the_owners_process_is_asked),
        WITH_DIR(threads_are_printed_with_what_is_known),
        WITH_DIR(threads_become_a_profile_of_the_same_dump),
        WITH_DIR(a_dump_has_the_threads_that_answer),
        WITH_DIR(what_a_dead_process_left_goes_with_its_arena),
        cmocka_unit_test(damage_does_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
