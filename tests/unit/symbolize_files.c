/* Which file the names come from: the mapped one and no other, its separate debug files, its symbol
 * table; and what is said when there is none. */
#include "tests/unit/symbolize_fixture.h"

#include <dlfcn.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "symbolize/symbolize_vdso.h"

static const uint64_t base = 0x7f1234560000;

static const char source[] = "volatile int sink;\n"
                             "__attribute__((noinline)) static int local(int a) {\n"
                             "    return sink + a;\n"
                             "}\n"
                             "__attribute__((noinline)) int exported(int a) {\n"
                             "    return local(a) * 2;\n"
                             "}\n";

/* The addresses of `local` and `exported` in a mapping of libt.so. */
struct symbolized {
    struct profile *p;
    struct profile_mapping *m;
    struct profile_location *local, *exported;
};

static uint64_t local_address, exported_address;

/* Compiles libt.so; the addresses of its functions are had while it still says them. */
static void build(const char *flags) {
    write_text("t.c", source);
    assert_int_equal(shell("gcc -shared -fPIC -O2 %s -o libt.so t.c", flags), 0);
    local_address = symbol_address("libt.so", "local");
    exported_address = symbol_address("libt.so", "exported");
    assert_true(local_address && exported_address);
}

static struct symbolized map_fixture(void) {
    struct symbolized s = {.p = empty_profile()};

    s.m = map_program(s.p, in_directory("libt.so"), base);
    s.local = add_address(s.p, s.m, base + local_address);
    s.exported = add_address(s.p, s.m, base + exported_address);
    return s;
}

static struct symbolized symbolized_fixture(const struct symbolize_options *options) {
    struct symbolized s = map_fixture();

    symbolize_with(s.p, options);
    return s;
}

/* Names, files and lines are all there. */
static void assert_lines(const struct symbolized *s) {
    assert_int_equal(s->local->n_lines, 1);
    assert_line(s->local, 0, "local", "/t.c", s->local->lines[0].line);
    assert_in_range(s->local->lines[0].line, 2, 3);
    assert_int_equal(s->exported->n_lines, 1);
    assert_line(s->exported, 0, "exported", "/t.c", s->exported->lines[0].line);
    assert_in_range(s->exported->lines[0].line, 5, 6);
    assert_true(s->m->has_functions && s->m->has_line_numbers);
}

static void assert_unsymbolized(const struct symbolized *s) {
    assert_int_equal(s->local->n_lines, 0);
    assert_int_equal(s->exported->n_lines, 0);
    assert_false(s->m->has_functions);
}

/* ---- separate debug files */

static void a_debug_file_is_found_by_debuglink(void **state) {
    static const char *const places[] = {".", ".debug"};

    for (size_t i = 0; i < 2; i++) {
        struct symbolized s;

        build("-g -Wl,--build-id=none");
        assert_int_equal(shell("objcopy --only-keep-debug libt.so libt.debug && strip libt.so && "
                               "objcopy --add-gnu-debuglink=libt.debug libt.so && mkdir -p %s && "
                               "{ mv libt.debug %s 2>/dev/null || true; }",
                               places[i], places[i]),
                         0);
        s = symbolized_fixture(NULL);
        assert_lines(&s);
        assert_true(has_comment(s.p, "libt.so: mapped without a build ID"));
        profile_free(s.p);
        shell("rm -f libt.debug .debug/libt.debug");
    }
}

static void a_debug_file_of_another_build_is_not_used(void **state) {
    struct symbolized s;

    build("-g -Wl,--build-id=none");
    assert_int_equal(shell("objcopy --only-keep-debug libt.so libt.debug && strip libt.so && "
                           "objcopy --add-gnu-debuglink=libt.debug libt.so && "
                           "printf x >>libt.debug"),
                     0);
    s = symbolized_fixture(NULL);
    assert_int_equal(s.local->n_lines, 0);
    assert_string_equal(s.exported->lines[0].function->filename, "");
    profile_free(s.p);
    shell("rm -f libt.debug");
}

