/* How threads are printed, and which of them are in a deadlock. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "arena/arena.h"
#include "collector/threads/threads_text.h"

static struct threads_report report;

static int setup(void **state) {
    return report_init(&report, 10);
}

static int teardown(void **state) {
    report_release(&report);
    return 0;
}

static struct report_thread *add(uint32_t tid, const char *name) {
    struct report_thread *t = report_add_thread(&report, tid, name, strlen(name));
    assert_non_null(t);
    t->state = "running";
    return t;
}

/* Names the location of the last frame of a stack: functions from the innermost to the outermost,
 * `n` of them, on line 10, 11, ... */
static void name(struct report_stack *s, size_t n, const char *const *functions, const char *file) {
    struct profile_location *l = report.profile->locations[s->frames[s->n - 1].location->id - 1];
    l->lines = profile_alloc(report.profile, n * sizeof *l->lines);
    l->n_lines = n;
    for (size_t i = 0; i < n; i++)
        l->lines[i] = (struct profile_line){
            profile_function(report.profile, functions[i], functions[i], file, 1),
            (int64_t)(10 + i), 0};
}

static void push(struct report_stack *s, uint64_t address, bool exact) {
    struct profile_mapping *m = report_find_mapping(&report, address);
    assert_int_equal(report_push_frame(&report, s, address, exact, m), 0);
}

static void expect(const char *want) {
    char *text;
    size_t n;
    FILE *out = open_memstream(&text, &n);
    threads_text_write(&report, out);
    fclose(out);
    assert_string_equal(text, want);
    free(text);
}

static void set_offset(const struct report_stack *s, uint32_t offset) {
    if (!report.offsets)
        report.offsets = calloc(100, sizeof *report.offsets);
    report.offsets[s->frames[s->n - 1].location->id - 1] = offset;
}

static void a_thread_reads_like_a_goroutine(void **state) {
    static const char *const inlined[] = {"transfer", "worker_main"}, *const starter[] = {
                                                                          "start_all"};
    static const char *const start[] = {"start_thread"};
    assert_non_null(report_add_mapping(&report, 0x1000, 0x2000, 0, "/bin/bank", ""));
    assert_non_null(report_add_mapping(&report, 0x5000, 0x6000, 0, "/lib/libc.so.6", ""));
    struct report_thread *t = add(10, "worker");
    t->state = "mutex";
    t->waited_ns = 1204567890;
    t->object = 0x55d0c0de0040;
    t->owner = 12;
    push(&t->stack, 0x1010, false);
    name(&t->stack, 2, inlined, "/src/bank.c");
    set_offset(&t->stack, 0x7f);
    push(&t->stack, 0x5010, false);
    name(&t->stack, 1, start, "");
    set_offset(&t->stack, 0x93);
    push(&t->creator, 0x1200, false);
    name(&t->creator, 1, starter, "/src/bank.c");
    set_offset(&t->creator, 0x43);
    add(12, "writer");
    expect("thread 10 \"worker\" [mutex, 1.2s, on 0x55d0c0de0040 held by thread 12 \"writer\"]:\n"
           "transfer(...)\n"
           "\t/src/bank.c:10\n"
           "worker_main()\n"
           "\t/src/bank.c:11 +0x80\n"
           "start_thread()\n"
           "\t/lib/libc.so.6 +0x94\n"
           "created by start_all\n"
           "\t/src/bank.c:10 +0x44\n"
           "\n"
           "thread 12 \"writer\" [running]:\n");
}

static void what_has_no_name_stands_where_it_is(void **state) {
    assert_non_null(report_add_mapping(&report, 0x1000, 0x2000, 0x400, "/bin/x (deleted)", ""));
    struct report_thread *t = add(10, "");
    push(&t->stack, 0, true); /* a call of NULL */
    push(&t->stack, 0x1010, true);
    push(&t->stack, 0x1010, false);
    assert_int_equal(report_push_pseudo(&report, &t->stack, ARENA_PC_LOST), 0);
    assert_int_equal(report_push_pseudo(&report, &t->stack, 4000), 0);
    expect("thread 10 [running]:\n"
           "0x0()\n"
           "\t[no file]\n"
           "0x1010()\n"
           "\t/bin/x +0x410\n"
           "0x1011()\n"
           "\t/bin/x +0x411\n"
           "[cpprof: unwinding ended]\n"
           "[cpprof: unknown frame]\n");
}

