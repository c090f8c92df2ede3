/* Memory maps behind a legacy profile: what Go makes of the same text. */
#include "tests/unit/reader_legacy_fixture.h"

static void lines_of_proc_maps(void **state) {
    reads("t profile: total 1\n"
          "1 @ 0x401001 0x502001 0x1\n"
          "--- Memory map: ---\n"
          "00400000-00500000 r-xp 00001000 08:01 1234       /bin/server\n"
          "00500000-00600000 rwxp 00000000 00:00 0\n"
          "00700000-00800000 r--p 0 08:01 5 /data\n",
          "t/count, 1 t/count\n"
          "1: 401000@1 502000@1 0\n"
          "400000-600000 1000 /bin/server \n");
    reads("t profile: total 1\n"
          "1 @ 0x401001 0x502001 0x1\n"
          "--- Memory map: ---\n"
          "400000-500000 r-xp 0 08:01 1234 /bin/a b (deleted)\n",
          "t/count, 1 t/count\n"
          "1: 401000@1 502000@2 0\n"
          "400000-500000 0 /bin/a \n"
          "0-ffffffffffffffff 0  \n");
    reads("t profile: total 1\n"
          "1 @ 0x401001 0x502001 0x1\n"
          "--- Memory map: ---\n"
          "400000-500000 0 08:01 1234 /bin/a\n",
          "t/count, 1 t/count\n"
          "1: 401000@1 502000@2 0\n"
          "400000-500000 0 /bin/a \n"
          "0-ffffffffffffffff 0  \n");
    reads("t profile: total 1\n"
          "1 @ 0x401001 0x502001 0x1\n"
          "--- Memory map: ---\n"
          "400000-500000 08:01 1234 /bin/a\n",
          "t/count, 1 t/count\n"
          "1: 401000@1 502000@2 0\n"
          "400000-500000 0 /bin/a \n"
          "0-ffffffffffffffff 0  \n");
    reads("t profile: total 1\n"
          "1 @ 0x401001 0x502001 0x1\n"
          "--- Memory map: ---\n"
          "400000-500000 x 08:01 12ab /bin/a\n",
          "t/count, 1 t/count\n"
          "1: 401000@1 502000@2 0\n"
          "400000-500000 0  \n"
          "0-ffffffffffffffff 0  \n");
}

static void brief_lines(void **state) {
    reads("t profile: total 1\n"
          "1 @ 0x401001 0x502001 0x1\n"
          "--- Memory map: ---\n"
          "0x400000-0x500000 /bin/server (@FF00) abc123\n",
          "t/count, 1 t/count\n"
          "1: 401000@1 502000@2 0\n"
          "400000-500000 ff00 /bin/server abc123\n"
          "0-ffffffffffffffff 0  \n");
    reads("t profile: total 1\n"
          "1 @ 0x401001 0x502001 0x1\n"
          "--- Memory map: ---\n"
          "0x400000-0x500000: /bin/server\n",
          "t/count, 1 t/count\n"
          "1: 401000@1 502000@2 0\n"
          "400000-500000 0 /bin/server \n"
          "0-ffffffffffffffff 0  \n");
    reads("t profile: total 1\n"
          "1 @ 0x401001 0x502001 0x1\n"
          "--- Memory map: ---\n"
          "0x400000 0x500000 /bin/server abc\n",
          "t/count, 1 t/count\n"
          "1: 401000@1 502000@2 0\n"
          "400000-500000 0 /bin/server abc\n"
          "0-ffffffffffffffff 0  \n");
    reads("t profile: total 1\n"
          "1 @ 0x401001 0x502001 0x1\n"
          "--- Memory map: ---\n"
          "400000 -   500000 r-xp /bin/server (@10)\n",
          "t/count, 1 t/count\n"
          "1: 401000@1 502000@1 0\n"
          "0-ffffffffffffffff 0  \n");
    reads("t profile: total 1\n"
          "1 @ 0x401001 0x502001 0x1\n"
          "--- Memory map: ---\n"
          "400000-600000\n",
          "t/count, 1 t/count\n"
          "1: 401000@1 502000@1 0\n"
          "400000-600000 0  \n");
    reads("t profile: total 1\n"
          "1 @ 0x401001 0x502001 0x1\n"
          "--- Memory map: ---\n"
          "400000-600000 python\n",
          "t/count, 1 t/count\n"
          "1: 401000@1 502000@1 0\n"
          "0-ffffffffffffffff 0  \n");
}

