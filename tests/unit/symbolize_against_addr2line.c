/* The same answers as `addr2line -i -f` at random addresses of C++ programs full of inlined
 * templates, wherever DWARF knows the address. Elsewhere (padding, the C run-time) addr2line takes
 * the nearest symbol before it, and we take none. */
#include "tests/unit/symbolize_fixture.h"

#include "symbolize/demangle.h"

enum { ADDRESSES = 400, FRAMES = 64 };

static const char source[] = "#include <algorithm>\n#include <iostream>\n#include <map>\n"
                             "#include <memory>\n#include <regex>\n#include <string>\n"
                             "#include <unordered_map>\n#include <vector>\n"
                             "struct item { std::string name; int n; };\n"
                             "static bool less(const item &a, const item &b) {\n"
                             "    return a.n < b.n;\n"
                             "}\n"
                             "int main(int argc, char **argv) {\n"
                             "    std::vector<item> v;\n"
                             "    std::map<std::string, std::shared_ptr<item>> m;\n"
                             "    std::unordered_map<int, std::string> u;\n"
                             "    for (int i = 0; i < argc * 100; i++) {\n"
                             "        v.push_back({std::to_string(i), i * 37 % 11});\n"
                             "        m[v.back().name] = std::make_shared<item>(v.back());\n"
                             "        u[i] = v.back().name;\n"
                             "    }\n"
                             "    std::sort(v.begin(), v.end(), less);\n"
                             "    std::regex re(\"a+(b|c)*\");\n"
                             "    for (auto &i : v)\n"
                             "        if (std::regex_match(i.name, re))\n"
                             "            std::cout << i.name << m.size() << u.size();\n"
                             "}\n";

/* What addr2line says of one address, innermost first. */
struct expected {
    size_t n;
    struct {
        char name[4000], file[4000];
        long line;
    } frames[FRAMES];
};

/* Reads the next address's frames; `pending` is the line that began it. */
static bool read_expected(FILE *f, struct expected *e) {
    static char pending[4000];
    char line[4000];

    e->n = 0;
    if (!pending[0] && !fgets(pending, sizeof(pending), f))
        return false;
    pending[0] = 0;
    while (fgets(line, sizeof(line), f)) {
        char *colon;

        line[strcspn(line, "\n")] = 0;
        if (strncmp(line, "0x", 2) == 0) {
            strcpy(pending, line);
            return true;
        }
        assert_true(e->n < FRAMES);
        snprintf(e->frames[e->n].name, sizeof(e->frames[0].name), "%s", line);
        assert_non_null(fgets(line, sizeof(line), f));
        colon = strrchr(line, ':');
        assert_non_null(colon);
        e->frames[e->n].line = strtol(colon + 1, NULL, 10); /* "?" is 0 */
        *colon = 0;
        snprintf(e->frames[e->n].file, sizeof(e->frames[0].file), "%s", line);
        e->n++;
    }
    return true;
}

/* addr2line says mangled names here, which tell more than demangled ones: those are compared. The
 * name that is shown must then be the demangled form of the same.
 *
 * addr2line names the cold part of a function by its symbol, and one without linkage name by its
 * own name alone: so the beginning, or the end, is compared. */
static bool same_name(const struct profile_function *f, const char *name) {
    size_t n = strlen(f->system_name), end = strlen(name);

    if (strncmp(f->system_name, name, n) == 0 && strcmp(name + n, ".cold") == 0)
        return true;
    return strcmp(f->system_name, name) == 0 ||
           (n > end + 2 && strcmp(f->system_name + n - end, name) == 0 &&
            strncmp(f->system_name + n - end - 2, "::", 2) == 0);
}

static bool shown_as(const struct profile_function *f) {
    static char readable[32 * 1024];

    return strcmp(f->name, demangle(f->system_name, readable, sizeof(readable))
                               ? readable
                               : f->system_name) == 0;
}

static bool same_file(const char *file, const char *expected) {
    char resolved[2][4096];

    if (strcmp(file, expected) == 0)
        return true;
    /* "a/../b" is spelled out by one and not by the other. */
    return realpath(file, resolved[0]) && realpath(expected, resolved[1]) &&
           strcmp(resolved[0], resolved[1]) == 0;
}