static void a_debug_file_is_found_by_build_id(void **state) {
    struct symbolize_options options = {0};
    char path[700];
    struct symbolized s;

    build("-g -Wl,--build-id=0xabcdef0123456789");
    assert_int_equal(shell("mkdir -p d/.build-id/ab && objcopy --only-keep-debug libt.so "
                           "d/.build-id/ab/cdef0123456789.debug && strip libt.so"),
                     0);
    snprintf(path, sizeof(path), ":.debug:%s", in_directory("d"));
    options.debug_path = path;
    s = symbolized_fixture(&options);
    assert_string_equal(s.m->build_id, "abcdef0123456789");
    assert_no_comment(s.p);
    assert_lines(&s);
    profile_free(s.p);
}

static void compressed_symbols_of_a_stripped_file_are_read(void **state) {
    struct symbolized s;

    if (!have_tool("xz")) {
        print_message("# skipped: no xz\n");
        skip();
    }
    build("");
    assert_int_equal(shell("objcopy --only-keep-debug libt.so mini && xz -f mini && "
                           "strip libt.so && objcopy --add-section .gnu_debugdata=mini.xz libt.so"),
                     0);
    s = symbolized_fixture(NULL);
    assert_int_equal(s.local->n_lines, 1);
    assert_line(s.local, 0, "local", "", 0);
    profile_free(s.p);
}

/* ---- symbol tables */

static void the_symbol_table_names_functions_where_there_is_no_dwarf(void **state) {
    struct symbolized s;

    build("");
    s = symbolized_fixture(NULL);
    assert_no_comment(s.p);
    assert_line(s.local, 0, "local", "", 0);
    assert_line(s.exported, 0, "exported", "", 0);
    assert_true(s.m->has_functions);
    assert_false(s.m->has_filenames || s.m->has_line_numbers || s.m->has_inline_frames);
    profile_free(s.p);
}

static void what_a_stripped_file_does_not_say_is_not_guessed(void **state) {
    struct symbolized s;

    build("");
    assert_int_equal(shell("strip libt.so"), 0);
    s = symbolized_fixture(NULL);
    assert_int_equal(s.local->n_lines, 0);
    assert_line(s.exported, 0, "exported", "", 0);
    assert_true(has_comment(s.p, "libt.so: no symbol for 1 of 2 addresses"));
    assert_true(s.m->has_functions); /* or pprof would look for the file, and guess */
    profile_free(s.p);
}

static void a_label_without_size_covers_up_to_the_next_symbol(void **state) {
    struct profile *p = empty_profile();
    struct profile_mapping *m;
    struct profile_location *in_label, *in_sized, *in_gap, *in_last, *in_other_section;
    uint64_t sized;

    write_text("l.s", ".text\n.globl label\nlabel: .fill 32, 1, 0x90\n"
                      ".globl sized\n.type sized, @function\nsized: .fill 8, 1, 0x90\n"
                      ".size sized, 8\n.fill 24, 1, 0x90\n"
                      ".globl last\nlast: .fill 16, 1, 0x90\n"
                      ".section .other, \"ax\"\n.fill 16, 1, 0x90\n"
                      ".globl other_end\nother_end: nop\n");
    assert_int_equal(shell("gcc -shared -nostdlib -o l.so l.s"), 0);
    sized = symbol_address("l.so", "sized");
    m = map_program(p, in_directory("l.so"), base);
    in_label = add_address(p, m, base + sized - 1);
    in_sized = add_address(p, m, base + sized + 7);
    in_gap = add_address(p, m, base + sized + 8);
    in_last = add_address(p, m, base + symbol_address("l.so", "last") + 15);
    in_other_section = add_address(p, m, base + symbol_address("l.so", "other_end") - 8);
    symbolize(p);
    assert_line(in_label, 0, "label", "", 0);
    assert_line(in_sized, 0, "sized", "", 0);
    assert_int_equal(in_gap->n_lines, 0);
    assert_line(in_last, 0, "last", "", 0);
    assert_int_equal(in_other_section->n_lines, 0);
    profile_free(p);
}

