/* Counts by stack in text, as Go's goroutine and threadcreate profiles: what Go makes of the same
 * text. */
#include "tests/unit/reader_legacy_fixture.h"

static void any_name_is_a_kind_of_profile(void **state) {
    reads("goroutine profile: total 7\n"
          "3 @ 0x401000 0x402000\n"
          "4 @ 0x401000\n",
          "goroutine/count, 1 goroutine/count\n"
          "3: 400fff@1 401fff@1\n"
          "4: 400fff@1\n"
          "0-ffffffffffffffff 0  \n");
    reads("threadcreate profile: total 1\n"
          "1 @ 0x1\n",
          "threadcreate/count, 1 threadcreate/count\n"
          "1: 0\n");
    reads("my.own/kind profile: total 0\n", "my.own/kind/count, 1 my.own/kind/count\n");
}

static void labels_and_functions_are_comments(void **state) {
    reads("goroutine profile: total 1\n"
          "1 @ 0x401000 0x402000\n"
          "# labels: {\"k\":\"v\"}\n"
          "#\t0x401000\tmain.f+0x1\tmain.go:7\n"
          "\n"
          "2 @ 0x401001\n",
          "goroutine/count, 1 goroutine/count\n"
          "1: 400fff@1 401fff@1\n"
          "2: 401000@1\n"
          "0-ffffffffffffffff 0  \n");
}

static void comments_and_empty_lines_may_come_first(void **state) {
    reads("# one\n"
          "\n"
          "  # two\n"
          "goroutine profile: total 1\n"
          "1 @ 0x401000\n",
          "goroutine/count, 1 goroutine/count\n"
          "1: 400fff@1\n"
          "0-ffffffffffffffff 0  \n");
}

static void addresses_are_those_of_calls_and_stand_once(void **state) {
    reads("t profile: total 1\n"
          "1 @ 0x401000 0x401000 0x0\n"
          "2 @ 0x401000\n",
          "t/count, 1 t/count\n"
          "1: 400fff@1 400fff@1 ffffffffffffffff@1\n"
          "2: 400fff@1\n"
          "0-ffffffffffffffff 0  \n");
}

static void a_count_with_a_zero_before_it_is_octal(void **state) {
    reads("t profile: total 1\n"
          "010 @ 0x1\n",
          "t/count, 1 t/count\n"
          "8: 0\n");
    refused("t profile: total 1\n"
            "09 @ 0x1\n",
            "parsing profile: malformed profile format");
}

static void lines_end_as_on_other_systems_too(void **state) {
    reads("t profile: total 1\r\n"
          "1 @ 0x5\r\n",
          "t/count, 1 t/count\n"
          "1: 4@1\n"
          "0-ffffffffffffffff 0  \n");
}

static void memory_maps_follow(void **state) {
    reads("t profile: total 1\n"
          "1 @ 0x401000\n"
          "--- Memory map: ---\n"
          "400000-500000 r-xp 00000000 08:01 12 /bin/server\n",
          "t/count, 1 t/count\n"
          "1: 400fff@1\n"
          "400000-500000 0 /bin/server \n");
    reads("t profile: total 1\n"
          "1 @ 0x401000\n"
          "--- other: ---\n"
          "rubbish\n"
          "--- Memory map: ---\n"
          "400000-500000 r-xp 00000000 08:01 12 /bin/server\n",
          "t/count, 1 t/count\n"
          "1: 400fff@1\n"
          "400000-500000 0 /bin/server \n");
}

static void other_heads_are_no_count(void **state) {
    refused("goroutine profile: total\n", "parsing profile: unrecognized profile format");
    refused("goroutine profile: total 1 \n", "parsing profile: unrecognized profile format");
    refused(" goroutine profile: total 1\n", "parsing profile: unrecognized profile format");
    refused("go routine profile: total 1\n", "parsing profile: unrecognized profile format");
}

static void a_sample_without_a_stack_is_malformed(void **state) {
    refused("threadcreate profile: total 6\n"
            "6 @\n",
            "parsing profile: malformed profile format");
    refused("t profile: total 1\n"
            "1 @ 0x\n",
            "parsing profile: malformed profile format");
    refused("t profile: total 1\n"
            "1 @ 0xF\n",
            "parsing profile: malformed profile format");
    refused("t profile: total 1\n"
            "1 @ 0x1 \n",
            "parsing profile: malformed profile format");
    refused("t profile: total 1\n"
            "-1 @ 0x1\n",
            "parsing profile: malformed profile format");
    refused("t profile: total 1\n"
            "1 @ 0x11112222333344445\n",
            "parsing profile: malformed profile format");
    refused("t profile: total 1\n"
            "99999999999999999999 @ 0x1\n",
            "parsing profile: malformed profile format");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_name_is_a_kind_of_profile),
        cmocka_unit_test(labels_and_functions_are_comments),
        cmocka_unit_test(comments_and_empty_lines_may_come_first),
        cmocka_unit_test(addresses_are_those_of_calls_and_stand_once),
        cmocka_unit_test(a_count_with_a_zero_before_it_is_octal),
        cmocka_unit_test(lines_end_as_on_other_systems_too),
        cmocka_unit_test(memory_maps_follow),
        cmocka_unit_test(other_heads_are_no_count),
        cmocka_unit_test(a_sample_without_a_stack_is_malformed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
