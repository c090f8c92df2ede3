/* Profiles as text: how it looks, and that `go tool pprof` reads from it what it reads from the
 * protobuf form of the same profile. */
#include "tests/unit/proto_fixture.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "collector/serve/legacy_text.h"

static char directory[] = "/tmp/cpprof-text-XXXXXX";

static int make_directory(void **state) {
    return mkdtemp(directory) ? 0 : -1;
}

static int remove_directory(void **state) {
    return rmdir(directory);
}

/* ---- profiles */

/* One of a kind, without samples; its program is mapped at 0x500000, a library at 0x700000. */
static struct profile *new_profile(enum profile_kind kind) {
    struct profile *p = profile_new();
    struct profile_mapping *program = profile_add_mapping(p), *library = profile_add_mapping(p);
    const struct kind *k = &kinds[kind];

    for (size_t i = 0; i < k->n_values; i++)
        assert_int_equal(profile_add_sample_type(p, k->values[i].type, k->values[i].unit), 0);
    p->period_type = (struct profile_value_type){k->period_type, k->period_unit};
    p->period = 1;
    program->start = 0x500000;
    program->limit = 0x600000;
    program->offset = 0x2000;
    program->file = "/bin/bank";
    program->build_id = "00ff";
    library->start = 0x7f0000700000;
    library->limit = 0x7f0000800000;
    library->file = "/lib/my lib.so.6";
    return p;
}

/* The location of an address, made once; 0 is of no mapping. */
static struct profile_location *at(struct profile *p, uint64_t address) {
    struct profile_location *l;

    for (size_t i = 0; i < p->n_locations; i++)
        if (p->locations[i]->address == address)
            return p->locations[i];
    l = profile_add_location(p);
    l->address = address;
    for (size_t i = 0; i < p->n_mappings && !l->mapping; i++)
        if (address >= p->mappings[i]->start && address < p->mappings[i]->limit)
            l->mapping = p->mappings[i];
    return l;
}

/* A sample with addresses, up to a 1, and values. */
static struct profile_sample *add(struct profile *p, const uint64_t *addresses,
                                  const int64_t *values) {
    struct profile_sample s = {.values = profile_alloc(p, p->n_sample_types * sizeof(*values))},
                          *to;

    memcpy(s.values, values, p->n_sample_types * sizeof(*values));
    s.locations = profile_alloc(p, 200 * sizeof(*s.locations));
    s.labels = profile_alloc(p, 8 * sizeof(*s.labels));
    for (; addresses[s.n_locations] != 1; s.n_locations++)
        s.locations[s.n_locations] = at(p, addresses[s.n_locations]);
    to = profile_add_sample(p);
    *to = s;
    return to;
}

static void label(struct profile_sample *s, const char *key, const char *str, int64_t num,
                  const char *unit) {
    s->labels[s->n_labels++] = (struct profile_label){key, str, num, unit};
}

/* Names a location: `n` functions, the innermost first. */
static void name(struct profile *p, uint64_t address, size_t n, const char *const *functions,
                 const char *file, int64_t line) {
    struct profile_location *l = at(p, address);

    l->lines = profile_alloc(p, n * sizeof(*l->lines));
    l->n_lines = n;
    for (size_t i = 0; i < n; i++)
        l->lines[i] = (struct profile_line){
            .function = profile_function(p, functions[i], functions[i], file, 0),
            .line = line ? line + (int64_t)i : 0};
}

static const uint64_t stack_a[] = {0x500010, 0x500020, 1},
                      stack_b[] = {0x7f0000700010, 0x500020, 1}, stack_mark[] = {0, 0x500020, 1},
                      stack_none[] = {1};

static char *text_of(const struct legacy_text *t, const struct profile *p) {
    char *text;
    size_t n;
    FILE *out = open_memstream(&text, &n);

    assert_int_equal(legacy_text_write(t, p, out), 0);
    assert_int_equal(fclose(out), 0);
    return text;
}

static const char map[] = "\n--- Memory map: ---\n"
                          "00500000-00600000 r-xp /bin/bank (@2000) 00ff\n"
                          "7f0000700000-7f0000800000 r-xp 00000000 00:00 0 /lib/my lib.so.6\n";