static void what_looks_like_a_range_is_one(void **state) {
    reads("t profile: total 1\n"
          "1 @ 0x401001 0x502001 0x1\n"
          "--- Memory map: ---\n"
          "400000600000 /bin/a\n",
          "t/count, 1 t/count\n"
          "1: 401000@2 502000@2 0\n"
          "40000060000-0 0 /bin/a \n"
          "0-ffffffffffffffff 0  \n");
    reads("t profile: total 1\n"
          "1 @ 0x401001 0x502001 0x1\n"
          "--- Memory map: ---\n"
          "400000600000 r-xp 0 08:01 5 /bin/a\n",
          "t/count, 1 t/count\n"
          "1: 401000@2 502000@2 0\n"
          "40000060000-0 0 /bin/a \n"
          "0-ffffffffffffffff 0  \n");
    reads("t profile: total 1\n"
          "1 @ 0x401001 0x502001 0x1\n"
          "--- Memory map: ---\n"
          "00400000 08:01 5 /bin/a\n",
          "t/count, 1 t/count\n"
          "1: 401000@2 502000@2 0\n"
          "40000-0 0 /bin/a \n"
          "0-ffffffffffffffff 0  \n");
    reads("t profile: total 1\n"
          "1 @ 0x401001 0x502001 0x1\n"
          "--- Memory map: ---\n"
          "40x600000 /bin/a\n",
          "t/count, 1 t/count\n"
          "1: 401000@1 502000@1 0\n"
          "4-600000 0 /bin/a \n");
    reads("t profile: total 1\n"
          "1 @ 0x401001 0x502001 0x1\n"
          "--- Memory map: ---\n"
          "abc hello\n",
          "t/count, 1 t/count\n"
          "1: 401000@2 502000@2 0\n"
          "ab-c 0 hello \n"
          "0-ffffffffffffffff 0  \n");
    reads("t profile: total 1\n"
          "1 @ 0x401001 0x502001 0x1\n"
          "--- Memory map: ---\n"
          "a\n",
          "t/count, 1 t/count\n"
          "1: 401000@1 502000@1 0\n"
          "0-ffffffffffffffff 0  \n");
    reads("t profile: total 1\n"
          "1 @ 0x401001 0x502001 0x1\n"
          "--- Memory map: ---\n"
          "hello\n",
          "t/count, 1 t/count\n"
          "1: 401000@1 502000@1 0\n"
          "0-ffffffffffffffff 0  \n");
}

static void names_stand_for_values(void **state) {
    reads("t profile: total 1\n"
          "1 @ 0x401001 0x502001 0x1\n"
          "--- Memory map: ---\n"
          "build=/x/y\n"
          "400000-500000 $build/bin\n"
          "b = $build/z \n"
          "500000-600000 $b$build\n",
          "t/count, 1 t/count\n"
          "1: 401000@1 502000@2 0\n"
          "400000-500000 0 /x/y/bin \n"
          "500000-600000 0 /x/y/z/x/y \n");
    reads("t profile: total 1\n"
          "1 @ 0x401001 0x502001 0x1\n"
          "--- Memory map: ---\n"
          "a=1\n"
          "a=2\n"
          "400000-500000 /$a$ab$\n",
          "t/count, 1 t/count\n"
          "1: 401000@1 502000@2 0\n"
          "400000-500000 0 /11b$ \n"
          "0-ffffffffffffffff 0  \n");
}

