/* Names, files, lines and inlined calls from DWARF, as several compilers and linkers write it. */
#include "tests/unit/symbolize_fixture.h"

/* Each line that is asked for is marked; `mark_N` labels the first instruction of what is between
 * the braces, so that its address can be had from the symbol table. */
static const char c_source[] =
    "#define MARK(n) __asm__ volatile(\".globl mark_\" #n \"\\n\"      \\\n"
    "                                 \"mark_\" #n \": nop\")\n"
    "volatile int sink;\n"
    "static inline __attribute__((always_inline)) void inner(int a) {\n"
    "    sink = a;\n"
    "    MARK(inner);\n" /* 6 */
    "}\n"                /* 7 */
    "\n"                 /* 8 */
    "static inline __attribute__((always_inline)) void middle(int a) {\n"
    "    inner(a + 1);\n"                                   /* 10 */
    "}\n"                                                   /* 11 */
    "\n"                                                    /* 12 */
    "__attribute__((noinline)) void outer(int a) {\n"       /* 13 */
    "    middle(a);\n"                                      /* 14 */
    "    sink = a;\n"                                       /* 15 */
    "}\n"                                                   /* 16 */
    "\n"                                                    /* 17 */
    "static __attribute__((noinline)) int local(int a) {\n" /* 18 */
    "    MARK(local);\n"                                    /* 19 */
    "    return sink + a;\n"                                /* 20 */
    "}\n"                                                   /* 21 */
    "\n"                                                    /* 22 */
    "int main(int argc, char **argv) {\n"                   /* 23 */
    "    outer(argc);\n"                                    /* 24 */
    "    return local(argc);\n"                             /* 25 */
    "}\n";

static const uint64_t base = 0x7f1234560000;

/* Compiles c_source so and checks all that is known of it. */
static void check_c(const char *compile, uint64_t at_base) {
    struct profile *p = empty_profile();
    struct profile_mapping *m;
    struct profile_location *inner, *local;

    write_text("a.c", c_source);
    assert_int_equal(shell("%s -o a a.c", compile), 0);
    m = map_program(p, in_directory("a"), at_base);
    inner = add_address(p, m, at_base + symbol_address("a", "mark_inner"));
    local = add_address(p, m, at_base + symbol_address("a", "mark_local"));
    symbolize(p);
    assert_no_comment(p);

    assert_int_equal(inner->n_lines, 3);
    assert_line(inner, 0, "inner", "/a.c", 6);
    assert_line(inner, 1, "middle", "/a.c", 10);
    assert_line(inner, 2, "outer", "/a.c", 14);
    assert_int_equal(inner->lines[0].function->start_line, 4);
    assert_int_equal(inner->lines[2].function->start_line, 13);
    assert_string_equal(inner->lines[2].function->system_name, "outer");
    assert_int_equal(local->n_lines, 1);
    assert_line(local, 0, "local", "/a.c", 19);
    assert_true(m->has_functions && m->has_filenames && m->has_line_numbers &&
                m->has_inline_frames);
    profile_free(p);
}

static void inlined_calls_are_lines_of_one_location(void **state) {
    check_c("gcc -O2 -g", base);
}

static void a_program_at_fixed_addresses_is_read(void **state) {
    check_c("gcc -O2 -g -no-pie -fno-pie", 0);
}

static void optimisation_levels_and_dwarf_versions_are_all_read(void **state) {
    check_c("gcc -O0 -g", base);
    check_c("gcc -O2 -gdwarf-4", base);
    check_c("gcc -O2 -gdwarf-3 -gstrict-dwarf", base);
    check_c("gcc -O2 -gdwarf-5 -gz", base);
    check_c("gcc -O2 -g -flto", base);
}

static void split_dwarf_is_read(void **state) {
    check_c("gcc -O2 -g -gdwarf-5 -gsplit-dwarf", base);
    check_c("gcc -O2 -g -gdwarf-4 -gsplit-dwarf", base);
}

static void dwarf_without_aranges_is_read(void **state) {
    if (!have_tool("clang")) {
        print_message("# skipped: no clang\n");
        skip();
    }
    check_c("clang -O2 -g", base);
    check_c("clang -O2 -gdwarf-4", base);
}