/* Consumes the profile. */
static void expect(const struct legacy_text *t, struct profile *p, const char *before_map) {
    char *text = text_of(t, p), want[8192];

    snprintf(want, sizeof(want), "%s%s", before_map, map);
    assert_string_equal(text, want);
    free(text);
    profile_free(p);
}

/* ---- how it looks */

static void heap_has_the_largest_first_and_a_tail(void **state) {
    struct profile *p = new_profile(KIND_HEAP);
    struct legacy_text t = {.kind = KIND_HEAP, .tail = "# runtime.MemStats\n# Alloc = 50\n"};

    label(add(p, stack_a, (const int64_t[]){7, 70, 1, 10}), "bytes", "", 10, "");
    label(add(p, stack_b, (const int64_t[]){2, 40, 2, 40}), "bytes", "", 20, "");
    add(p, stack_a, (const int64_t[]){0, 0, 0, 0});
    expect(&t, p,
           "heap profile: 3: 50 [9: 110] @ heapprofile\n"
           "2: 40 [2: 40] @ 0x7f0000700011 0x500021\n"
           "#\t0x7f0000700010\n"
           "#\t0x500020\n"
           "\n"
           "1: 10 [7: 70] @ 0x500011 0x500021\n"
           "#\t0x500010\n"
           "#\t0x500020\n"
           "\n"
           "\n"
           "# runtime.MemStats\n"
           "# Alloc = 50\n");
}

static void what_parsers_refuse_is_not_printed(void **state) {
    struct profile *p = new_profile(KIND_ALLOCS);
    struct legacy_text t = {.kind = KIND_ALLOCS};

    add(p, stack_a, (const int64_t[]){0, 70, 0, 10});
    add(p, stack_none, (const int64_t[]){3, 60, -1, -10});
    expect(&t, p,
           "heap profile: 1: 10 [4: 130] @ heapprofile\n"
           "1: 10 [1: 70] @ 0x500011 0x500021\n"
           "#\t0x500010\n"
           "#\t0x500020\n"
           "\n"
           "0: 0 [3: 60] @ 0x1\n"
           "\n");
}

static void an_empty_heap_still_has_four_values(void **state) {
    expect(&(struct legacy_text){.kind = KIND_HEAP}, new_profile(KIND_HEAP),
           "heap profile: 0: 0 [0: 1] @ heapprofile\n");
}

static void calls_are_aligned_as_by_gos_tabwriter(void **state) {
    static const char *const inlined[] = {"transfer", "worker_main"}, *const libc[] = {"start"},
                             *const mark[] = {"[cpprof: unwinding ended]"};
    static const uint64_t stack[] = {0x500010, 0x7f0000700010, 0x500030, 0, 1};
    const uint32_t offsets[] = {0x10, 0x93, 0, 0};
    struct profile *p = new_profile(KIND_THREADS);
    struct legacy_text t = {.kind = KIND_THREADS, .name = "goroutine", .offsets = offsets};
    struct profile_sample *s = add(p, stack, (const int64_t[]){2});

    name(p, 0x500010, 2, inlined, "/src/bank.c", 10);
    name(p, 0x7f0000700010, 1, libc, "", 0);
    name(p, 0, 1, mark, "", 0);
    label(s, "thread", "a \"b\"\\\n\xff", 0, "");
    label(s, "waited", "", 500000000, "nanoseconds");
    label(s, "n", "", -3, "");
    add(p, stack_none, (const int64_t[]){5});
    expect(&t, p,
           "goroutine profile: total 7\n"
           "5 @ 0x1\n"
           "\n"
           "2 @ 0x500011 0x7f0000700011 0x500031 0x1\n"
           "# labels: {\"thread\":\"a \\\"b\\\"\\\\??\", \"waited\":\"500000000 nanoseconds\", "
           "\"n\":\"-3\"}\n"
           "#\t0x500010\ttransfer+0x10\t\t\t/src/bank.c:10\n"
           "#\t0x500010\tworker_main+0x10\t\t/src/bank.c:11\n"
           "#\t0x7f0000700010\tstart+0x93\t\t\t/lib/my lib.so.6\n"
           "#\t0x500030\n"
           "#\t0x0\t\t[cpprof: unwinding ended]\n"
           "\n");
}