static void aliases_show_the_name_that_people_know(void **state) {
    struct profile *p = empty_profile();
    struct profile_mapping *m;
    struct profile_location *location;

    write_text("alias.c", "int __rd(void) { return 1; }\n"
                          "int __read(void) __attribute__((alias(\"__rd\")));\n"
                          "int read(void) __attribute__((weak, alias(\"__rd\")));\n"
                          "int reading(void) __attribute__((alias(\"__rd\")));\n");
    assert_int_equal(shell("gcc -shared -fPIC -O2 -w -o alias.so alias.c && "
                           "objcopy -N read alias.so alias2.so"),
                     0);
    m = map_program(p, in_directory("alias.so"), base);
    location = add_address(p, m, base + symbol_address("alias.so", "__rd"));
    symbolize(p);
    assert_line(location, 0, "read", "", 0); /* the shorter of two */
    profile_free(p);

    p = empty_profile();
    m = map_program(p, in_directory("alias2.so"), base);
    location = add_address(p, m, base + symbol_address("alias2.so", "__rd"));
    symbolize(p);
    assert_line(location, 0, "reading", "", 0); /* rather than one for insiders */
    profile_free(p);
}

/* Where objdump sees the stub of `symbol`. */
static uint64_t stub_address(const char *file, const char *symbol) {
    char command[1200];
    uint64_t address = 0;
    FILE *f;

    snprintf(command, sizeof(command),
             "objdump -d %s | sed -n 's/^\\(0[0-9a-f]*\\) <%s@plt>:/\\1/p'", in_directory(file),
             symbol);
    f = popen(command, "r");
    if (fscanf(f, "%" SCNx64, &address) != 1)
        fail_msg("no stub for %s", symbol);
    pclose(f);
    return address;
}

static uint64_t section_address(const char *file, const char *section) {
    char command[1200];
    uint64_t address = 0;
    FILE *f;

    snprintf(command, sizeof(command), "objdump -h %s | awk '$2 == \"%s\" { print $4 }'",
             in_directory(file), section);
    f = popen(command, "r");
    assert_int_equal(fscanf(f, "%" SCNx64, &address), 1);
    pclose(f);
    return address;
}

static void stubs_are_named_by_what_they_call(void **state) {
    static const char *const flags[] = {"-Wl,-z,lazy", "-Wl,-z,now", "-Wl,-z,lazy,-z,ibtplt"};

    write_text("plt.cc", "#include <cstdio>\n#include <cstdlib>\n#include <new>\n"
                         "int main(int n, char **a) {\n"
                         "    puts(a[0]); free(operator new(n)); return 0; }\n");
    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
        struct profile *p = empty_profile();
        struct profile_mapping *m;
        struct profile_location *puts_stub, *new_stub, *resolver, *lazy_half;
        uint64_t plt;

        assert_int_equal(shell("g++ -O2 %s -o plt plt.cc && strip plt", flags[i]), 0);
        plt = section_address("plt", ".plt");
        m = map_program(p, in_directory("plt"), base);
        puts_stub = add_address(p, m, base + stub_address("plt", "puts") + 4);
        new_stub = add_address(p, m, base + stub_address("plt", "_Znwm"));
        resolver = add_address(p, m, base + plt + 2);
        lazy_half = add_address(p, m, base + plt + 16);
        symbolize(p);
        assert_line(puts_stub, 0, "puts@plt", "", 0);
        assert_line(new_stub, 0, "operator new@plt", "", 0);
        assert_string_equal(new_stub->lines[0].function->system_name, "_Znwm@plt");
        assert_line(resolver, 0, ".plt", "", 0);
        assert_non_null(strstr(lazy_half->lines[0].function->name, "@plt"));
        profile_free(p);
    }
}

