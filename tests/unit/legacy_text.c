/* Profiles as text: how it looks. */
#include "tests/unit/legacy_text_fixture.h"

#include <errno.h>

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
                             *const mark[] = {"[cpprof: unwinding ended]"},
                             *const utf[] = {"sechzehn-öäü-€"};
    static const uint64_t stack[] = {0x500010, 0x7f0000700010, 0x500030, 0x500040, 0, 1};
    const uint32_t offsets[] = {0x10, 0x93, 0, 0, 0};
    struct profile *p = new_profile(KIND_THREADS);
    struct legacy_text t = {.kind = KIND_THREADS, .name = "goroutine", .offsets = offsets};
    struct profile_sample *s = add(p, stack, (const int64_t[]){2});

    name(p, 0x500010, 2, inlined, "/src/bank.c", 10);
    name(p, 0x7f0000700010, 1, libc, "", 0);
    name(p, 0, 1, mark, "", 0);
    name(p, 0x500040, 1, utf, "utf.c", 0);
    label(s, "thread", "a \"b\"\\\n\xff", 0, "");
    label(s, "waited", "", 500000000, "nanoseconds");
    label(s, "n", "", -3, "\"\\");
    add(p, stack_none, (const int64_t[]){5});
    expect(&t, p,
           "goroutine profile: total 7\n"
           "5 @ 0x1\n"
           "\n"
           "2 @ 0x500011 0x7f0000700011 0x500031 0x500041 0x1\n"
           "# labels: {\"thread\":\"a \\\"b\\\"\\\\??\", \"waited\":\"500000000 nanoseconds\", "
           "\"n\":\"-3 ??\"}\n"
           "#\t0x500010\ttransfer+0x10\t\t\t/src/bank.c:10\n"
           "#\t0x500010\tworker_main+0x10\t\t/src/bank.c:11\n"
           "#\t0x7f0000700010\tstart+0x93\t\t\t/lib/my lib.so.6\n"
           "#\t0x500030\n"
           "#\t0x500040\tsechzehn-öäü-€\t\t\tutf.c\n"
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
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
