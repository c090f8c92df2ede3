/* Waits for locks in text: what Go makes of the same text. */
#include "tests/unit/reader_legacy_fixture.h"

static void cycles_become_nanoseconds_of_every_wait(void **state) {
    reads("--- mutex:\n"
          "cycles/second=2400000000\n"
          "sampling period=5\n"
          "4800 2 @ 0x401000 0x402000\n"
          "#\t0x1\tf\n",
          "contentions/count delay/nanoseconds, 5 contentions/count\n"
          "10 10000: 400fff@1 401fff@1\n"
          "0-ffffffffffffffff 0  \n");
    reads("--- contention:\n"
          "cycles/second=3000000001\n"
          "48000 2 @ 0x401000\n"
          "1 1 @ 0x3\n",
          "contentions/count delay/nanoseconds, 1 contentions/count\n"
          "2 15999: 400fff@1\n"
          "1 0: 2@1\n"
          "0-ffffffffffffffff 0  \n");
    reads("--- contentionz 1 ---\n"
          "cycles/second = 3201000000\n"
          "sampling period = 100\n"
          "ms since reset = 16502830\n"
          "discarded samples = 0\n"
          "  19490304       27 @ 0xbccc97 0xc61202\n",
          "contentions/count delay/nanoseconds, 100 contentions/count, 16502830000000 ns\n"
          "2700 608881724: bccc96@1 c61201@1\n"
          "0-ffffffffffffffff 0  \n");
}

static void without_a_speed_values_stay(void **state) {
    reads("--- mutex:\n"
          "4800 2 @ 0x401000\n",
          "contentions/count delay/nanoseconds, 1 contentions/count\n"
          "2 4800: 400fff@1\n"
          "0-ffffffffffffffff 0  \n");
    reads("--- mutex:\n"
          "sampling period=0\n"
          "cycles/second=5\n"
          "4800 2 @ 0x401000\n",
          "contentions/count delay/nanoseconds, 0 contentions/count\n"
          "2 4800: 400fff@1\n"
          "0-ffffffffffffffff 0  \n");
    reads("--- mutex:\n"
          "sampling period=-3\n"
          "4800 2 @\n",
          "contentions/count delay/nanoseconds, -3 contentions/count\n"
          "2 4800:\n");
}

static void numbers_of_attributes_may_have_a_prefix(void **state) {
    reads("--- mutex:\n"
          "sampling period = 0x10\n"
          "1 1 @ 0x1\n",
          "contentions/count delay/nanoseconds, 16 contentions/count\n"
          "16 1: 0\n");
    reads("--- mutex:\n"
          "sampling period = 1_0\n"
          "1 1 @ 0x1\n",
          "contentions/count delay/nanoseconds, 10 contentions/count\n"
          "10 1: 0\n");
    reads("--- mutex:\n"
          "sampling period = 010\n"
          "1 1 @ 0x1\n",
          "contentions/count delay/nanoseconds, 8 contentions/count\n"
          "8 1: 0\n");
}

static void values_may_stand_close_together(void **state) {
    reads("--- mutex:\n"
          "12 @ 0x1\n"
          "1234 @ 0x2\n",
          "contentions/count delay/nanoseconds, 1 contentions/count\n"
          "2 1: 0\n"
          "4 123: 1@1\n"
          "0-ffffffffffffffff 0  \n");
    refused("--- mutex:\n"
            "123  @ 0x1\n",
            "parsing profile: unrecognized profile format");
}

static void memory_maps_follow(void **state) {
    reads("--- mutex:\n"
          "\n"
          "5 5 @ 0x401000\n"
          "\n"
          "--- Memory map: ---\n"
          "400000-500000 r-xp 00000000 08:01 12 /bin/server\n",
          "contentions/count delay/nanoseconds, 1 contentions/count\n"
          "5 5: 400fff@1\n"
          "400000-500000 0 /bin/server \n");
    reads("--- mutex:\n"
          "--- Memory map: ---\n"
          "400000-500000 r-xp 00000000 08:01 12 /bin/server\n",
          "contentions/count delay/nanoseconds, 1 contentions/count\n"
          "400000-500000 0 /bin/server \n");
}

static void other_heads_are_no_contention(void **state) {
    refused("--- mutexes\n", "parsing profile: unrecognized profile format");
    refused("--- contentions\n", "parsing profile: unrecognized profile format");
    refused("-- mutex:\n", "parsing profile: unrecognized profile format");
}

static void other_attributes_are_no_contention(void **state) {
    refused("--- mutex:\n"
            "format = java\n",
            "parsing profile: unrecognized profile format");
    refused("--- mutex:\n"
            "resolution = us\n",
            "parsing profile: unrecognized profile format");
    refused("--- mutex:\n"
            "other = 1\n",
            "parsing profile: unrecognized profile format");
    refused("--- mutex:\n"
            "cycles/second = fast\n",
            "parsing profile: unrecognized profile format");
    refused("--- mutex:\n"
            "cycles/second = 1.5\n",
            "parsing profile: unrecognized profile format");
}

static void a_broken_sample_is_no_contention(void **state) {
    refused("--- mutex:\n"
            "5 @ 0x1\n",
            "parsing profile: unrecognized profile format");
    refused("--- mutex:\n"
            "rubbish\n",
            "parsing profile: unrecognized profile format");
}

static void a_number_of_more_than_64_bits_is_malformed(void **state) {
    refused("--- mutex:\n"
            "99999999999999999999 1 @ 0x1\n",
            "parsing profile: malformed sample: 99999999999999999999 1 @ 0x1: strconv.ParseInt: "
            "parsing \"99999999999999999999\": value out of range");
    refused("--- mutex:\n"
            "1 99999999999999999999 @ 0x1\n",
            "parsing profile: malformed sample: 1 99999999999999999999 @ 0x1: strconv.ParseInt: "
            "parsing \"99999999999999999999\": value out of range");
    refused("--- mutex:\n"
            "1 1 @ 0x11112222333344445\n",
            "parsing profile: malformed sample: 1 1 @ 0x11112222333344445: failed to parse as hex "
            "64-bit number: 0x11112222333344445");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cycles_become_nanoseconds_of_every_wait),
        cmocka_unit_test(without_a_speed_values_stay),
        cmocka_unit_test(numbers_of_attributes_may_have_a_prefix),
        cmocka_unit_test(values_may_stand_close_together),
        cmocka_unit_test(memory_maps_follow),
        cmocka_unit_test(other_heads_are_no_contention),
        cmocka_unit_test(other_attributes_are_no_contention),
        cmocka_unit_test(a_broken_sample_is_no_contention),
        cmocka_unit_test(a_number_of_more_than_64_bits_is_malformed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
