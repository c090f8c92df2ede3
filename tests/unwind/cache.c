/* The rule cache by itself: what it must not answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "preload/unwind/unwind.h"
#include "preload/unwind/unwind_cache.h"

static uint64_t some_pc(void) {
    return (uint64_t)(uintptr_t)&unwind_stack + 1;
}

static bool is_cached(uint64_t pc, uint64_t epoch, uint64_t *rule) {
    struct cache_entry *pair = cache_pair(pc);

    return cache_match(pair, cache_key(pc, epoch), rule) ||
           cache_match(pair + 1, cache_key(pc, epoch), rule);
}

static void filled_rule_is_found(void **state) {
    uint64_t rule = cache_fill(some_pc(), cache_epoch()), found;

    assert_int_not_equal(rule_kind(rule), RULE_NONE);
    assert_true(is_cached(some_pc(), cache_epoch(), &found));
    assert_int_equal(found, rule);
}

static void empty_entry_matches_no_pc(void **state) {
    struct cache_entry entry = {0};
    uint64_t rule;

    assert_false(cache_match(&entry, cache_key(0, cache_epoch()), &rule));
}

static void entry_of_two_writers_matches_neither(void **state) {
    uint64_t one = some_pc(), two = one + 3, epoch = cache_epoch(), rule, found;
    struct cache_entry *entry = cache_pair(one);

    rule = cache_fill(one, epoch);
    if (!cache_match(entry, cache_key(one, epoch), &found))
        entry++;
    /* two rules that differ in just the bits in which the pcs do */
    atomic_store(&entry->rule, rule ^ one ^ two);
    assert_false(cache_match(entry, cache_key(one, epoch), &found));
    assert_false(cache_match(entry, cache_key(two, epoch), &found));
}

static void forgotten_rule_is_not_found(void **state) {
    uint64_t found;

    cache_fill(some_pc(), cache_epoch());
    unwind_forget();
    assert_false(is_cached(some_pc(), cache_epoch(), &found));
}

static void forgotten_rule_does_not_come_back_with_its_epoch(void **state) {
    uint64_t epoch = cache_epoch(), found;

    cache_fill(some_pc(), epoch);
    do
        unwind_forget();
    while (cache_epoch() != epoch);
    assert_false(is_cached(some_pc(), epoch, &found));
}

static void pc_outside_of_objects_is_not_cached(void **state) {
    uint64_t pc = (uint64_t)(uintptr_t)&pc, found;

    assert_int_equal(rule_kind(cache_fill(pc, cache_epoch())), RULE_NONE);
    assert_false(is_cached(pc, cache_epoch(), &found));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(filled_rule_is_found),
        cmocka_unit_test(empty_entry_matches_no_pc),
        cmocka_unit_test(entry_of_two_writers_matches_neither),
        cmocka_unit_test(forgotten_rule_is_not_found),
        cmocka_unit_test(forgotten_rule_does_not_come_back_with_its_epoch),
        cmocka_unit_test(pc_outside_of_objects_is_not_cached),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
