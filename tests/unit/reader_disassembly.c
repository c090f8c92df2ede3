/* What is made of objdump's output, and which objdump is run, and how. */
#include "tests/unit/symbolize_fixture.h"

#include <errno.h>
#include <limits.h>
#include <sys/stat.h>

#include "reader/code/disassembler.h"

/* ---- its output */

static struct disassembly parse(const char *text) {
    struct disassembly d;

    assert_int_equal(disassembly_parse(&d, strdup(text)), 0);
    return d;
}

static void assert_instruction(const struct disassembly *d, size_t i, uint64_t address,
                               const char *text, const char *function, const char *file,
                               int64_t line) {
    if (i >= d->n)
        fail_msg("instruction %zu of %zu", i, d->n);
    assert_int_equal(d->instructions[i].address, address);
    assert_string_equal(d->instructions[i].text, text);
    assert_string_equal(d->instructions[i].function, function);
    assert_string_equal(d->instructions[i].file, file);
    assert_int_equal(d->instructions[i].line, line);
}

static void gnu_binutils_are_understood(void **state) {
    struct disassembly d = parse("\n"
                                 "a.out:     file format elf64-x86-64\n"
                                 "\n"
                                 "\n"
                                 "Disassembly of section .text:\n"
                                 "\n"
                                 "0000000000001139 <main>:\n"
                                 "main():\n"
                                 "/tmp/a b.c:3\n"
                                 "    1139:\tpush   %rbp\n"
                                 "/tmp/a b.c:4 (discriminator 2)\n"
                                 "    113a:\tlea    0xec3(%rip),%rax        # 2004 <x+0x4>\n"
                                 "    1141:\tcall   1030 <std::f(int)@plt>\n"
                                 "\n"
                                 "0000000000001150 <f(char)>:\n"
                                 "    1150:\tret\n");

    assert_int_equal(d.n, 4);
    assert_instruction(&d, 0, 0x1139, "push   %rbp", "main", "/tmp/a b.c", 3);
    assert_instruction(&d, 1, 0x113a, "lea    0xec3(%rip),%rax        # 2004 <x+0x4>", "main",
                       "/tmp/a b.c", 4);
    assert_instruction(&d, 2, 0x1141, "call   1030 <std::f(int)@plt>", "main", "/tmp/a b.c", 4);
    assert_instruction(&d, 3, 0x1150, "ret", "<f(char)>", "", 0);
    disassembly_release(&d);
}

static void llvm_is_understood(void **state) {
    struct disassembly d = parse("/bin/a:\tfile format elf64-x86-64\n"
                                 "\n"
                                 "Disassembly of section .text:\n"
                                 "\n"
                                 "00000000000011d0 <ns::g(int)>:\n"
                                 "; ns::g(int)():\n"
                                 "; /src/c.cc:13\n"
                                 "    11d0:      \tmovq\t%rdi, %r9\n"
                                 "    11d3:      \tjmp\t0x1230 <ns::g(int)+0x60>\n");

    assert_int_equal(d.n, 2);
    assert_instruction(&d, 0, 0x11d0, "movq\t%rdi, %r9", "ns::g(int)", "/src/c.cc", 13);
    assert_instruction(&d, 1, 0x11d3, "jmp\t0x1230 <ns::g(int)+0x60>", "ns::g(int)", "/src/c.cc",
                       13);
    disassembly_release(&d);
}

static void odd_lines_are_no_instructions(void **state) {
    struct disassembly d = parse("f():\n"
                                 "a.c:7\n"
                                 "12:nothing\n"                  /* no white space: a line 12 */
                                 "zz: nop\n"                     /* no address */
                                 "11112222333344445: nop\n"      /* too large a one */
                                 "1:\tnop\n"                     /* of no place, see above */
                                 "b.c:99999999999999999999999\n" /* no line of a file */
                                 "2:\tnop\n"
                                 "...\n" /* what objdump leaves out */
                                 "ffffffffffffffff:\t(bad)");

    assert_int_equal(d.n, 3);
    assert_int_equal(d.instructions[0].address, 1);
    assert_string_equal(d.instructions[0].text, "nop");
    assert_string_equal(d.instructions[0].file, "a.c");
    assert_int_equal(d.instructions[0].line, 7);
    assert_string_equal(d.instructions[1].file, "a.c");
    assert_instruction(&d, 2, UINT64_MAX, "(bad)", "", "", 0);
    disassembly_release(&d);
    d = parse("");
    assert_int_equal(d.n, 0);
    disassembly_release(&d);
}

/* ---- the tool */

static char why[4096];

/* A program that says which version it is, and puts its arguments into NAME.args. */
static void write_tool(const char *name, const char *version, const char *output) {
    char script[1000];

    snprintf(script, sizeof(script),
             "#!/bin/sh\ncase $1 in --version) echo '%s' ;;\n*) echo \"$@\" >%s.args; %s ;; esac\n",
             version, in_directory(name), output);
    write_text(name, script);
    assert_int_equal(chmod(in_directory(name), 0755), 0);
}

static void set_path(const char *directories) {
    char path[PATH_MAX];

    snprintf(path, sizeof(path), "%s:/usr/bin:/bin", directories);
    setenv("PATH", path, 1);
    unsetenv("PPROF_TOOLS");
}

static void assert_tool(const char *name, bool is_llvm) {
    struct disassembler d;

    assert_int_equal(disassembler_init(&d, why, sizeof(why)), 0);
    assert_string_equal(d.objdump, in_directory(name));
    assert_int_equal(d.is_llvm, is_llvm);
}

