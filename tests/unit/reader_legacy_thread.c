/* Stacks of threads in text (threadz): what Go makes of the same text. */
#include "tests/unit/reader_legacy_fixture.h"

static void every_thread_counts_once(void **state) {
    reads("--- threadz 1 ---\n"
          "\n"
          "--- Thread 7f00 (name: main/14748) stack: ---\n"
          "  PC: 0x401000 0x402000\n"
          " 0x403000 f()\n"
          "--- Thread 7f00 (name: main/14748) stack: ---\n"
          "0x401000\n"
          "--- Memory map: ---\n"
          "400000-500000 r-xp 00000000 08:01 12 /bin/server\n",
          "thread/count, 1 thread/count\n"
          "1: 401000@1 401fff@1 402fff@1\n"
          "1: 401000@1\n"
          "400000-500000 0 /bin/server \n");
}

static void the_head_may_be_missing(void **state) {
    reads("--- Thread 7f00 (name: main/14748) stack: ---\n"
          "0x401000\n"
          "--- Memory map: ---\n"
          "400000-500000 r-xp 00000000 08:01 12 /bin/server\n",
          "thread/count, 1 thread/count\n"
          "1: 401000@1\n"
          "400000-500000 0 /bin/server \n");
    reads("# c\n"
          "\n"
          "--- Thread 7f00 (name: main/14748) stack: ---\n"
          "0x401000\n"
          "---- no stack trace for 1\n",
          "thread/count, 1 thread/count\n"
          "1: 401000@1\n"
          "0-ffffffffffffffff 0  \n");
}

static void a_thread_with_the_stack_of_the_one_before_is_counted_there(void **state) {
    reads("--- threadz 1 ---\n"
          "--- Thread 7f00 (name: main/14748) stack: ---\n"
          "0x401000\n"
          "--- Thread 7f00 (name: main/14748) stack: ---\n"
          " [same as previous thread]\n"
          "--- Thread 7f00 (name: main/14748) stack: ---\n"
          "\n"
          "--- Thread 7f00 (name: main/14748) stack: ---\n"
          "0x5\n"
          "same as previous thread\n"
          "--- Memory map: ---\n"
          "400000-500000 r-xp 00000000 08:01 12 /bin/server\n",
          "thread/count, 1 thread/count\n"
          "4: 401000@1\n"
          "400000-500000 0 /bin/server \n");
    reads("--- threadz 1 ---\n"
          "--- Thread 7f00 (name: main/14748) stack: ---\n"
          "same as previous thread\n"
          "--- Memory map: ---\n"
          "400000-500000 r-xp 00000000 08:01 12 /bin/server\n",
          "thread/count, 1 thread/count\n"
          "400000-500000 0 /bin/server \n");
}

static void names_may_hold_anything(void **state) {
    reads("--- Thread a (name: a/b) stack: ---/12) stack: ---\n"
          "0x5\n"
          "--- Memory map: ---\n"
          "400000-500000 r-xp 00000000 08:01 12 /bin/server\n",
          "thread/count, 1 thread/count\n"
          "1: 5@2\n"
          "400000-500000 0 /bin/server \n"
          "0-ffffffffffffffff 0  \n");
    reads("--- Thread A (name: /1) stack: ---\n"
          "0x5\n"
          "--- Memory map: ---\n"
          "400000-500000 r-xp 00000000 08:01 12 /bin/server\n",
          "thread/count, 1 thread/count\n"
          "1: 5@2\n"
          "400000-500000 0 /bin/server \n"
          "0-ffffffffffffffff 0  \n");
}

static void a_leaf_that_is_there_twice_is_there_once(void **state) {
    reads("--- Thread 7f00 (name: main/14748) stack: ---\n"
          "0x401000 0x401000 0x402000\n"
          "--- Memory map: ---\n"
          "400000-500000 r-xp 00000000 08:01 12 /bin/server\n",
          "thread/count, 1 thread/count\n"
          "1: 401000@1 401fff@1\n"
          "400000-500000 0 /bin/server \n");
}

static void it_has_to_end(void **state) {
    refused("--- threadz 1 ---\n"
            "--- Thread 7f00 (name: main/14748) stack: ---\n"
            "0x401000\n",
            "parsing profile: unrecognized profile format");
    refused("--- threadz 1 ---\n", "parsing profile: unrecognized profile format");
    refused("--- Thread 7f00 (name: main/14748) stack: ---\n"
            "0x401000\n"
            "\n",
            "parsing profile: unrecognized profile format");
}

static void other_heads_are_no_threads(void **state) {
    refused("--- threadz x ---\n", "parsing profile: unrecognized profile format");
    refused("--- Thread 7f00 (name: main/x) stack: ---\n"
            "0x1\n"
            "--- Memory map: ---\n"
            "400000-500000 r-xp 00000000 08:01 12 /bin/server\n",
            "parsing profile: unrecognized profile format");
    refused("--- Thread  (name: main/1) stack: ---\n"
            "0x1\n"
            "--- Memory map: ---\n"
            "400000-500000 r-xp 00000000 08:01 12 /bin/server\n",
            "parsing profile: unrecognized profile format");
}

static void an_address_of_more_than_64_bits_is_malformed(void **state) {
    refused("--- Thread 7f00 (name: main/14748) stack: ---\n"
            " 0x11112222333344445 f\n"
            "--- Memory map: ---\n"
            "400000-500000 r-xp 00000000 08:01 12 /bin/server\n",
            "parsing profile: malformed sample: 0x11112222333344445 f: failed to parse as hex "
            "64-bit number: 0x11112222333344445");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_thread_counts_once),
        cmocka_unit_test(the_head_may_be_missing),
        cmocka_unit_test(a_thread_with_the_stack_of_the_one_before_is_counted_there),
        cmocka_unit_test(names_may_hold_anything),
        cmocka_unit_test(a_leaf_that_is_there_twice_is_there_once),
        cmocka_unit_test(it_has_to_end),
        cmocka_unit_test(other_heads_are_no_threads),
        cmocka_unit_test(an_address_of_more_than_64_bits_is_malformed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
