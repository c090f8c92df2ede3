/* Walks that begin at a return address, with more or less known of the stack, and their ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/unwind/compare.h"

enum { MAX = 160, DEEP = 90 };

static struct compare known;

struct walked {
    uint64_t pc[MAX];
    size_t count;
    enum unwind_end end;
};

/* Walks from the caller of this function, whose frame is found by __builtin_frame_address. */
static __attribute__((noinline)) struct walked walk(bool bounds, bool syscalls, size_t max) {
    struct walked w;
    uint64_t *frame = __builtin_frame_address(0);
    struct unwind_start start = {
        .pc = (uint64_t)(uintptr_t)__builtin_return_address(0),
        .sp = (uint64_t)(uintptr_t)(frame + 2),
        .fp = frame[0],
        .stack_lo = bounds ? known.stack_lo : 0,
        .stack_hi = bounds ? known.stack_hi : 0,
        .no_syscalls = !syscalls,
    };

    w.count = unwind_stack(&start, w.pc, max, &w.end);
    return w;
}

static bool reaches_known_end(const struct walked *w) {
    size_t n = known.known.count;

    return w->end == UNWIND_OUTERMOST && w->count > n &&
           memcmp(w->pc + w->count - n, known.known.pc, n * sizeof w->pc[0]) == 0;
}

static bool same_walk(const struct walked *a, const struct walked *b) {
    return a->count == b->count && a->end == b->end &&
           memcmp(a->pc, b->pc, a->count * sizeof a->pc[0]) == 0;
}

static void walk_from_a_return_address_reaches_the_outermost_frame(void **state) {
    struct walked w = walk(true, false, MAX);

    assert_true(reaches_known_end(&w));
}

static void stack_outside_of_the_bounds_is_read_by_system_calls(void **state) {
    struct walked w = walk(false, true, MAX);

    assert_true(reaches_known_end(&w));
}

static void walk_without_bounds_or_system_calls_is_lost_at_once(void **state) {
    struct walked w = walk(false, false, MAX);

    assert_int_equal(w.end, UNWIND_LOST);
    assert_int_equal(w.count, 1);
}

static void walk_that_just_fits_is_not_truncated(void **state) {
    struct walked w = walk(true, false, walk(true, false, MAX).count);

    assert_int_equal(w.end, UNWIND_OUTERMOST);
}

static void walk_with_more_frames_than_fit_is_truncated(void **state) {
    struct walked w = walk(true, false, walk(true, false, MAX).count - 1);

    assert_int_equal(w.end, UNWIND_TRUNCATED);
}

/* The array's end is where other memory is read to: pcs must come to no harm by it. */
static __attribute__((noinline)) size_t agree_at_every_size(unsigned depth) {
    size_t disagree = 0;

    if (depth > 0)
        return agree_at_every_size(depth - 1) + known.fibers;
    for (size_t max = 0; max <= MAX; max++) {
        struct walked a, b;

        /* volatile: both walks are to begin at the same call */
        for (volatile int i = 0; i < 2; i++)
            *(i ? &b : &a) = walk(i == 0, i != 0, max);
        disagree += !same_walk(&a, &b);
    }
    return disagree;
}

static void walks_agree_however_memory_is_read(void **state) {
    assert_int_equal(agree_at_every_size(DEEP), 0);
}

static void wild_registers_are_lost_without_harm(void **state) {
    static const uint64_t wild[] = {
        0, 1, 8, 4096, 0x7fffffffffff, 0x8000000000000000, UINT64_MAX, UINT64_MAX - 7};
    enum { COUNT = sizeof wild / sizeof wild[0] };
    uint64_t pcs[MAX];
    enum unwind_end end;

    for (int pc = 0; pc <= COUNT; pc++)
        for (int sp = 0; sp < COUNT; sp++)
            for (int fp = 0; fp < COUNT; fp++) {
                struct unwind_start start = {
                    .pc = pc < COUNT ? wild[pc] : (uint64_t)(uintptr_t)unwind_stack + 8,
                    .sp = wild[sp],
                    .fp = wild[fp],
                    .stack_lo = known.stack_lo,
                    .stack_hi = known.stack_hi,
                };

                assert_true(unwind_stack(&start, pcs, MAX, &end) <= MAX);
            }
}

/* The caller of the function whose frame address that is. */
static struct unwind_start caller_of(const uint64_t *frame, struct unwind_words *words) {
    return (struct unwind_start){
        .pc = frame[1],
        .sp = (uint64_t)(uintptr_t)(frame + 2),
        .fp = frame[0],
        .stack_lo = known.stack_lo,
        .stack_hi = known.stack_hi,
        .words = words,
    };
}

enum { WORDS_MAX = 400, FLIPPED = 0x40 };