static void an_exact_leaf_has_its_own_offset(void **state) {
    static const char *const f[] = {"f"};
    struct report_thread *t = add(10, "a");
    push(&t->stack, 0x1010, true);
    name(&t->stack, 1, f, "f.c");
    set_offset(&t->stack, 0x10);
    push(&t->stack, 0x1000, true); /* where the function begins */
    name(&t->stack, 1, f, "f.c");
    expect("thread 10 \"a\" [running]:\n"
           "f()\n"
           "\tf.c:10 +0x10\n"
           "f()\n"
           "\tf.c:10\n");
}

static void names_cannot_break_the_form(void **state) {
    static const char *const f[] = {"f\n\x1b[2J"};
    struct report_thread *t = add(10, "a\"b\\c\n\x1b");
    push(&t->stack, 0x1010, true);
    name(&t->stack, 1, f, "x\ny");
    expect("thread 10 \"a\\\"b\\\\c\\x0a\\x1b\" [running]:\n"
           "f??[2J()\n"
           "\tx?y:10\n");
}

static void durations_are_as_long_as_needed(void **state) {
    static const struct {
        uint64_t ns;
        const char *text;
    } cases[] = {
        {0, "0ns"},
        {999, "999ns"},
        {1000, "1us"},
        {12345, "12.3us"},
        {1050000, "1.05ms"},
        {999999999, "999ms"},
        {59999999999, "59.9s"},
        {200000000000, "3m20s"},
        {18000000000000, "5h0m0s"},
    };
    struct report_thread *t = add(10, "");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char want[64];
        snprintf(want, sizeof want, "thread 10 [running, %s]:\n", cases[i].text);
        t->waited_ns = cases[i].ns;
        expect(want);
    }
}

/* ---- deadlocks */

static void wait_for(uint32_t tid, uint32_t owner) {
    char thread_name[16];
    snprintf(thread_name, sizeof thread_name, "t%u", tid);
    struct report_thread *t = add(tid, thread_name);
    t->state = "mutex";
    t->object = 0x1000 + owner;
    t->owner = owner;
}

/* The lines after the threads. */
static void expect_deadlocks(const char *want) {
    char *text, *found;
    size_t n;
    FILE *out = open_memstream(&text, &n);
    report_sort(&report);
    threads_text_write(&report, out);
    fclose(out);
    found = strstr(text, "\ndeadlock: ");
    assert_string_equal(found ? found : "", want);
    free(text);
}

static void a_circle_is_a_deadlock(void **state) {
    wait_for(13, 11);
    wait_for(12, 13);
    wait_for(11, 12);
    expect_deadlocks(
        "\ndeadlock: thread 11 \"t11\" waits for 0x100c held by thread 12 \"t12\", which "
        "waits for 0x100d held by thread 13 \"t13\", which waits for 0x100b held by "
        "thread 11 \"t11\"\n");
}

static void a_queue_before_a_circle_is_no_part_of_it(void **state) {
    wait_for(10, 20);
    wait_for(20, 30);
    wait_for(30, 20);
    wait_for(40, 30);
    wait_for(50, 50); /* locked twice */
    expect_deadlocks(
        "\ndeadlock: thread 20 \"t20\" waits for 0x101e held by thread 30 \"t30\", which "
        "waits for 0x1014 held by thread 20 \"t20\"\n"
        "deadlock: thread 50 \"t50\" waits for 0x1032 held by thread 50 \"t50\"\n");
}

static void a_chain_is_no_deadlock(void **state) {
    wait_for(10, 20);
    wait_for(20, 30);
    wait_for(30, 99); /* no thread of this process */
    wait_for(40, 0);
    expect_deadlocks("");
}

static void the_main_thread_comes_first(void **state) {
    add(7, "");
    add(12, "");
    add(10, "");
    add(9, "");
    report_sort(&report);
    expect("thread 10 [running]:\n\nthread 7 [running]:\n\nthread 9 [running]:\n\n"
           "thread 12 [running]:\n");
    assert_int_equal(report_find_thread(&report, 9)->tid, 9);
    assert_int_equal(report_find_thread(&report, 10)->tid, 10);
    assert_null(report_find_thread(&report, 8));
}

#define WITH_REPORT(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_REPORT(a_thread_reads_like_a_goroutine),
        WITH_REPORT(what_has_no_name_stands_where_it_is),
        WITH_REPORT(an_exact_leaf_has_its_own_offset),
        WITH_REPORT(names_cannot_break_the_form),
        WITH_REPORT(durations_are_as_long_as_needed),
        WITH_REPORT(a_circle_is_a_deadlock),
        WITH_REPORT(a_queue_before_a_circle_is_no_part_of_it),
        WITH_REPORT(a_chain_is_no_deadlock),
        WITH_REPORT(the_main_thread_comes_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
