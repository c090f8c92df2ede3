/* `disasm`: files as they were mapped, symbols by name and address, and the report. The instruction
 * texts come from a made objdump, so that they do not change with its version. */
#include "tests/unit/reader_code_fixture.h"

#include <sys/stat.h>

#include "reader/code/code_object.h"
#include "reader/code/symbol_match.h"

/* Functions of 16 bytes each, as compilers of several languages name them; `alias` is another name
 * of `work`. */
static const char assembly[] =
    ".text\n"
    ".macro FUNCTION name\n.balign 16\n.globl \\name\n.type \\name, @function\n\\name:\n"
    "nop\nnop\nret\n.balign 16, 0xcc\n.size \\name, 16\n.endm\n"
    "FUNCTION _start\nFUNCTION work\n"
    ".globl alias\n.type alias, @function\n.set alias, work\n"
    "FUNCTION _ZN4shop6BasketIiE3addERKi\n"     /* shop::Basket<int>::add(int const&) */
    "FUNCTION _ZN4shopltERKNS_6BasketIiEES3_\n" /* shop::operator<(...) */
    "FUNCTION _ZN4core3fmt9Formatter3new17h0123456789abcdefE\n" /* core::fmt::Formatter::new */
    "FUNCTION _RNvC7mycrate3foo\n"                              /* mycrate::foo */
    "FUNCTION main.work\n"                                      /* Go */
    "FUNCTION last\n.data\nvariable: .quad 0\n";

static const uint64_t base = 0x555555554000;

static void build(const char *program, const char *options) {
    write_text("s.s", assembly);
    assert_int_equal(shell("gcc -nostdlib %s -o %s s.s", options, program), 0);
}

static struct code_object *open_object(const struct profile_mapping *m) {
    struct code_object *o;
    char why[500];

    if (code_object_open(m, &o, why, sizeof(why)) < 0)
        fail_msg("%s", why);
    return o;
}

/* ---- addresses */

static void check_addresses(const char *program, const char *options, uint64_t at_base) {
    struct profile *p = empty_profile();
    struct profile_mapping *m;
    struct code_object *o;
    uint64_t symbol, in_file;

    build(program, options);
    symbol = symbol_address(program, "work");
    m = map_program(p, in_directory(program), at_base);
    o = open_object(m);
    assert_true(code_object_address(o, at_base + symbol + 1, &in_file));
    assert_int_equal(in_file, symbol + 1);
    assert_int_equal(code_object_position(o, m->start), m->offset);
    assert_false(code_object_address(o, m->start - 1, &in_file));
    assert_false(code_object_address(o, m->limit, &in_file));
    code_object_close(o);
    profile_free(p);
}

static void an_address_leads_into_the_file(void **state) {
    check_addresses("pie", "-static-pie", base);
    check_addresses("fixed", "-no-pie -static", 0);
    check_addresses("shared.so", "-shared", base);
    /* positions and addresses that differ */
    check_addresses("apart", "-no-pie -static -Wl,-z,max-page-size=0x200000 -Wl,-Ttext=0x12345000",
                    0);
}

static void a_mapping_of_everything_has_the_addresses_of_the_file(void **state) {
    struct profile *p = empty_profile();
    struct profile_mapping *m = profile_add_mapping(p);
    struct code_object *o;
    uint64_t in_file, symbol;

    build("pie", "-static-pie");
    symbol = symbol_address("pie", "work");
    m->file = profile_string(p, in_directory("pie"));
    o = open_object(m);
    assert_true(code_object_address(o, symbol, &in_file));
    assert_int_equal(in_file, symbol);
    assert_int_equal(code_object_position(o, symbol), symbol); /* a first segment at 0 */
    code_object_close(o);
    profile_free(p);
}

static void assert_refused(const char *file, const char *reason) {
    struct profile *p = empty_profile();
    struct profile_mapping *m = profile_add_mapping(p);
    struct code_object *o;
    char why[500], expected[700];

    m->file = profile_string(p, in_directory(file));
    assert_true(code_object_open(m, &o, why, sizeof(why)) < 0);
    snprintf(expected, sizeof(expected), reason, m->file, m->file);
    assert_string_equal(why, expected);
    profile_free(p);
}

