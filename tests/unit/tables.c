/* The tables of settings and counters: complete, and true to themselves. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "arena/counters.h"
#include "arena/settings.h"

static uint64_t parse_size(const char *s) {
    char *end;
    uint64_t n = strtoull(s, &end, 10);
    switch (*end) {
    case 'G':
        n *= 1024;
        /* fallthrough */
    case 'M':
        n *= 1024;
        /* fallthrough */
    case 'k':
        n *= 1024;
    }
    return n;
}

static void every_setting_is_described(void **state) {
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        const struct setting *s = &settings[i];
        assert_non_null(s->name);
        assert_memory_equal(s->name, "CPROF_", 6);
        assert_true(s->about && *s->about);
        assert_non_null(s->unit);
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(settings[k].name, s->name);
    }
}

static void every_default_is_in_range_and_reads_as_printed(void **state) {
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        const struct setting *s = &settings[i];
        assert_non_null(s->default_text);
        if (s->type == SETTING_TEXT)
            continue;
        assert_in_range(s->default_value, s->min, s->max);
        assert_true(parse_size(s->default_text) == s->default_value);
    }
}

static void every_loss_has_a_comment(void **state) {
    for (int i = 0; i < ARENA_COUNTERS; i++) {
        int done = i <= ARENA_CREATE_SAMPLES || i == ARENA_DUMPS;
        assert_non_null(counters[i].comment);
        assert_int_equal(counters[i].comment[0] == '\0', done);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_setting_is_described),
        cmocka_unit_test(every_default_is_in_range_and_reads_as_printed),
        cmocka_unit_test(every_loss_has_a_comment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