static void waits_have_the_longest_first(void **state) {
    struct profile *p = new_profile(KIND_BLOCK);

    label(add(p, stack_a, (const int64_t[]){7, 70}), "wait", "cond", 0, "");
    add(p, stack_b, (const int64_t[]){1, 700});
    expect(&(struct legacy_text){.kind = KIND_BLOCK}, p,
           "--- contention:\n"
           "cycles/second=1000000000\n"
           "700 1 @ 0x7f0000700011 0x500021\n"
           "#\t0x7f0000700010\n"
           "#\t0x500020\n"
           "\n"
           "70 7 @ 0x500011 0x500021\n"
           "# labels: {\"wait\":\"cond\"}\n"
           "#\t0x500010\n"
           "#\t0x500020\n"
           "\n");
}

static void who_held_a_lock_stands_in_comments(void **state) {
    struct profile *p = new_profile(KIND_MUTEX);
    struct legacy_text t = {.kind = KIND_MUTEX, .mutex_fraction = 10};

    add(p, stack_a, (const int64_t[]){7, 70, 0, 0});
    add(p, stack_b, (const int64_t[]){0, 0, 3, 30});
    add(p, stack_mark, (const int64_t[]){0, 0, 4, 40});
    expect(&t, p,
           "--- mutex:\n"
           "cycles/second=1000000000\n"
           "sampling period=1\n"
           "# mutex fraction = 10, values are scaled by it\n"
           "70 7 @ 0x500011 0x500021\n"
           "#\t0x500010\n"
           "#\t0x500020\n"
           "\n"
           "# held meanwhile, by stacks that let the waiters go: held_delay held_contentions\n"
           "# 40 4 @ 0x1 0x500021\n"
           "#\t0x0\n"
           "#\t0x500020\n"
           "\n"
           "# 30 3 @ 0x7f0000700011 0x500021\n"
           "#\t0x7f0000700010\n"
           "#\t0x500020\n"
           "\n");
}

static void strings_break_no_line(void **state) {
    struct profile *p = new_profile(KIND_THREADCREATE);
    char *text, long_name[100000];
    const char *names[] = {"a\nb", long_name};

    memset(long_name, 'x', sizeof(long_name) - 1);
    long_name[sizeof(long_name) - 1] = '\0';
    p->mappings[0]->file = "/bin/a\nb";
    add(p, stack_a, (const int64_t[]){1});
    name(p, 0x500010, 2, names, "c\nd", 1);
    text = text_of(&(struct legacy_text){.kind = KIND_THREADCREATE}, p);
    assert_non_null(strstr(text, "\ta?b\tc?d:1\n"));
    assert_non_null(strstr(text, "xx\tc?d:2\n"));
    assert_non_null(strstr(text, "/bin/a?b (@"));
    assert_true(strlen(text) < 10000);
    free(text);
    profile_free(p);
}

static void what_has_no_text_is_refused(void **state) {
    struct profile *p = new_profile(KIND_CPU);
    char *text;
    size_t n;
    FILE *out = open_memstream(&text, &n);

    assert_int_equal(legacy_text_write(&(struct legacy_text){.kind = KIND_CPU}, p, out), -EINVAL);
    assert_int_equal(legacy_text_write(&(struct legacy_text){.kind = KIND_HEAP}, p, out), -EINVAL);
    fclose(out);
    assert_int_equal(n, 0);
    free(text);
    profile_free(p);
}

static void a_full_file_is_an_error(void **state) {
    struct profile *p = new_profile(KIND_HEAP);
    FILE *out = fopen("/dev/full", "w");

    if (!out)
        skip();
    setvbuf(out, NULL, _IONBF, 0);
    assert_int_equal(legacy_text_write(&(struct legacy_text){.kind = KIND_HEAP}, p, out), -ENOMEM);
    fclose(out);
    profile_free(p);
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
        cmocka_unit_test(heap_has_the_largest_first_and_a_tail),
        cmocka_unit_test(what_parsers_refuse_is_not_printed),
        cmocka_unit_test(an_empty_heap_still_has_four_values),
        cmocka_unit_test(calls_are_aligned_as_by_gos_tabwriter),
        cmocka_unit_test(waits_have_the_longest_first),
        cmocka_unit_test(who_held_a_lock_stands_in_comments),
        cmocka_unit_test(strings_break_no_line),
        cmocka_unit_test(what_has_no_text_is_refused),
        cmocka_unit_test(a_full_file_is_an_error),
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
