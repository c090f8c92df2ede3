/* Profiles as text, in the eyes of `go tool pprof`: the same as the protobuf form of the profile.
 */
#include "tests/unit/legacy_text_fixture.h"

#include <inttypes.h>
#include <unistd.h>

static char directory[] = "/tmp/cpprof-text-XXXXXX";

static int make_directory(void **state) {
    return mkdtemp(directory) ? 0 : -1;
}

static int remove_directory(void **state) {
    return rmdir(directory);
}

/* ---- someone else's reader */

static void need_go(void) {
    if (system("go version >/dev/null 2>&1") != 0) {
        print_message("# skipped: go is not installed\n");
        skip();
    }
}

static char *go_pprof(const char *flags, const char *file) {
    char command[800], *text = calloc(1, 1 << 20);
    FILE *f;

    assert_non_null(text);
    snprintf(command, sizeof(command), "PPROF_TMPDIR=%s go tool pprof %s %s 2>&1", directory, flags,
             file);
    f = popen(command, "r");
    assert_non_null(f);
    assert_true(fread(text, 1, (1 << 20) - 1, f) < (1 << 20) - 1);
    if (pclose(f) != 0)
        fail_msg("%s: %s", command, text);
    return text;
}

static const char *text_file(const struct legacy_text *t, const struct profile *p) {
    static char path[100];
    char *text = text_of(t, p);
    FILE *f;

    snprintf(path, sizeof(path), "%s/text", directory);
    f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
    free(text);
    return path;
}

static const char *proto_file(const struct profile *p) {
    static char path[100];

    snprintf(path, sizeof(path), "%s/proto.pb.gz", directory);
    assert_int_equal(profile_write(p, path), 0);
    return path;
}

/* Both forms give the same samples, locations and mappings. Consumes the profile, which has them in
 * the order of the text. */
static void expect_go_reads_the_same(const struct legacy_text *t, struct profile *p) {
    const char *text_path = text_file(t, p), *proto_path = proto_file(p);
    char *text = go_pprof("-symbolize=none -raw", text_path);
    char *proto = go_pprof("-symbolize=none -raw", proto_path);

    assert_non_null(strstr(text, "Samples:\n"));
    assert_non_null(strstr(proto, "Samples:\n"));
    assert_string_equal(strstr(text, "Samples:\n"), strstr(proto, "Samples:\n"));
    free(text);
    free(proto);
    unlink(text_path);
    unlink(proto_path);
    profile_free(p);
}

/* Values that a reader would change if it scaled them, and addresses of each sort. */
static void go_reads_the_same_heap(void **state) {
    struct profile *p = new_profile(KIND_HEAP);

    need_go();
    label(add(p, stack_a, (const int64_t[]){70000, 7000000000, 40000, 4000000000}), "bytes", "",
          100000, "");
    label(add(p, stack_b, (const int64_t[]){5, 80, 3, 48}), "bytes", "", 16, "");
    label(add(p, stack_mark, (const int64_t[]){5, 80, 0, 0}), "bytes", "", 16, "");
    p->mappings[1]->file = "/lib/lib.so.6";
    expect_go_reads_the_same(&(struct legacy_text){.kind = KIND_HEAP, .tail = "# MaxRSS = 1\n"}, p);
}

/* All values are those in use: the columns keep their names. */
static void go_reads_the_same_heap_without_frees(void **state) {
    struct profile *p = new_profile(KIND_ALLOCS);

    need_go();
    label(add(p, stack_a, (const int64_t[]){5, 80, 5, 80}), "bytes", "", 16, "");
    p->n_mappings = 1;
    expect_go_reads_the_same(&(struct legacy_text){.kind = KIND_ALLOCS}, p);
}

static void go_reads_the_same_waits(void **state) {
    struct profile *p = new_profile(KIND_BLOCK);

    need_go();
    add(p, stack_a, (const int64_t[]){3, 123456789012345});
    add(p, stack_b, (const int64_t[]){70, 1});
    add(p, stack_mark, (const int64_t[]){7, 0});
    p->mappings[1]->file = "/lib/lib.so.6";
    expect_go_reads_the_same(&(struct legacy_text){.kind = KIND_BLOCK}, p);
}

static void go_reads_the_same_counts(void **state) {
    static const uint64_t deep[] = {0x500010, 0x500020, 0x500010, 0x500020, 0x500010, 1};
    struct profile *p = new_profile(KIND_THREADCREATE);

    need_go();
    add(p, deep, (const int64_t[]){300});
    add(p, stack_b, (const int64_t[]){20});
    add(p, stack_mark, (const int64_t[]){1});
    p->mappings[1]->file = "/lib/lib.so.6";
    expect_go_reads_the_same(&(struct legacy_text){.kind = KIND_THREADCREATE}, p);
}

/* The total of a sample type, as the head of -top has it. */
static void expect_total(const char *index, const char *path, const char *want) {
    char flags[200], *text, line[100];

    snprintf(flags, sizeof(flags), "-symbolize=none -top -sample_index=%s", index);
    text = go_pprof(flags, path);
    snprintf(line, sizeof(line), "100%% of %s total\n", want);
    if (!strstr(text, line))
        fail_msg("no '%s' in %s", line, text);
    free(text);
}