static void what_a_logger_puts_before_a_line_is_taken_off(void **state) {
    reads("t profile: total 1\n"
          "1 @ 0x401001 0x502001 0x1\n"
          "--- Memory map: ---\n"
          "I0102 12:00:00.1 9 maps.cc:12] 400000-500000 r-xp 0 08:01 5 /bin/a\n",
          "t/count, 1 t/count\n"
          "1: 401000@1 502000@2 0\n"
          "400000-500000 0 /bin/a \n"
          "0-ffffffffffffffff 0  \n");
    reads("t profile: total 1\n"
          "1 @ 0x401001 0x502001 0x1\n"
          "--- Memory map: ---\n"
          "I0102 maps.cc:] 400000-500000 r-xp 0 08:01 5 /bin/a\n",
          "t/count, 1 t/count\n"
          "1: 401000@1 502000@1 0\n"
          "0-ffffffffffffffff 0  \n");
}

static void pieces_of_a_mapping_are_put_together(void **state) {
    reads("t profile: total 1\n"
          "1 @ 0x401001 0x502001 0x1\n"
          "--- Memory map: ---\n"
          "400000-401000 r-xp 00000000 08:01 5 /bin/a\n"
          "401000-402000 r-xp 00001000 08:01 5 /bin/a\n"
          "402000-403000 r-xp 00003000 08:01 5 /bin/a\n",
          "t/count, 1 t/count\n"
          "1: 401000@1 502000@2 0\n"
          "400000-403000 0 /bin/a \n"
          "0-ffffffffffffffff 0  \n");
    reads("t profile: total 1\n"
          "1 @ 0x401001 0x502001 0x1\n"
          "--- Memory map: ---\n"
          "400000-401000 r-xp 0 00:00 0\n"
          "401000-402000 /bin/a (@5) ab\n"
          "402000-403000 /bin/a (@1005) cd\n",
          "t/count, 1 t/count\n"
          "1: 401000@1 502000@3 0\n"
          "400000-402000 0 /bin/a ab\n"
          "402000-403000 1005 /bin/a cd\n"
          "0-ffffffffffffffff 0  \n");
}

static void the_program_comes_first(void **state) {
    reads("t profile: total 1\n"
          "1 @ 0x401001 0x502001 0x1\n"
          "--- Memory map: ---\n"
          "500000-600000 r-xp 0 08:01 5 /lib/libc.so.6\n"
          "300000-301000 r-xp 0 08:01 5 [vdso]\n"
          "400000-500000 r-xp 0 08:01 5 /bin/a\n",
          "t/count, 1 t/count\n"
          "1: 401000@1 502000@3 0\n"
          "400000-500000 0 /bin/a \n"
          "300000-301000 0 [vdso] \n"
          "500000-600000 0 /lib/libc.so.6 \n");
    reads("t profile: total 1\n"
          "1 @ 0x401001 0x502001 0x1\n"
          "--- Memory map: ---\n"
          "500000-600000 r-xp 0 08:01 5 /lib/libc-2.36.so(deleted)\n"
          "400000-500000 r-xp 0 08:01 5 /bin/a.so_x\n",
          "t/count, 1 t/count\n"
          "1: 401000@1 502000@2 0\n"
          "400000-500000 0 /bin/a.so_x \n"
          "500000-600000 0 /lib/libc-2.36.so(deleted) \n");
    reads("t profile: total 1\n"
          "1 @ 0x401001 0x502001 0x1\n"
          "--- Memory map: ---\n"
          "500000-600000 r-xp 0 08:01 5 /a.so_1\n"
          "100000-200000 r-xp 0 08:01 5\n",
          "t/count, 1 t/count\n"
          "1: 401000@3 502000@1 0\n"
          "500000-600000 0 /a.so_1 \n"
          "100000-200000 0  \n"
          "0-ffffffffffffffff 0  \n");
}