/* Walks with the words noted, then again with each word of the stack changed: the walk differs if
 * and only if the word was noted. Nobody runs in the frames above meanwhile. */
static __attribute__((noinline)) void words_decide(size_t *whole, size_t *wrong) {
    uint64_t at[WORDS_MAX], *frame = __builtin_frame_address(0);
    struct unwind_words words = {.at = at, .max = WORDS_MAX};
    struct unwind_start start = caller_of(frame, &words);
    static struct walked first, again;

    first.count = unwind_stack(&start, first.pc, MAX, &first.end);
    *whole += words.whole && reaches_known_end(&first);
    start.words = NULL;
    for (uint64_t *word = frame + 2; words.n && word <= (uint64_t *)at[words.n - 1]; word++) {
        bool noted = false;

        for (uint32_t i = 0; i < words.n; i++)
            noted |= at[i] == (uint64_t)(uintptr_t)word;
        *word ^= FLIPPED;
        again.count = unwind_stack(&start, again.pc, MAX, &again.end);
        *word ^= FLIPPED;
        *wrong += noted == same_walk(&first, &again);
    }
    start.fp ^= FLIPPED;
    again.count = unwind_stack(&start, again.pc, MAX, &again.end);
    *wrong += words.fp == same_walk(&first, &again);
}

static volatile size_t frame_bytes = 96;

/* Its frame is found by the frame pointer, which the callee saves. */
static __attribute__((noinline)) void below_alloca(unsigned depth, size_t *whole, size_t *wrong) {
    volatile char *room = __builtin_alloca(frame_bytes);

    room[0] = 1;
    if (depth > 0)
        below_alloca(depth - 1, whole, wrong);
    else
        words_decide(whole, wrong);
    room[1] = 1;
}

static void noted_words_are_those_that_the_walk_depends_on(void **state) {
    size_t whole = 0, wrong = 0;

    words_decide(&whole, &wrong);
    for (unsigned depth = 0; depth < 8; depth++)
        below_alloca(depth, &whole, &wrong);
    assert_int_equal(whole, 9);
    assert_int_equal(wrong, 0);
}

static void too_little_room_for_words_is_not_whole(void **state) {
    uint64_t at[2], pcs[MAX], *frame = __builtin_frame_address(0);
    struct unwind_words words = {.at = at, .max = 2};
    struct unwind_start start = caller_of(frame, &words);
    enum unwind_end end;

    assert_true(unwind_stack(&start, pcs, MAX, &end) > 3);
    assert_false(words.whole);
}

extern int _init(void); /* to which the start-up files give no CFI */

/* That there is no caller is seen by what lies on the stack or in rbp, and not by a rule. */
static void an_end_that_no_rule_says_is_not_whole(void **state) {
    const uint64_t stack[8] = {0}, sp = (uint64_t)(uintptr_t)stack;
    const struct {
        uint64_t pc, fp;
    } ends[] = {
        {(uint64_t)(uintptr_t)words_decide, 1234}, /* a return address of 0 */
        {(uint64_t)(uintptr_t)_init, 0},           /* a frame pointer of 0 */
    };
    uint64_t at[WORDS_MAX], pcs[MAX];
    enum unwind_end end;

    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        struct unwind_words words = {.at = at, .max = WORDS_MAX};
        struct unwind_start start = {
            .pc = ends[i].pc + 1, /* as of a call that returns there */
            .sp = sp,
            .fp = ends[i].fp,
            .stack_lo = known.stack_lo,
            .stack_hi = known.stack_hi,
            .words = &words,
        };

        assert_int_equal(unwind_stack(&start, pcs, MAX, &end), 1);
        assert_int_equal(end, UNWIND_OUTERMOST);
        assert_false(words.whole);
    }
}

static __attribute__((noinline)) int run(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(walk_from_a_return_address_reaches_the_outermost_frame),
        cmocka_unit_test(stack_outside_of_the_bounds_is_read_by_system_calls),
        cmocka_unit_test(walk_without_bounds_or_system_calls_is_lost_at_once),
        cmocka_unit_test(walk_that_just_fits_is_not_truncated),
        cmocka_unit_test(walk_with_more_frames_than_fit_is_truncated),
        cmocka_unit_test(walks_agree_however_memory_is_read),
        cmocka_unit_test(wild_registers_are_lost_without_harm),
        cmocka_unit_test(noted_words_are_those_that_the_walk_depends_on),
        cmocka_unit_test(too_little_room_for_words_is_not_whole),
        cmocka_unit_test(an_end_that_no_rule_says_is_not_whole),
    };

    compare_init(&known);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void) {
    int failed = run();

    /* not a tail call: main must have a frame among the known callers */
    return failed != 0;
}