static void go_reads_the_totals_of_waiters_in_mutex(void **state) {
    struct profile *p = new_profile(KIND_MUTEX);
    const char *paths[2];

    need_go();
    add(p, stack_a, (const int64_t[]){7, 70000, 0, 0});
    add(p, stack_b, (const int64_t[]){4, 1000, 0, 0});
    add(p, stack_b, (const int64_t[]){0, 0, 3, 30});
    paths[0] = text_file(&(struct legacy_text){.kind = KIND_MUTEX, .mutex_fraction = 10}, p);
    paths[1] = proto_file(p);
    for (int i = 0; i < 2; i++) {
        expect_total("contentions", paths[i], "11");
        expect_total("delay", paths[i], "71us");
        unlink(paths[i]);
    }
    profile_free(p);
}

static void go_reads_threads_with_labels_and_names(void **state) {
    static const char *const names[] = {"transfer", "worker"};
    struct profile *p = new_profile(KIND_THREADS);
    struct legacy_text t = {.kind = KIND_THREADS, .name = "goroutine"};
    const char *path;
    char *text;

    need_go();
    label(add(p, stack_a, (const int64_t[]){7}), "thread", "--- Memory map: ---", 0, "");
    label(add(p, stack_a, (const int64_t[]){4}), "thread", "b\n", 0, "");
    add(p, stack_none, (const int64_t[]){2});
    name(p, 0x500010, 2, names, "bank.c", 7);
    path = text_file(&t, p);
    expect_total("goroutine", path, "13");
    text = go_pprof("-symbolize=none -raw", path);
    assert_non_null(strstr(text, "PeriodType: goroutine count\n"));
    assert_non_null(strstr(text, "/bin/bank 00ff"));
    free(text);
    unlink(path);
    profile_free(p);
}

static void go_reads_profiles_without_samples(void **state) {
    static const struct {
        enum profile_kind kind;
        const char *type;
    } all[] = {{KIND_HEAP, "alloc_objects/count alloc_space/bytes inuse_objects/count"},
               {KIND_MUTEX, "contentions/count delay/nanoseconds"},
               {KIND_BLOCK, "contentions/count delay/nanoseconds"},
               {KIND_THREADS, "threads/count"},
               {KIND_THREADCREATE, "threadcreate/count"}};

    need_go();
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        struct profile *p = new_profile(all[i].kind);
        const char *path = text_file(&(struct legacy_text){.kind = all[i].kind}, p);
        char *text = go_pprof("-symbolize=none -raw", path);
        if (!strstr(text, all[i].type))
            fail_msg("no '%s' in %s", all[i].type, text);
        free(text);
        unlink(path);
        profile_free(p);
    }
}

/* ---- symbolized by somebody else, from the memory map */

__attribute__((noinline)) int this_test_is_symbolized(int n);
int this_test_is_symbolized(int n) {
    return n * n + 3;
}

/* The mapping of this program that holds its code, from the kernel. */
static void map_this_program(struct profile_mapping *m, uint64_t address) {
    FILE *f = fopen("/proc/self/maps", "r");
    char line[600], perms[8], path[500];
    bool found = false;

    assert_non_null(f);
    while (!found && fgets(line, sizeof(line), f))
        found = sscanf(line, "%" SCNx64 "-%" SCNx64 " %7s %" SCNx64 " %*s %*s %499s", &m->start,
                       &m->limit, perms, &m->offset, path) == 5 &&
                m->start <= address && address < m->limit;
    fclose(f);
    assert_true(found);
}

/* What -top says of one address in this program, given a build ID for it. */
static char *top_of_this_program(const char *build_id) {
    struct profile *p = new_profile(KIND_HEAP);
    uint64_t address = (uintptr_t)this_test_is_symbolized + 4;
    char exe[500] = "", *text;
    const char *path;

    map_this_program(p->mappings[0], address);
    assert_true(readlink("/proc/self/exe", exe, sizeof(exe) - 1) > 0);
    p->mappings[0]->file = exe;
    p->mappings[0]->build_id = build_id;
    add(p, (const uint64_t[]){address, 1}, (const int64_t[]){5, 80, 3, 48});
    path = text_file(&(struct legacy_text){.kind = KIND_HEAP}, p);
    text = go_pprof("-symbolize=local -top", path);
    unlink(path);
    profile_free(p);
    return text;
}

static void go_symbolizes_the_text_from_the_files(void **state) {
    static const char *const build_ids[] = {"", "0123456789abcdef"}; /* both forms of a line */

    need_go();
    for (int i = 0; i < 2; i++) {
        char *text = top_of_this_program(build_ids[i]);
        if (!strstr(text, "this_test_is_symbolized"))
            fail_msg("not symbolized: %s", text);
        assert_non_null(strstr(text, build_ids[i]));
        free(text);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(go_reads_the_same_heap),
        cmocka_unit_test(go_reads_the_same_heap_without_frees),
        cmocka_unit_test(go_reads_the_same_waits),
        cmocka_unit_test(go_reads_the_same_counts),
        cmocka_unit_test(go_reads_the_totals_of_waiters_in_mutex),
        cmocka_unit_test(go_reads_threads_with_labels_and_names),
        cmocka_unit_test(go_reads_profiles_without_samples),
        cmocka_unit_test(go_symbolizes_the_text_from_the_files),
    };

    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