static void what_is_no_elf_file_is_refused(void **state) {
    assert_refused("missing", "stat %s: no such file or directory");
    write_text("text", "#!/bin/sh\n");
    assert_refused("text", "unrecognized binary format: %s");
    write_text("none", "");
    assert_refused("none", "error reading magic number from %s: EOF");
    write_text("short", "\177E");
    assert_refused("short", "error reading magic number from %s: unexpected EOF");
    write_text("head", "\177ELFxx");
    assert_refused("head", "error reading ELF file %s: error parsing %s: EOF");
    assert_int_equal(mkfifo(in_directory("fifo"), 0600), 0);
    assert_refused("fifo", "unrecognized binary format: %s");
}

/* ---- symbols */

/* The names of all matches, separated by blanks; those of one match by `=`. */
static const char *names_of(const char *program, const char *pattern, const uint64_t *address,
                            bool elsewhere) {
    static char names[2000];
    struct profile *p = empty_profile();
    struct code_object *o = open_object(map_program(p, in_directory(program), 0));
    struct regexp *regexp = regexp_new(pattern, names, sizeof(names));
    struct symbol_match *matches;
    size_t n, used = 0;

    assert_non_null(regexp);
    assert_int_equal(symbol_matches(o, elsewhere, regexp, address, &matches, &n), 0);
    names[0] = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < matches[i].n_names; k++)
            used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%s",
                                     k > 0      ? "="
                                     : used > 0 ? " "
                                                : "",
                                     matches[i].names[k]);
    symbol_matches_free(matches, n);
    regexp_free(regexp);
    code_object_close(o);
    profile_free(p);
    return names;
}

static void symbols_match_by_any_of_their_names(void **state) {
    build("fixed", "-no-pie -static");
    assert_string_equal(names_of("fixed", "^work$", NULL, false), "work");
    assert_string_equal(names_of("fixed", "^alias$", NULL, false), "alias");
    assert_string_equal(names_of("fixed", "work", NULL, false), "work main.work");
    assert_string_equal(names_of("fixed", "3add", NULL, false), "_ZN4shop6BasketIiE3addERKi");
    assert_string_equal(names_of("fixed", "shop::.*add", NULL, false),
                        "shop::Basket<int>::add(int const&)");
    assert_string_equal(names_of("fixed", "add$", NULL, false), "shop::Basket<int>::add");
    assert_string_equal(names_of("fixed", "Basket::add", NULL, false), "shop::Basket::add");
    assert_string_equal(names_of("fixed", "operator<$", NULL, false), "shop::operator<");
    assert_string_equal(names_of("fixed", "^core::fmt::Formatter::new$", NULL, false),
                        "core::fmt::Formatter::new");
    assert_string_equal(names_of("fixed", "mycrate::foo", NULL, false), "mycrate::foo");
    assert_string_equal(names_of("fixed", "variable", NULL, false), "variable");
    assert_string_equal(names_of("fixed", "nothing", NULL, false), "");
}

static void an_address_means_all_names_of_what_is_there(void **state) {
    uint64_t address;

    build("fixed", "-no-pie -static");
    address = symbol_address("fixed", "work") + 15;
    assert_string_equal(names_of("fixed", "nothing", &address, false), "alias=work");
    address++;
    assert_string_equal(names_of("fixed", "nothing", &address, false),
                        "_ZN4shop6BasketIiE3addERKi");
}

static void files_without_a_table_have_what_they_export(void **state) {
    build("shared.so", "-shared");
    assert_string_equal(names_of("shared.so", "^work", NULL, true), "");
    assert_int_equal(shell("strip shared.so"), 0);
    assert_string_equal(names_of("shared.so", "^work", NULL, false), "");
    assert_string_equal(names_of("shared.so", "^work", NULL, true), "work");
    assert_string_equal(names_of("shared.so", "variable", NULL, true), "");
}