static void unusual_layouts_are_read(void **state) {
    check_c("gcc -O2 -g -Wl,-z,noseparate-code", base);
    check_c("gcc -O2 -g -Wl,-z,separate-code", base);
    check_c("gcc -O2 -g -no-pie -fno-pie -Wl,-Ttext-segment=0x10000000", 0);
    check_c("gcc -O2 -g -Wl,-Ttext-segment=0x10000000", base);
    check_c("gcc -O2 -g -Wl,-z,max-page-size=0x10000", base);
}

static void a_program_linked_by_gold_is_read(void **state) {
    if (!have_tool("ld.gold")) {
        print_message("# skipped: no ld.gold\n");
        skip();
    }
    check_c("gcc -O2 -g -fuse-ld=gold -Wl,--build-id", base);
}

/* lld puts segments at addresses that differ from their offsets; the same is made here with the
 * tools that are there, by moving the code. */
static void a_segment_whose_address_is_not_its_offset_is_read(void **state) {
    check_c("gcc -O2 -g -Wl,--section-start=.text=0x7000123", base);
}

/* Functions that the linker dropped leave ranges at address 0 that are larger than the distance of
 * the code from there; `flags` are those of the function that is kept. */
static void check_dropped(const char *flags, const char *file, int64_t line) {
    struct profile *p = empty_profile();
    struct profile_mapping *m;
    struct profile_location *main_entry;

    write_text("big.c", "int big(int a) {\n"
                        "    __asm__ volatile(\".fill 0x100000, 1, 0x90\");\n"
                        "    return a;\n"
                        "}\n");
    write_text("small.c", "int main(void) { return 0; }\n");
    assert_int_equal(shell("gcc -O2 -g -c -ffunction-sections big.c && "
                           "gcc -O2 %s -c -ffunction-sections small.c && "
                           "gcc -Wl,--gc-sections -o dropped big.o small.o",
                           flags),
                     0);
    m = map_program(p, in_directory("dropped"), base);
    main_entry = add_address(p, m, base + symbol_address("dropped", "main"));
    symbolize(p);
    assert_int_equal(main_entry->n_lines, 1);
    assert_line(main_entry, 0, "main", file, line);
    profile_free(p);
}

static void ranges_of_dropped_functions_name_nothing(void **state) {
    check_dropped("-g", "/small.c", 1);
    check_dropped("", "", 0);
}

static const char cxx_source[] =
    "#define MARK(n) __asm__ volatile(\".globl mark_\" #n \"\\n mark_\" #n \": nop\")\n"
    "#define HERE inline __attribute__((always_inline))\n"
    "volatile int sink;\n"
    "namespace outside {\n"
    "struct thing {\n"
    "    int value;\n"
    "    HERE void touch() { MARK(touch); }\n" /* 7 */
    "    template <typename T> __attribute__((noinline)) T add(T a, const char *s);\n"
    "};\n"
    "template <typename T> T thing::add(T a, const char *) {\n" /* 10 */
    "    MARK(add);\n"                                          /* 11 */
    "    return a;\n"
    "}\n"
    "namespace {\n"
    "HERE int hidden_inline(int a) { MARK(hidden_inline); return a; }\n" /* 15 */
    "__attribute__((noinline)) int hidden(int a) {\n"                    /* 16 */
    "    MARK(hidden);\n"                                                /* 17 */
    "    return hidden_inline(a) + sink;\n"                              /* 18 */
    "}\n"
    "}\n"
    "__attribute__((noinline)) void use(thing &t) {\n" /* 21 */
    "    t.touch();\n"                                 /* 22 */
    "    sink = t.add<int>(hidden(3), \"\");\n"
    "}\n"
    "}\n"
    "int main() { outside::thing t{}; outside::use(t); }\n";