static bool same_location(const struct profile_location *location, const struct expected *e) {
    if (location->n_lines != e->n)
        return false;
    for (size_t i = 0; i < e->n; i++)
        if (!same_name(location->lines[i].function, e->frames[i].name) ||
            !shown_as(location->lines[i].function) ||
            !same_file(location->lines[i].function->filename, e->frames[i].file) ||
            location->lines[i].line != e->frames[i].line)
            return false;
    return true;
}

static void print_difference(const struct profile_location *location, const struct expected *e) {
    print_message("at %#" PRIx64 ":\n", location->address);
    for (size_t i = 0; i < location->n_lines; i++)
        print_message("  ours  %s %s:%" PRId64 "\n", location->lines[i].function->system_name,
                      location->lines[i].function->filename, location->lines[i].line);
    for (size_t i = 0; i < e->n; i++)
        print_message("  theirs %s %s:%ld\n", e->frames[i].name, e->frames[i].file,
                      e->frames[i].line);
}

/* The function that runs a file's initialisers is named by its symbol for all its frames. */
static bool dwarf_knows(const struct expected *e) {
    return e->frames[0].file[0] == '/' &&
           strncmp(e->frames[0].name, "_GLOBAL__sub_I_", strlen("_GLOBAL__sub_I_")) != 0;
}

/* Symbolizes the addresses of the file and counts those on which addr2line differs. */
static size_t differences(const char *path, const uint64_t *addresses, size_t n) {
    struct profile *p = empty_profile();
    struct profile_mapping *m = map_program(p, path, 0);
    FILE *list = fopen(in_directory("addresses"), "w"), *answers;
    struct expected *e = calloc(1, sizeof(*e));
    char command[2000];
    size_t different = 0, compared = 0;

    for (size_t i = 0; i < n; i++) {
        add_address(p, m, addresses[i]);
        fprintf(list, "%#" PRIx64 "\n", addresses[i]);
    }
    fclose(list);
    symbolize(p);
    snprintf(command, sizeof(command), "addr2line -a -i -f -e %s <%s", path,
             in_directory("addresses"));
    answers = popen(command, "r");
    for (size_t i = 0; i < n; i++) {
        assert_true(read_expected(answers, e));
        compared += dwarf_knows(e);
        if (dwarf_knows(e) && !same_location(p->locations[i], e)) {
            print_difference(p->locations[i], e);
            different++;
        }
    }
    pclose(answers);
    assert_true(compared > n / 2);
    free(e);
    profile_free(p);
    return different;
}

/* Random addresses of a file's .text. */
static void pick(const char *path, uint64_t *addresses, size_t n) {
    char command[1000];
    uint64_t start = 0, bytes = 0;
    FILE *f;

    snprintf(command, sizeof(command),
             "readelf -SW %s | sed -n 's/.* \\.text  *PROGBITS  *//p' | awk '{ print $1, $3 }'",
             path);
    f = popen(command, "r");
    assert_int_equal(fscanf(f, "%" SCNx64 " %" SCNx64, &start, &bytes), 2);
    pclose(f);
    srand(7);
    for (size_t i = 0; i < n; i++)
        addresses[i] = start + ((uint64_t)rand() << 20 ^ (uint64_t)rand()) % bytes;
}

static void check_compiler(const char *compile) {
    uint64_t addresses[ADDRESSES];

    write_text("c.cc", source);
    assert_int_equal(shell("%s -o c c.cc", compile), 0);
    pick(in_directory("c"), addresses, ADDRESSES);
    assert_int_equal(differences(in_directory("c"), addresses, ADDRESSES), 0);
}

static void gcc_programs_agree(void **state) {
    check_compiler("g++ -O2 -g");
    check_compiler("g++ -O0 -g -gdwarf-4");
}

static void clang_programs_agree(void **state) {
    if (!have_tool("clang++")) {
        print_message("# skipped: no clang++\n");
        skip();
    }
    /* addr2line 2.40 loses inlined calls in clang's DWARF 5 (DW_FORM_rnglistx). */
    check_compiler("clang++ -O2 -g -gdwarf-4");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gcc_programs_agree),
        cmocka_unit_test(clang_programs_agree),
    };

    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
