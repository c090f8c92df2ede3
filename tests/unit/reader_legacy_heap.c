/* Heap profiles in text: what Go makes of the same text. */
#include "tests/unit/reader_legacy_fixture.h"

static void samples_of_a_rate_are_scaled_up_to_all_there_was(void **state) {
    reads("heap profile: 3: 96 [5: 4096] @ heap/1048576\n"
          "1: 32 [2: 64] @ 0x401000 0x402000\n"
          "#\t0x401000\tmain.f+0x1\n"
          "\n"
          "2: 1048576 [3: 1572864] @ 0x401100\n"
          "\n"
          "# runtime.MemStats\n"
          "# Alloc = 1\n",
          "alloc_objects/count alloc_space/bytes inuse_objects/count inuse_space/bytes, 524288 "
          "space/bytes\n"
          "32769 1048608 16384 524304: 400fff@1 401fff@1 bytes=32\n"
          "4 2488234 3 1658822: 4010ff@1 bytes=524288\n"
          "0-ffffffffffffffff 0  \n");
    reads("heap profile: 3: 96 [5: 4096] @ heap_v2/524288\n"
          "1: 32 [2: 64] @ 0x401000\n",
          "alloc_objects/count alloc_space/bytes inuse_objects/count inuse_space/bytes, 524288 "
          "space/bytes\n"
          "32769 1048608 16384 524304: 400fff@1 bytes=32\n"
          "0-ffffffffffffffff 0  \n");
    reads("heap profile:   3:   96 [  5: 4096] @ heapz_v2/4096\n"
          " 1: 4096 [1: 4096] @ 0x401000\n",
          "alloc_objects/count alloc_space/bytes inuse_objects/count inuse_space/bytes, 4096 "
          "space/bytes\n"
          "1 6479 1 6479: 400fff@1 bytes=4096\n"
          "0-ffffffffffffffff 0  \n");
}

static void a_rate_of_1_or_less_and_heapprofile_are_not_scaled(void **state) {
    reads("heap profile: 1: 32 [2: 64] @ heap/2\n"
          "1: 32 [2: 64] @ 0x401000\n",
          "alloc_objects/count alloc_space/bytes inuse_objects/count inuse_space/bytes, 1 "
          "space/bytes\n"
          "2 64 1 32: 400fff@1 bytes=32\n"
          "0-ffffffffffffffff 0  \n");
    reads("heap profile: 1: 32 [2: 64] @ heap/\n"
          "1: 32 [2: 64] @ 0x401000\n",
          "alloc_objects/count alloc_space/bytes inuse_objects/count inuse_space/bytes, 0 "
          "space/bytes\n"
          "2 64 1 32: 400fff@1 bytes=32\n"
          "0-ffffffffffffffff 0  \n");
    reads("heap profile: 1: 32 [2: 64] @ heapprofile\n"
          "1: 32 [2: 64] @ 0x401000\n",
          "alloc_objects/count alloc_space/bytes inuse_objects/count inuse_space/bytes, 1 "
          "space/bytes\n"
          "2 64 1 32: 400fff@1 bytes=32\n"
          "0-ffffffffffffffff 0  \n");
}

static void columns_that_say_the_same_twice_are_there_once(void **state) {
    reads("heap profile: 3: 96 [3: 96] @ heapprofile\n"
          "1: 32 [7: 700] @ 0x401000\n",
          "objects/count space/bytes, 1 space/bytes\n"
          "1 32: 400fff@1 bytes=32\n"
          "0-ffffffffffffffff 0  \n");
    reads("heap profile: 3: 96 [0: 0] @ heapprofile\n"
          "1: 32 [0: 0] @ 0x401000\n",
          "objects/count space/bytes, 1 space/bytes\n"
          "1 32: 400fff@1 bytes=32\n"
          "0-ffffffffffffffff 0  \n");
    reads("heap profile: 3: 96 [3: 97] @ heapprofile\n"
          "1: 32 [1: 33] @ 0x401000\n",
          "alloc_objects/count alloc_space/bytes inuse_objects/count inuse_space/bytes, 1 "
          "space/bytes\n"
          "1 33 1 32: 400fff@1 bytes=32\n"
          "0-ffffffffffffffff 0  \n");
}

static void growth_and_fragmentation_have_their_heads(void **state) {
    reads("heap profile: 2: 2097152 [2: 2097152] @ growthz\n"
          "1: 1048576 [1: 1048576] @ 0x401000\n",
          "objects/count space/bytes, 1 space/bytes\n"
          "1 1048576: 400fff@1 bytes=1048576\n"
          "0-ffffffffffffffff 0  \n");
    reads("heap profile: 2: 2097152 [ 2: 9 ] @ growth\n"
          "1: 1048576 [1: 1048576] @ 0x401000\n",
          "objects/count space/bytes, 1 space/bytes\n"
          "1 1048576: 400fff@1 bytes=1048576\n"
          "0-ffffffffffffffff 0  \n");
    reads("heap profile: 2: 2 [ 2: 2] @ fragmentationz\n"
          "-2: -1048576 [1: 1048576] @ 0x401000\n",
          "objects/count space/bytes, 1 space/bytes\n"
          "-2 -1048576: 400fff@1 bytes=524288\n"
          "0-ffffffffffffffff 0  \n");
}