static void check_cxx(const char *compile) {
    struct profile *p = empty_profile();
    struct profile_mapping *m;
    struct profile_location *touch, *add, *hidden, *hidden_inline;

    write_text("b.cc", cxx_source);
    assert_int_equal(shell("%s -O2 -g -o b b.cc", compile), 0);
    m = map_program(p, in_directory("b"), base);
    touch = add_address(p, m, base + symbol_address("b", "mark_touch"));
    add = add_address(p, m, base + symbol_address("b", "mark_add"));
    hidden = add_address(p, m, base + symbol_address("b", "mark_hidden"));
    hidden_inline = add_address(p, m, base + symbol_address("b", "mark_hidden_inline"));
    symbolize(p);
    assert_no_comment(p);

    assert_line(touch, 0, "outside::thing::touch", "/b.cc", 7);
    assert_line(touch, 1, "outside::use", "/b.cc", 22);
    assert_string_equal(touch->lines[1].function->system_name, "_ZN7outside3useERNS_5thingE");
    assert_line(add, 0, "outside::thing::add<int>", "/b.cc", 11);
    assert_line(hidden, 0, "outside::(anonymous namespace)::hidden", "/b.cc", 17);
    assert_line(hidden_inline, 1, "outside::(anonymous namespace)::hidden", "/b.cc", 18);
    assert_int_equal(hidden_inline->n_lines, 2);
    /* gcc gives the inlined one no linkage name: its name is put together. */
    assert_line(hidden_inline, 0, "outside::(anonymous namespace)::hidden_inline", "/b.cc", 15);
    profile_free(p);
}

static void cxx_names_are_whole(void **state) {
    check_cxx("g++");
    if (have_tool("clang++"))
        check_cxx("clang++");
}

static void rust_names_are_demangled(void **state) {
    static const char source[] = "#[inline(never)]\n"
                                 "pub fn work(a: u64) -> u64 {\n"
                                 "    std::hint::black_box(a) + 1\n"
                                 "}\n"
                                 "fn main() {\n"
                                 "    std::hint::black_box(work(2));\n"
                                 "}\n";
    static const char *const options[] = {"", "-C symbol-mangling-version=v0"};

    if (!have_tool("rustc")) {
        print_message("# skipped: no rustc\n");
        skip();
    }
    write_text("fixture.rs", source);
    for (size_t i = 0; i < 2; i++) {
        struct profile *p = empty_profile();
        struct profile_mapping *m;
        struct profile_location *work;
        char symbol[300] = "";
        FILE *nm;

        assert_int_equal(shell("rustc -g -O %s -o r fixture.rs", options[i]), 0);
        snprintf(symbol, sizeof(symbol), "nm %s | grep fixture | grep work | awk '{ print $3 }'",
                 in_directory("r"));
        nm = popen(symbol, "r");
        assert_int_equal(fscanf(nm, "%299s", symbol), 1);
        pclose(nm);
        m = map_program(p, in_directory("r"), base);
        work = add_address(p, m, base + symbol_address("r", symbol));
        symbolize(p);
        assert_true(work->n_lines > 0);
        assert_line(work, work->n_lines - 1, "fixture::work", "/fixture.rs",
                    work->lines[work->n_lines - 1].line);
        assert_string_equal(work->lines[work->n_lines - 1].function->system_name, symbol);
        profile_free(p);
    }
}

static void a_location_with_lines_is_left_alone(void **state) {
    struct profile *p = empty_profile();
    struct profile_mapping *m;
    struct profile_location *location;
    struct profile_line *line;

    write_text("a.c", c_source);
    assert_int_equal(shell("gcc -O2 -g -o a a.c"), 0);
    m = map_program(p, in_directory("a"), base);
    location = add_address(p, m, base + symbol_address("a", "main"));
    line = profile_alloc(p, sizeof(*line));
    line->function = profile_function(p, "mine", "mine", "mine.c", 1);
    location->lines = line;
    location->n_lines = 1;
    symbolize(p);
    assert_line(location, 0, "mine", "mine.c", 0);
    assert_false(m->has_functions);
    profile_free(p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(inlined_calls_are_lines_of_one_location),
        cmocka_unit_test(a_program_at_fixed_addresses_is_read),
        cmocka_unit_test(optimisation_levels_and_dwarf_versions_are_all_read),
        cmocka_unit_test(split_dwarf_is_read),
        cmocka_unit_test(dwarf_without_aranges_is_read),
        cmocka_unit_test(unusual_layouts_are_read),
        cmocka_unit_test(a_program_linked_by_gold_is_read),
        cmocka_unit_test(a_segment_whose_address_is_not_its_offset_is_read),
        cmocka_unit_test(ranges_of_dropped_functions_name_nothing),
        cmocka_unit_test(cxx_names_are_whole),
        cmocka_unit_test(rust_names_are_demangled),
        cmocka_unit_test(a_location_with_lines_is_left_alone),
    };

    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