static void a_program_that_was_mapped_again_is_mended(void **state) {
    reads("t profile: total 1\n"
          "1 @ 0x401001 0x502001 0x1\n"
          "--- Memory map: ---\n"
          "401000-500000 r-xp 00001000 08:01 5 /bin/a\n",
          "t/count, 1 t/count\n"
          "1: 401000@1 502000@2 0\n"
          "400000-500000 0 /bin/a \n"
          "0-ffffffffffffffff 0  \n");
    reads("t profile: total 1\n"
          "1 @ 0x401001 0x502001 0x1\n"
          "--- Memory map: ---\n"
          "401000-402000 r-xp 0 08:01 5 /anon_hugepage\n"
          "402000-600000 r-xp 0 08:01 5 /bin/a\n",
          "t/count, 1 t/count\n"
          "1: 401000@2 502000@1 0\n"
          "402000-600000 0 /bin/a \n"
          "0-ffffffffffffffff 0  \n");
    reads("t profile: total 1\n"
          "1 @ 0x401001 0x502001 0x1\n"
          "--- Memory map: ---\n"
          "401000-402000 r-xp 0 08:01 5 /anon_hugepage\n"
          "502000-600000 r-xp 0 08:01 5 /bin/a\n",
          "t/count, 1 t/count\n"
          "1: 401000@1 502000@2 0\n"
          "401000-402000 0 /anon_hugepage \n"
          "502000-600000 0 /bin/a \n");
}

static void a_missing_first_piece_is_assumed(void **state) {
    reads("t profile: total 1\n"
          "1 @ 0x401001 0x502001 0x1\n"
          "--- Memory map: ---\n"
          "480000-600000 r-xp 00080000 08:01 5 /bin/b\n",
          "t/count, 1 t/count\n"
          "1: 401000@1 502000@1 0\n"
          "400000-600000 0 /bin/b \n");
    reads("t profile: total 1\n"
          "1 @ 0x401001 0x502001 0x1\n"
          "--- Memory map: ---\n"
          "402000-600000 r-xp 00001800 08:01 5 /bin/b\n",
          "t/count, 1 t/count\n"
          "1: 401000@1 502000@1 0\n"
          "400800-600000 0 /bin/b \n");
}

static void addresses_in_no_mapping_are_in_one_that_has_all(void **state) {
    reads("t profile: total 1\n"
          "1 @ 0x401001 0x1 0x0\n",
          "t/count, 1 t/count\n"
          "1: 401000@1 0 ffffffffffffffff@1\n"
          "0-ffffffffffffffff 0  \n");
    reads("t profile: total 1\n"
          "1 @ 0x401001 0x502001 0x1\n"
          "--- Memory map: ---\n",
          "t/count, 1 t/count\n"
          "1: 401000@1 502000@1 0\n"
          "0-ffffffffffffffff 0  \n");
}

static void a_number_of_more_than_64_bits_is_no_mapping(void **state) {
    reads("t profile: total 1\n"
          "1 @ 0x401001 0x502001 0x1\n"
          "--- Memory map: ---\n"
          "11112222333344445-500000 r-xp 0 08:01 5 /bin/a\n",
          "t/count, 1 t/count\n"
          "1: 401000@1 502000@1 0\n"
          "0-ffffffffffffffff 0  \n");
    reads("t profile: total 1\n"
          "1 @ 0x401001 0x502001 0x1\n"
          "--- Memory map: ---\n"
          "400000-500000 r-xp 11112222333344445 08:01 5 /bin/a\n",
          "t/count, 1 t/count\n"
          "1: 401000@1 502000@1 0\n"
          "0-ffffffffffffffff 0  \n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_of_proc_maps),
        cmocka_unit_test(brief_lines),
        cmocka_unit_test(what_looks_like_a_range_is_one),
        cmocka_unit_test(names_stand_for_values),
        cmocka_unit_test(what_a_logger_puts_before_a_line_is_taken_off),
        cmocka_unit_test(pieces_of_a_mapping_are_put_together),
        cmocka_unit_test(the_program_comes_first),
        cmocka_unit_test(a_program_that_was_mapped_again_is_mended),
        cmocka_unit_test(a_missing_first_piece_is_assumed),
        cmocka_unit_test(addresses_in_no_mapping_are_in_one_that_has_all),
        cmocka_unit_test(a_number_of_more_than_64_bits_is_no_mapping),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