/* ---- the right file, or none */

static void a_replaced_file_is_not_used(void **state) {
    struct symbolized s;
    char expected[300];

    build("-g -Wl,--build-id=0x11111111");
    s = map_fixture();
    build("-g -Wl,--build-id=0x22222222 -DANOTHER");
    symbolize(s.p);
    assert_unsymbolized(&s);
    snprintf(expected, sizeof(expected),
             "cpprof: %s: replaced since it was mapped (build ID 11111111 is now 22222222), not "
             "symbolized",
             in_directory("libt.so"));
    assert_int_equal(s.p->n_comments, 1);
    assert_string_equal(s.p->comments[0], expected);
    symbolize(s.p); /* again: says nothing twice */
    assert_int_equal(s.p->n_comments, 1);
    profile_free(s.p);
}

static void a_file_that_lost_its_build_id_is_not_used(void **state) {
    struct symbolized s;

    build("-g -Wl,--build-id=0x11111111");
    s = map_fixture();
    build("-g -Wl,--build-id=none");
    symbolize(s.p);
    assert_unsymbolized(&s);
    assert_true(has_comment(s.p, "(build ID 11111111 is now none)"));
    profile_free(s.p);
}

static void a_deleted_file_is_said_to_be_missing(void **state) {
    struct symbolized s;

    build("-g");
    s = map_fixture();
    assert_int_equal(shell("rm libt.so"), 0);
    symbolize(s.p);
    assert_unsymbolized(&s);
    assert_true(has_comment(s.p, "libt.so: No such file or directory, not symbolized"));
    profile_free(s.p);
}

static void a_deleted_file_that_is_back_unchanged_is_used(void **state) {
    struct symbolized s;
    char name[700];

    build("-g");
    s = map_fixture();
    snprintf(name, sizeof(name), "%s (deleted)", s.m->file);
    s.m->file = profile_string(s.p, name);
    symbolize(s.p);
    assert_lines(&s);
    profile_free(s.p);
}