static void versions_are_no_part_of_a_name(void **state) {
    write_text("versions", "V1 { global: work; local: *; };\n");
    write_text("s.s", assembly);
    assert_int_equal(shell("gcc -nostdlib -shared -Wl,--version-script=versions -o shared.so s.s "
                           "&& strip shared.so"),
                     0);
    assert_string_equal(names_of("shared.so", "^work$", NULL, true), "work");
    assert_string_equal(names_of("shared.so", "V1", NULL, true), "");
}

static void files_without_a_table_may_have_it_in_a_file_apart(void **state) {
    build("pie", "-static-pie -Wl,--build-id");
    assert_int_equal(shell("objcopy --only-keep-debug pie pie.debug && strip pie && "
                           "objcopy --add-gnu-debuglink=pie.debug pie"),
                     0);
    assert_string_equal(names_of("pie", "variable|^last", NULL, false), "");
    assert_string_equal(names_of("pie", "variable|^last", NULL, true), "last variable");
}

/* ---- the report */

/* Has objdump say this of every range. */
static void set_objdump(const char *output) {
    char script[2000], path[700];

    assert_int_equal(shell("mkdir -p tools"), 0);
    snprintf(script, sizeof(script),
             "#!/bin/sh\n[ \"$1\" = --version ] && exec echo GNU objdump\n"
             "[ -z \"$FAIL\" ] || exit 1\ncat <<END\n%sEND\n",
             output);
    write_text("tools/objdump", script);
    assert_int_equal(chmod(in_directory("tools/objdump"), 0755), 0);
    snprintf(path, sizeof(path), "objdump:%s", in_directory("tools"));
    setenv("PPROF_TOOLS", path, 1);
}

/* Samples at the second and the third byte of `work` (3 and 4) and, in the same stacks, in `last`;
 * one in what is not a file. */
static struct profile *of_program(const char *program, uint64_t at_base) {
    struct profile *p = empty_profile();
    struct profile_mapping *m = map_program(p, in_directory(program), at_base);
    struct profile_mapping *vdso = profile_add_mapping(p);
    uint64_t work = at_base + symbol_address(program, "work");
    struct profile_location *l[4];

    vdso->file = profile_string(p, "[vdso]");
    vdso->start = 0x7fff0000;
    vdso->limit = 0x7fff2000;
    l[0] = add_address(p, m, work + 1);
    l[1] = add_address(p, m, work + 2);
    l[2] = add_address(p, m, at_base + symbol_address(program, "last"));
    l[3] = add_address(p, vdso, 0x7fff0010);
    for (int i = 0; i < 4; i++) {
        l[i]->lines = profile_alloc(p, sizeof(*l[i]->lines));
        l[i]->n_lines = 1;
        l[i]->lines[0].function = profile_function(p,
                                                   i < 2   ? "work"
                                                   : i < 3 ? "last"
                                                           : "clock",
                                                   "", i == 1 ? "src/a.c" : "", 0);
        l[i]->lines[0].line = i == 1 ? 12 : 0;
    }
    add_stack(p, 3, (struct profile_location *[]){l[0], l[2]}, 2);
    add_stack(p, 4, (struct profile_location *[]){l[1], l[2]}, 2);
    add_stack(p, 5, (struct profile_location *[]){l[3]}, 1);
    return p;
}

/* What objdump would say of `work`, at its address. */
static void set_objdump_of_work(const char *program) {
    char output[1000];
    uint64_t a = symbol_address(program, "work");

    snprintf(output, sizeof(output),
             "%" PRIx64 " <work>:\n%" PRIx64 ":\tnop\n%" PRIx64 ":\tan instruction that is longer "
             "than forty bytes\nwork():\nx/b.c:3\n%" PRIx64 ":\tret\n",
             a, a, a + 1, a + 3);
    set_objdump(output);
}