static void blocks_have_the_size_of_one_and_empty_stacks_are_kept(void **state) {
    reads("heap profile: 1: 1 [1: 1] @ heapprofile\n"
          "3: 100 [3: 100] @\n"
          "0: 0 [0: 0] @ 0x401000 0x401000\n",
          "objects/count space/bytes, 1 space/bytes\n"
          "3 100: bytes=33\n"
          "0 0: 400fff@1 400fff@1 bytes=0\n"
          "0-ffffffffffffffff 0  \n");
}

static void memory_maps_follow(void **state) {
    reads("heap profile: 1: 1 [1: 1] @ heapprofile\n"
          "1: 9 [1: 9] @ 0x401000 0x9\n"
          "\n"
          "--- Memory map: ---\n"
          "400000-500000 r-xp 00000000 08:01 12 /bin/server\n",
          "objects/count space/bytes, 1 space/bytes\n"
          "1 9: 400fff@1 8@2 bytes=9\n"
          "400000-500000 0 /bin/server \n"
          "0-ffffffffffffffff 0  \n");
    reads("heap profile: 1: 1 [1: 1] @ heapprofile\n"
          "1: 9 [1: 9] @ 0x401000\n"
          "MAPPED_LIBRARIES:\n"
          "400000-500000 r-xp 00000000 08:01 12 /bin/server\n",
          "objects/count space/bytes, 1 space/bytes\n"
          "1 9: 400fff@1 bytes=9\n"
          "400000-500000 0 /bin/server \n");
}

static void what_stands_around_a_sample_is_passed_over(void **state) {
    reads("heap profile: 1: 1 [1: 1] @ heapprofile\n"
          "at 3:0-1: -5 [2: 6] @ 0x401000 rest 0x3\n",
          "objects/count space/bytes, 1 space/bytes\n"
          "-1 -5: 400fff@1 bytes=5\n"
          "0-ffffffffffffffff 0  \n");
    reads("x heap profile: 1 heap profile: 1: 1 [1: 1] @ heapprofile y\n"
          "1: 9 [1: 9] @ 0x1\n",
          "objects/count space/bytes, 1 space/bytes\n"
          "1 9: 0 bytes=9\n");
}

static void other_heads_are_no_heap_profile(void **state) {
    refused("heap profile: 1: 1 [1: 1] @ other\n", "parsing profile: unrecognized profile format");
    refused("heap profile: 1: 1 1: 1 @ heap\n", "parsing profile: unrecognized profile format");
    refused("heap profile 1: 1 [1: 1] @ heap\n", "parsing profile: unrecognized profile format");
    refused("heap profile: 1: 1 [1: 1] @ heap/99999999999999999999\n",
            "parsing profile: unrecognized profile format");
}

static void a_broken_sample_is_said_to_be_one(void **state) {
    refused("heap profile: 1: 1 [1: 1] @ heap/2\n"
            "rubbish\n",
            "parsing profile: unexpected number of sample values: got 0, want 6");
    refused("heap profile: 1: 1 [1: 1] @ heap/2\n"
            "0: 5 [1: 1] @ 0x1\n",
            "parsing profile: inuse count was 0 but inuse bytes was 5");
    refused("heap profile: 1: 1 [2: 2] @ heap/2\n"
            "1: 5 [0: 7] @ 0x1\n",
            "parsing profile: allocation count was 0 but allocation bytes was 7");
    refused("heap profile: 1: 1 [1: 1] @ heap/2\n"
            "99999999999999999999: 5 [1: 1] @ 0x1\n",
            "parsing profile: malformed sample: 99999999999999999999: 5 [1: 1] @ 0x1: "
            "strconv.ParseInt: parsing \"99999999999999999999\": value out of range");
    refused("heap profile: 1: 1 [1: 1] @ heap/2\n"
            "1: 5 [1: 1] @ 0x11112222333344445\n",
            "parsing profile: malformed sample: 1: 5 [1: 1] @ 0x11112222333344445: failed to parse "
            "as hex 64-bit number: 0x11112222333344445");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(samples_of_a_rate_are_scaled_up_to_all_there_was),
        cmocka_unit_test(a_rate_of_1_or_less_and_heapprofile_are_not_scaled),
        cmocka_unit_test(columns_that_say_the_same_twice_are_there_once),
        cmocka_unit_test(growth_and_fragmentation_have_their_heads),
        cmocka_unit_test(blocks_have_the_size_of_one_and_empty_stacks_are_kept),
        cmocka_unit_test(memory_maps_follow),
        cmocka_unit_test(what_stands_around_a_sample_is_passed_over),
        cmocka_unit_test(other_heads_are_no_heap_profile),
        cmocka_unit_test(a_broken_sample_is_said_to_be_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