static void llvm_is_preferred_if_it_is_new_enough(void **state) {
    assert_int_equal(shell("mkdir -p old new"), 0);
    set_path(in_directory("old"));
    write_tool("old/llvm-objdump", "LLVM version 7.0.1", "");
    write_tool("old/objdump", "GNU objdump (GNU Binutils) 2.40", "");
    assert_tool("old/objdump", false);
    set_path(in_directory("new"));
    write_tool("new/objdump", "GNU objdump (GNU Binutils) 2.40", "");
    write_tool("new/llvm-objdump", "Debian LLVM version 14.0.6", "");
    assert_tool("new/llvm-objdump", true);
    write_tool("new/llvm-objdump", "LLVM version trunk-built", "");
    assert_tool("new/llvm-objdump", true);
}

static void directories_of_tools_may_be_given(void **state) {
    char tools[1000];

    assert_int_equal(shell("mkdir -p a b"), 0);
    write_tool("a/objdump", "GNU objdump", "");
    write_tool("b/objdump", "GNU objdump", "");
    set_path(in_directory("a"));
    snprintf(tools, sizeof(tools), "nm:/nowhere,objdump:%s", in_directory("b"));
    setenv("PPROF_TOOLS", tools, 1);
    assert_tool("b/objdump", false);
    setenv("PPROF_TOOLS", in_directory("b"), 1);
    assert_tool("b/objdump", false);
    unsetenv("PPROF_TOOLS");
}

static void no_tool_is_said(void **state) {
    struct disassembler d;

    setenv("PATH", in_directory("empty"), 1);
    assert_int_equal(disassembler_init(&d, why, sizeof(why)), -ENOENT);
    assert_string_equal(why,
                        "cannot disasm: no objdump tool available (it is in the package binutils)");
    unsetenv("PATH");
    assert_int_equal(disassembler_init(&d, why, sizeof(why)), -ENOENT);
    set_path("/nowhere");
}

static char *arguments_of(const char *tool) {
    static char text[1000];
    char name[100];
    FILE *f;
    size_t n;

    snprintf(name, sizeof(name), "%s.args", tool);
    f = fopen(in_directory(name), "r");
    assert_non_null(f);
    n = fread(text, 1, sizeof(text) - 1, f);
    fclose(f);
    text[n] = 0;
    return text;
}

static void a_range_is_asked_for(void **state) {
    struct disassembler d;
    struct disassembly code;

    assert_int_equal(shell("mkdir -p run"), 0);
    set_path(in_directory("run"));
    write_tool("run/objdump", "GNU objdump", "printf \"f():\\n10:\\tnop\\n11:\\tret\\n\"");
    write_tool("run/llvm-objdump", "none", "");
    assert_int_equal(disassembler_init(&d, why, sizeof(why)), 0);
    assert_int_equal(disassemble(&d, "/bin/x", 0, 0xff, false, &code, why, sizeof(why)), 0);
    assert_int_equal(code.n, 2);
    assert_instruction(&code, 1, 0x11, "ret", "f", "", 0);
    disassembly_release(&code);
    assert_string_equal(arguments_of("run/objdump"),
                        "--disassemble --demangle --no-show-raw-insn --line-numbers "
                        "--start-address=0x0 --stop-address=0xff /bin/x\n");
    assert_int_equal(disassemble(&d, "--help", 1, 2, true, &code, why, sizeof(why)), 0);
    disassembly_release(&code);
    assert_string_equal(arguments_of("run/objdump"),
                        "--disassemble --demangle --no-show-raw-insn --line-numbers "
                        "--start-address=0x1 --stop-address=0x2 -M intel ./--help\n");
    d.is_llvm = true;
    assert_int_equal(disassemble(&d, "x", 1, 2, true, &code, why, sizeof(why)), 0);
    disassembly_release(&code);
    assert_non_null(strstr(arguments_of("run/objdump"), " --x86-asm-syntax=intel x\n"));
}

static void a_tool_that_fails_is_said(void **state) {
    struct disassembler d;
    struct disassembly code;
    char expected[1000];

    assert_int_equal(shell("mkdir -p fail"), 0);
    set_path(in_directory("fail"));
    write_tool("fail/llvm-objdump", "LLVM version 14.0.6", "echo 10: nop; exit 3");
    assert_int_equal(disassembler_init(&d, why, sizeof(why)), 0);
    assert_int_equal(disassemble(&d, "/x", 1, 2, false, &code, why, sizeof(why)), -EIO);
    assert_int_equal(code.n, 0);
    disassembly_release(&code);
    snprintf(expected, sizeof(expected),
             "[%s --disassemble --demangle --no-show-raw-insn --line-numbers --start-address=0x1 "
             "--stop-address=0x2 /x]: exit status 3",
             in_directory("fail/llvm-objdump"));
    assert_string_equal(why, expected);
    write_tool("fail/llvm-objdump", "LLVM version 14.0.6", "kill -9 $$");
    assert_int_equal(disassemble(&d, "/x", 1, 2, false, &code, why, sizeof(why)), -EIO);
    assert_non_null(strstr(why, "/x]: signal: killed"));
    assert_int_equal(unlink(in_directory("fail/llvm-objdump")), 0);
    assert_int_equal(disassemble(&d, "/x", 1, 2, false, &code, why, sizeof(why)), -ENOENT);
    assert_non_null(strstr(why, "/x]: no such file or directory"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gnu_binutils_are_understood),
        cmocka_unit_test(llvm_is_understood),
        cmocka_unit_test(odd_lines_are_no_instructions),
        cmocka_unit_test(llvm_is_preferred_if_it_is_new_enough),
        cmocka_unit_test(directories_of_tools_may_be_given),
        cmocka_unit_test(no_tool_is_said),
        cmocka_unit_test(a_range_is_asked_for),
        cmocka_unit_test(a_tool_that_fails_is_said),
    };

    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