static void what_is_no_elf_file_is_refused_without_waiting(void **state) {
    static const struct {
        const char *make, *why;
    } cases[] = {
        {"mkdir libt.so", "Is a directory"},
        {"mkfifo libt.so", "not a regular file"},
        {"echo text >libt.so", "not an ELF file"},
        {": >libt.so", "not an ELF file"},
        {"printf '\\177ELF' >libt.so", "libt.so: "},
        {"gcc -c -o libt.so t.c", "not an executable or shared object"},
        {"ln -s libt.so libt.so", "Too many levels of symbolic links"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct symbolized s;

        build("-g");
        s = map_fixture();
        assert_int_equal(shell("rm -rf libt.so && %s", cases[i].make), 0);
        symbolize(s.p);
        assert_unsymbolized(&s);
        if (!has_comment(s.p, cases[i].why))
            fail_msg("%s: %s", cases[i].make, s.p->n_comments ? s.p->comments[0] : "no comment");
        profile_free(s.p);
        shell("rm -rf libt.so");
    }
}

/* ---- files that are not at their paths */

/* An update has put another file there. */
static struct symbolized replaced_fixture(void) {
    struct symbolized s;

    build("-g");
    s = map_fixture();
    assert_int_equal(shell("mv libt.so old && cp /bin/true libt.so"), 0);
    return s;
}

static void a_replaced_executable_is_read_where_it_is(void **state) {
    struct symbolized s = replaced_fixture();
    const struct symbolize_options options = {.exe = strdup(in_directory("old"))};

    symbolize_with(s.p, &options);
    assert_no_comment(s.p);
    assert_lines(&s);
    free((char *)options.exe);
    profile_free(s.p);
}

static void another_executable_is_not_taken_for_it(void **state) {
    struct symbolized s = replaced_fixture();
    const struct symbolize_options options = {.exe = "/bin/true"};

    symbolize_with(s.p, &options);
    assert_true(has_comment(s.p, "not symbolized"));
    assert_unsymbolized(&s);
    profile_free(s.p);
}

/* A process whose root is the directory `root`; it ends when what it is given is closed. */
static pid_t child_below(const char *root, int *release) {
    int ends[2];
    char c;
    pid_t pid;

    assert_int_equal(pipe(ends), 0);
    pid = fork();
    if (pid == 0) {
        close(ends[1]);
        _exit(chroot(root) != 0 || read(ends[0], &c, 1) != 0);
    }
    close(ends[0]);
    *release = ends[1];
    return pid;
}

static void a_file_is_found_below_the_root_of_its_process(void **state) {
    struct symbolized s;
    char comment[64], path[64];
    int release, status;
    pid_t pid;

    if (geteuid() != 0) {
        print_message("# skipped: chroot needs root\n");
        skip();
    }
    build("-g");
    s = map_fixture();
    assert_int_equal(shell("mkdir -p root/usr/lib && mv libt.so root/usr/lib/"), 0);
    s.m->file = "/usr/lib/libt.so";
    pid = child_below(in_directory("root"), &release);
    snprintf(comment, sizeof(comment), "# cpprof: pid %d", pid);
    snprintf(path, sizeof(path), "/proc/%d/root/usr/lib/libt.so", pid);
    for (int i = 0; i < 1000 && access(path, R_OK) != 0; i++)
        usleep(10000);
    profile_add_comment(s.p, comment);
    symbolize(s.p);
    assert_lines(&s);
    close(release);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    profile_free(s.p);
}

/* The bounds of the code of a library of this process; false when it is not in its maps. */
static bool code_of(const char *name, uint64_t *start, uint64_t *end) {
    FILE *f = fopen("/proc/self/maps", "r");
    char line[1024], flags[8];
    bool found = false;

    while (!found && fgets(line, sizeof(line), f))
        found = strstr(line, name) &&
                sscanf(line, "%" SCNx64 "-%" SCNx64 " %7s", start, end, flags) == 3 &&
                flags[2] == 'x';
    fclose(f);
    return found;
}

static void a_replaced_library_of_a_process_is_read_where_that_has_it(void **state) {
    struct symbolized s = {.p = empty_profile()};
    char comment[64];
    uint64_t start, end;
    void *library;

    if (geteuid() != 0) {
        print_message("# skipped: map_files is for root\n");
        skip();
    }
    build("-g");
    library = dlopen(in_directory("libt.so"), RTLD_NOW);
    assert_non_null(library);
    assert_true(code_of("/libt.so", &start, &end));
    s.m = map_program(s.p, in_directory("libt.so"), start);
    s.m->start = start;
    s.m->limit = end;
    s.m->offset = local_address & -4096ul; /* as the linker has laid it out */
    s.local = add_address(s.p, s.m, start + local_address % 4096);
    s.exported = add_address(s.p, s.m, start + exported_address % 4096);
    assert_int_equal(shell("mv libt.so old && cp /bin/true libt.so && rm old"), 0);
    snprintf(comment, sizeof(comment), "# cpprof: pid %d", getpid());
    profile_add_comment(s.p, comment);
    symbolize(s.p);
    assert_lines(&s);
    dlclose(library);
    profile_free(s.p);
}

/* ---- several profiles, several files */

static void a_file_stays_open_for_the_next_profile(void **state) {
    struct symbolizer *symbolizer = symbolizer_new();
    struct symbolized first, second;

    build("-g");
    first = map_fixture();
    second = map_fixture();
    assert_int_equal(symbolize_profile(symbolizer, first.p, NULL), 0);
    assert_int_equal(shell("rm libt.so"), 0);
    assert_int_equal(symbolize_profile(symbolizer, second.p, NULL), 0);
    assert_lines(&first);
    assert_lines(&second);
    symbolizer_free(symbolizer);
    profile_free(first.p);
    profile_free(second.p);
}

static void more_files_than_are_kept_open_are_all_read(void **state) {
    enum { FILES = 40 };
    struct symbolizer *symbolizer = symbolizer_new();
    struct profile *p = empty_profile();
    struct profile_location *locations[FILES];
    int processes = 0;

    for (int i = 0; i < FILES; i++) {
        char name[40];

        build("-g -Wl,--build-id=uuid");
        snprintf(name, sizeof(name), "lib%d.so", i);
        assert_int_equal(shell("mv libt.so %s", name), 0);
        locations[i] =
            add_address(p, map_program(p, in_directory(name), base + (uint64_t)i * 0x1000000),
                        base + (uint64_t)i * 0x1000000 + exported_address);
    }
    assert_int_equal(symbolize_profile(symbolizer, p, NULL), 0);
    for (int i = 0; i < FILES; i++)
        assert_line(locations[i], 0, "exported", "/t.c", locations[i]->lines[0].line);
    processes = shell("exit $(ps --ppid %d -o comm= | grep -c cpprof-symbols)", getpid()) >> 8;
    assert_in_range(processes, 1, 16);
    symbolizer_free(symbolizer);
    assert_int_equal(shell("exit $(ps --ppid %d -o comm= | grep -c cpprof-symbols)", getpid()), 0);
    profile_free(p);
}

static void a_reader_that_dies_costs_one_file_its_names(void **state) {
    struct symbolizer *symbolizer = symbolizer_new();
    struct symbolized first, second;
    struct profile_location *other;

    build("-g -Wl,--build-id=0x55555555");
    assert_int_equal(shell("gcc -g -shared -fPIC -o libother.so t.c"), 0);
    first = map_fixture();
    assert_int_equal(symbolize_profile(symbolizer, first.p, NULL), 0);
    assert_int_equal(shell("kill -SEGV $(ps --ppid %d -o pid=,comm= | "
                           "awk '/cpprof-symbols/ { print $1 }')",
                           getpid()),
                     0);
    second = map_fixture();
    other = add_address(second.p, map_program(second.p, in_directory("libother.so"), base * 2),
                        base * 2 + symbol_address("libother.so", "local"));
    assert_int_equal(symbolize_profile(symbolizer, second.p, NULL), 0);
    assert_unsymbolized(&second);
    assert_true(has_comment(second.p, "its symbols are corrupt (reader died of SIGSEGV)"));
    assert_line(other, 0, "local", "/t.c", 2);
    symbolizer_free(symbolizer);
    profile_free(first.p);
    profile_free(second.p);
}

/* ---- damage */

static void damaged_files_neither_crash_nor_hang(void **state) {
    enum { ROUNDS = 300, MAX_BYTES = 1 << 20 };
    static unsigned char whole[MAX_BYTES], damaged[MAX_BYTES];
    struct symbolizer *symbolizer = symbolizer_new();
    size_t n, intact = 0;
    FILE *f;

    build("-g");
    f = fopen(in_directory("libt.so"), "r");
    n = fread(whole, 1, MAX_BYTES, f);
    fclose(f);
    assert_in_range(n, 1000, MAX_BYTES - 1);
    srand(1);
    for (int round = 0; round < ROUNDS; round++) {
        struct symbolized s = map_fixture();
        int flips = 1 << rand() % 8;

        memcpy(damaged, whole, n);
        for (int i = 0; i < flips; i++)
            damaged[(size_t)rand() % n] = (unsigned char)rand();
        f = fopen(in_directory("damaged.so"), "w");
        fwrite(damaged, 1, round % 8 == 0 ? (size_t)rand() % n : n, f);
        fclose(f);
        s.m->file = profile_string(s.p, in_directory("damaged.so"));
        s.m->build_id = "";
        assert_int_equal(symbolize_profile(symbolizer, s.p, NULL), 0);
        assert_int_equal(profile_check(s.p, NULL, 0), 0);
        intact += s.exported->n_lines == 1 &&
                  strcmp(s.exported->lines[0].function->name, "exported") == 0;
        profile_free(s.p);
        unlink(in_directory("damaged.so"));
    }
    assert_in_range(intact, 20, ROUNDS); /* a few flipped bytes do not cost everything */
    symbolizer_free(symbolizer);
}

/* ---- the vdso */

/* The vdso of this process, as a file. */
static void dump_vdso(void) {
    int in = vdso_image_open();
    char bytes[4096];
    FILE *out = fopen(in_directory("vdso"), "w");
    off_t at = 0;

    assert_true(in >= 0);
    for (ssize_t n; (n = pread(in, bytes, sizeof(bytes), at)) > 0; at += n)
        fwrite(bytes, 1, (size_t)n, out);
    fclose(out);
    close(in);
}

static struct profile *symbolized_vdso(const char *build_id, uint64_t address) {
    struct profile *p = empty_profile();
    struct profile_mapping *m = map_program(p, in_directory("vdso"), base);

    m->file = "[vdso]";
    if (build_id)
        m->build_id = build_id;
    add_address(p, m, base + address);
    symbolize(p);
    return p;
}

static void the_vdso_is_named_when_it_is_the_same(void **state) {
    char command[800];
    uint64_t address = 0;
    struct profile *p;
    FILE *f;

    dump_vdso();
    snprintf(command, sizeof(command), "nm -D %s | awk '$3 ~ /^__vdso_gettimeofday/ { print $1 }'",
             in_directory("vdso"));
    f = popen(command, "r");
    assert_int_equal(fscanf(f, "%" SCNx64, &address), 1);
    pclose(f);
    p = symbolized_vdso(NULL, address);
    assert_int_equal(p->locations[0]->n_lines, 1);
    assert_non_null(strstr(p->locations[0]->lines[0].function->name, "gettimeofday"));
    profile_free(p);
    p = symbolized_vdso("1234", address);
    assert_int_equal(p->locations[0]->n_lines, 0);
    assert_true(has_comment(p, "[vdso]: replaced since it was mapped (build ID 1234"));
    profile_free(p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_debug_file_is_found_by_debuglink),
        cmocka_unit_test(a_debug_file_of_another_build_is_not_used),
        cmocka_unit_test(a_debug_file_is_found_by_build_id),
        cmocka_unit_test(compressed_symbols_of_a_stripped_file_are_read),
        cmocka_unit_test(the_symbol_table_names_functions_where_there_is_no_dwarf),
        cmocka_unit_test(what_a_stripped_file_does_not_say_is_not_guessed),
        cmocka_unit_test(a_label_without_size_covers_up_to_the_next_symbol),
        cmocka_unit_test(aliases_show_the_name_that_people_know),
        cmocka_unit_test(stubs_are_named_by_what_they_call),
        cmocka_unit_test(a_replaced_file_is_not_used),
        cmocka_unit_test(a_file_that_lost_its_build_id_is_not_used),
        cmocka_unit_test(a_deleted_file_is_said_to_be_missing),
        cmocka_unit_test(a_deleted_file_that_is_back_unchanged_is_used),
        cmocka_unit_test(what_is_no_elf_file_is_refused_without_waiting),
        cmocka_unit_test(a_replaced_executable_is_read_where_it_is),
        cmocka_unit_test(another_executable_is_not_taken_for_it),
        cmocka_unit_test(a_file_is_found_below_the_root_of_its_process),
        cmocka_unit_test(a_replaced_library_of_a_process_is_read_where_that_has_it),
        cmocka_unit_test(a_file_stays_open_for_the_next_profile),
        cmocka_unit_test(more_files_than_are_kept_open_are_all_read),
        cmocka_unit_test(a_reader_that_dies_costs_one_file_its_names),
        cmocka_unit_test(damaged_files_neither_crash_nor_hang),
        cmocka_unit_test(the_vdso_is_named_when_it_is_the_same),
    };

    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