static void instructions_have_the_samples_up_to_the_next(void **state) {
    char expected[2000];
    uint64_t a;

    build("pie", "-static-pie");
    set_objdump_of_work("pie");
    a = symbol_address("pie", "work");
    snprintf(expected, sizeof(expected),
             "Total: 12\n"
             "ROUTINE ======================== work\n"
             "         7          7 (flat, cum) 58.33%% of Total\n"
             "         .          . %10" PRIx64
             ": nop                                     ;<work> \n"
             "%74s;<work> a.c:12\n"
             "         7          7 %10" PRIx64 ": an instruction that is longer than forty bytes\n"
             "         .          . %10" PRIx64
             ": ret                                     ;work b.c:3\n",
             a, "", a + 1, a + 3);
    assert_report(of_program("pie", base), "disasm", "work", "", expected);
}

static void names_at_one_address_are_said(void **state) {
    char address[40], *text, why[500];

    build("fixed", "-no-pie -static");
    set_objdump_of_work("fixed");
    snprintf(address, sizeof(address), "0x%" PRIx64, symbol_address("fixed", "work") + 1);
    text = report_text_of(of_program("fixed", 0), "disasm", address, "", why, sizeof(why));
    assert_non_null(text);
    assert_has(text, "ROUTINE ======================== alias\n"
                     "    AKA ======================== work\n");
    free(text);
    /* also where the program was not at the addresses of its file */
    build("pie", "-static-pie");
    snprintf(address, sizeof(address), "0x%" PRIx64, base + symbol_address("pie", "work") + 1);
    text = report_text_of(of_program("pie", base), "disasm", address, "", why, sizeof(why));
    assert_non_null(text);
    assert_has(text, "ROUTINE ======================== alias\n");
    free(text);
}

static void what_does_not_match_is_said(void **state) {
    char address[40], reason[200];

    build("fixed", "-no-pie -static");
    set_objdump_of_work("fixed");
    assert_no_report(of_program("fixed", 0), "disasm", "nothing", "",
                     "no matches found for regexp nothing");
    assert_no_report(of_program("fixed", 0), "disasm", "variable", "",
                     "no matches found for regexp variable");
    assert_no_report(of_program("fixed", 0), "disasm", "0x10", "",
                     "no matches found for address 0x10");
    snprintf(address, sizeof(address), "0x%" PRIx64, symbol_address("fixed", "main.work"));
    snprintf(reason, sizeof(reason),
             "address %s found in binary, but the corresponding symbols do not have samples in the "
             "profile",
             address);
    assert_no_report(of_program("fixed", 0), "disasm", address, "", reason);
}

static void without_objdump_there_is_no_report(void **state) {
    build("fixed", "-no-pie -static");
    setenv("PPROF_TOOLS", "/nowhere", 1);
    assert_no_report(of_program("fixed", 0), "disasm", "work", "",
                     "cannot disasm: no objdump tool available (it is in the package binutils)");
}

static void stripped_files_are_shown_by_what_they_export(void **state) {
    struct profile *p;
    char *text, why[500];

    build("shared.so", "-shared");
    set_objdump_of_work("shared.so");
    p = of_program("shared.so", base);
    assert_int_equal(shell("strip shared.so"), 0);
    text = report_text_of(p, "disasm", "work", "", why, sizeof(why));
    assert_non_null(text);
    assert_has(text, "ROUTINE ======================== work\n"
                     "         7          7 (flat, cum) 58.33% of Total\n");
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_leads_into_the_file),
        cmocka_unit_test(a_mapping_of_everything_has_the_addresses_of_the_file),
        cmocka_unit_test(what_is_no_elf_file_is_refused),
        cmocka_unit_test(symbols_match_by_any_of_their_names),
        cmocka_unit_test(an_address_means_all_names_of_what_is_there),
        cmocka_unit_test(files_without_a_table_have_what_they_export),
        cmocka_unit_test(versions_are_no_part_of_a_name),
        cmocka_unit_test(files_without_a_table_may_have_it_in_a_file_apart),
        cmocka_unit_test(instructions_have_the_samples_up_to_the_next),
        cmocka_unit_test(names_at_one_address_are_said),
        cmocka_unit_test(what_does_not_match_is_said),
        cmocka_unit_test(without_objdump_there_is_no_report),
        cmocka_unit_test(stripped_files_are_shown_by_what_they_export),
    };

    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
