/* Files as profiles: which words refuse them, and the parts of fetching that need no server. */
#include "tests/unit/proto_fixture.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "reader/source/source_parts.h"
#include "reader/source/source_query.h"

#define STRINGS "\x32\x00\x32\x01\x61" /* "", "a" */
#define TYPE    "\x0a\x04\x08\x01\x10\x01"

static void refused_within(struct bytes b, size_t max_bytes, int expected, const char *why) {
    struct profile *p = NULL;
    char text[400] = "";

    assert_int_equal(source_parse_within(b.at, b.n, max_bytes, &p, text, sizeof(text)), expected);
    assert_string_equal(text, why);
    assert_null(p);
    assert_int_equal(source_parse_within(b.at, b.n, max_bytes, &p, NULL, 0), expected);
}

static void refused(struct bytes b, const char *why) {
    refused_within(b, SOURCE_MAX_BYTES, -EINVAL, why);
}

/* ---- parsing */

static void what_is_no_profile_is_unrecognized(void **state) {
    static const char why[] = "parsing profile: unrecognized profile format";

    refused(BYTES("hello\n"), why);
    refused(BYTES("\x0b\x0c" STRINGS), why);                 /* a group */
    refused(BYTES("\x48\x80" STRINGS), why);                 /* a varint that does not end */
    refused(BYTES("\x08\x01" STRINGS), why);                 /* a sample type that is a number */
    refused(BYTES("\x0a\x7f" STRINGS), why);                 /* longer than the file */
    refused(BYTES("\x32\x01\x61"), why);                     /* the first string is not "" */
    refused(BYTES("\x38\x02" STRINGS), why);                 /* a string that is not there */
    refused(BYTES("\x48\x01"), why);                         /* no strings */
    refused(BYTES("\x12\x02\x1a\x05" STRINGS), why);         /* a label longer than its sample */
    refused(BYTES("\x22\x04\x08\x01\x20\x01" STRINGS), why); /* a line that is a number */
}

static void no_bytes_and_two_profiles_are_said_to_be_that(void **state) {
    refused(BYTES(""), "parsing profile: empty input file");
    refused(BYTES("\x48\x01\x48\x02" STRINGS), "parsing profile: concatenated profiles detected");
}

static void rules_of_a_profile_are_told_apart(void **state) {
    refused(BYTES("\x12\x00" STRINGS), "malformed profile: missing sample type information");
    refused(BYTES(TYPE "\x12\x04\x10\x01\x10\x02" STRINGS),
            "malformed profile: mismatch: sample has 2 values vs. 1 types");
    refused(BYTES(TYPE "\x12\x04\x08\x07\x10\x02" STRINGS),
            "malformed profile: sample has nil location");
    refused(BYTES("\x1a\x02\x10\x01" STRINGS),
            "malformed profile: found mapping with reserved ID=0");
    refused(BYTES("\x2a\x02\x28\x01" STRINGS),
            "malformed profile: found function with reserved ID=0");
    refused(BYTES("\x22\x02\x18\x01" STRINGS),
            "malformed profile: found location with reserved id=0");
    refused(BYTES("\x1a\x02\x08\x07\x1a\x02\x08\x07" STRINGS),
            "malformed profile: multiple mappings with same id: 7");
    refused(BYTES("\x2a\x02\x08\x07\x2a\x02\x08\x07" STRINGS),
            "malformed profile: multiple functions with same id: 7");
    refused(BYTES("\x22\x02\x08\x07\x22\x02\x08\x07" STRINGS),
            "malformed profile: multiple locations with same id: 7");
    refused(BYTES("\x22\x06\x08\x07\x22\x02\x08\x09" STRINGS),
            "malformed profile: location id: 7 has a line with nil function");
}

static void an_unknown_mapping_is_none(void **state) {
    struct bytes b = BYTES("\x22\x04\x08\x01\x10\x05" STRINGS);
    struct profile *p = NULL;

    assert_int_equal(source_parse(b.at, b.n, &p, NULL, 0), 0);
    assert_null(p->locations[0]->mapping);
    profile_free(p);
}

static void legacy_text_may_be_compressed_too(void **state) {
    struct bytes b = gzipped(BYTES("x profile: total 1\n5 @ 0x2\n"));
    struct bytes once = gzipped(BYTES("\x48\x01" STRINGS)), twice = gzipped(once);
    struct profile *p = NULL;

    assert_int_equal(source_parse(b.at, b.n, &p, NULL, 0), 0);
    assert_string_equal(p->sample_types[0].type, "x");
    assert_int_equal(p->samples[0].values[0], 5);
    profile_free(p);
    refused(twice, "parsing profile: unrecognized profile format");
    free(b.at);
    free(once.at);
    free(twice.at);
}

static void broken_compression_is_said_to_be_that(void **state) {
    struct bytes b = gzipped(BYTES(TYPE STRINGS));

    refused((struct bytes){b.at, b.n - 9}, "decompressing profile: unexpected EOF");
    b.at[b.n - 8]++;
    refused(b, "decompressing profile: gzip: invalid checksum");
    b.at[10] = 0xff;
    refused(b, "decompressing profile: flate: corrupt input");
    b.at[2] = 0;
    refused(b, "decompressing profile: gzip: invalid header");
    free(b.at);
}

static void a_bomb_stops_at_the_limit(void **state) {
    struct bytes zeros = {calloc(1, 4 << 20), 4 << 20}, b = gzipped(zeros);

    refused_within(b, 1 << 20, -E2BIG, "decompressing profile: more than 1048576 bytes");
    free(zeros.at);
    free(b.at);
}

/* ---- URLs */

static void adjusts(const char *source, int seconds, int timeout, const char *expected,
                    long expected_wait) {
    struct source_url u;
    long wait_s = 0;
    char *text;

    assert_int_equal(source_url_adjust(source, seconds, timeout, &u, &wait_s), 0);
    text = source_url_text(&u, false);
    assert_string_equal(text, expected);
    assert_int_equal(wait_s, expected_wait);
    free(text);
    source_url_release(&u);
}

static void is_no_server(const char *source) {
    struct source_url u;
    long wait_s;

    if (source_url_adjust(source, -1, -1, &u, &wait_s) != -ENOENT)
        fail_msg("%s is taken for a URL", source);
    source_url_release(&u);
}

static void sources_become_urls(void **state) {
    adjusts("localhost:6060", -1, -1, "http://localhost:6060/debug/pprof/profile", 60);
    adjusts("127.0.0.1:6060/", -1, -1, "http://127.0.0.1:6060/debug/pprof/profile", 60);
    adjusts("[::1]:6060/x", -1, -1, "http://[::1]:6060/x", 60);
    adjusts("HTTPS://Host/a b/%2f?x=1", -1, -1, "https://Host/a%20b/%2f?x=1", 60);
    adjusts("https+insecure://h:1/p", -1, 7, "https+insecure://h:1/p", 7);
    adjusts("http://me:secret@h/p", -1, -1, "http://me:secret@h/p", 60);
    adjusts("host:80/heap?gc=1", -1, -1, "http://host:80/heap?gc=1", 60);
}

static void seconds_are_asked_for_and_waited_for(void **state) {
    adjusts("http://h/p", 30, -1, "http://h/p?seconds=30", 45);
    adjusts("http://h/p?seconds=7&b=2&seconds=8", 30, -1, "http://h/p?b=2&seconds=30", 45);
    adjusts("http://h/p?seconds=20", -1, -1, "http://h/p?seconds=20", 30);
    adjusts("http://h/p?seconds=20", 0, 5, "http://h/p?seconds=20", 5);
    adjusts("http://h/p?seconds=x", -1, -1, "http://h/p?seconds=x", 60);
    adjusts("http://h/p?seconds=99999999999", -1, -1, "http://h/p?seconds=99999999999", 60);
}

static void parameters_are_sorted_and_escaped_anew(void **state) {
    adjusts("http://h/p?b=2&a=x%20y&a=+&c&=e&d;=1&%zz=1&f=%2F", -1, -1,
            "http://h/p?=e&a=x+y&a=+&b=2&c=&f=%2F", 60);
}

static void other_sources_are_no_servers(void **state) {
    is_no_server("profile.pb.gz");
    is_no_server("dir/file:1");
    is_no_server("/abs/path");
    is_no_server("file:///tmp/x");
    is_no_server("http://h/%zz");
    is_no_server("http://a\nb/");
    is_no_server("");
}

static void a_password_is_not_for_people(void **state) {
    struct source_url u;
    char *text;

    assert_int_equal(source_url_parse("https://me:secret@h:1/p?q#f", &u), 0);
    text = source_url_text(&u, true);
    assert_string_equal(text, "https://me:xxxxx@h:1/p?q#f");
    free(text);
    source_url_release(&u);
}

static void symbols_at(const char *url, const char *expected) {
    char *text = source_url_of_symbols(url);

    if (expected)
        assert_string_equal(text, expected);
    else
        assert_null(text);
    free(text);
}

static void names_are_asked_for_beside_the_profile(void **state) {
    symbols_at("http://h:1/debug/pprof/profile?seconds=5", "http://h:1/debug/pprof/symbol");
    symbols_at("http://h/x/debug/pprof/heap", "http://h/x/debug/pprof/symbol");
    symbols_at("http://h/pprof/growth", "http://h/pprof/symbol");
    symbols_at("http://h/heapz?x", "http://h/symbolz");
    symbols_at("http://h", "http://h/symbolz");
    symbols_at("file", NULL);
}

static void cleans(const char *path, const char *expected) {
    char *text = query_clean_path(path);

    assert_string_equal(text, expected);
    free(text);
}

static void paths_are_cleaned(void **state) {
    cleans("/a//b/./c/", "/a/b/c");
    cleans("/a/b/../../../c", "/c");
    cleans("a/../..", "..");
    cleans("a/..", ".");
    cleans("", ".");
    cleans("/", "/");
}

/* ---- names */

static struct profile_location *add_location(struct profile *p, struct profile_mapping *m,
                                             uint64_t address) {
    struct profile_location *l = profile_add_location(p);

    l->mapping = m;
    l->address = address;
    return l;
}

static void a_server_s_names_are_taken(void **state) {
    static const char answer[] =
        "num_symbols: 1\n0x1010 f(int)\nat 0x1020\tg\n0x1030 \nhalf 0x1040 h";
    struct profile *p = profile_new();
    struct profile_mapping *m = profile_add_mapping(p), *other = profile_add_mapping(p);
    struct profile_location *f = add_location(p, m, 0x10), *g = add_location(p, m, 0x20),
                            *empty = add_location(p, m, 0x30), *h = add_location(p, m, 0x40),
                            *same = add_location(p, m, 0x10),
                            *elsewhere = add_location(p, other, 0x10);
    char why[200] = "";

    assert_int_equal(source_take_symbols(p, m, 0x1000, answer, sizeof(answer) - 1, why, 200), 0);
    assert_string_equal(f->lines[0].function->name, "f(int)");
    assert_string_equal(f->lines[0].function->system_name, "f(int)");
    assert_string_equal(g->lines[0].function->name, "g");
    assert_string_equal(empty->lines[0].function->name, "");
    assert_ptr_equal(same->lines[0].function, f->lines[0].function);
    assert_int_equal(h->n_lines, 0);
    assert_int_equal(elsewhere->n_lines, 0);
    assert_int_equal(source_take_symbols(p, m, 0x1000, "0x10 f\n", 7, why, 200), -EINVAL);
    assert_string_equal(why, "cannot adjust symbolz address 16 by -4096, it would overflow");
    profile_free(p);
}

extern const char __executable_start[];
int main(void);

/* This program, without memory maps; the function that is there already has a number that the next
 * one would get. */
static void a_binary_s_names_do_not_share_a_number(void **state) {
    struct profile *p = profile_new();
    struct profile_mapping *m = profile_add_mapping(p);
    struct profile_location *l =
        add_location(p, m, (uint64_t)((uintptr_t)main - (uintptr_t)__executable_start));
    char path[4096] = "", why[200] = "";

    assert_true(readlink("/proc/self/exe", path, sizeof(path) - 1) > 0);
    m->file = profile_string(p, path);
    profile_function(p, "other", "other", "", 0)->id = 2;
    assert_int_equal(source_symbolize(p, "local", NULL, why, sizeof(why)), 0);
    assert_int_equal(l->n_lines, 1);
    assert_string_equal(l->lines[0].function->name, "main");
    assert_int_equal(profile_check(p, why, sizeof(why)), 0);
    assert_int_equal(m->limit, 0);
    assert_true(m->has_functions);
    profile_free(p);
}

static void named(const char *mode, const char *system_name, const char *expected) {
    struct profile *p = profile_new();
    struct profile_function *f = profile_function(p, system_name, system_name, "", 0);

    assert_int_equal(source_demangle(p, false, mode), 0);
    assert_string_equal(f->name, expected);
    assert_string_equal(f->system_name, system_name);
    profile_free(p);
}

static void names_are_demangled_as_asked(void **state) {
    named("", "_ZN3BoxIiE4spinEl", "Box::spin");
    named("templates", "_ZN3BoxIiE4spinEl", "Box<int>::spin");
    named("full", "_ZN3BoxIiE4spinEl", "Box<int>::spin(long)");
    named("none", "_ZN3BoxIiE4spinEl", "_ZN3BoxIiE4spinEl");
    named("", "_Z3maxIiET_S0_S0_", "max");
    named("full", "_Z3maxIiET_S0_S0_", "int max<int>(int, int)");
    named("", "__ZN3foo3barEv", "foo::bar");
    named("", "_ZlsIiEvT_S0_", "operator<<");
    named("", "_ZltIiEbT_S0_", "operator<");
    named("", "_ZN1AptEv", "A::operator->");
    named("", "_ZN1A7operateIiEEvv", "A::operate");
    named("full", "_ZN3foo3barEv.isra.0", "foo::bar()");
    named("", "main", "main");
}

static void names_that_are_demangled_already_are_cut(void **state) {
    named("", "foo::bar(int, char (*)(int))", "foo::bar");
    named("", "std::vector<int>::push", "std::vector::push");
    named("templates", "std::vector<int>::push(int)", "std::vector<int>::push");
    named("full", "std::vector<int>::push(int)", "std::vector<int>::push(int)");
    named("", "main.(*T).f", "main.(*T).f");
    named("", "main.(*T[...]).f", "main.(*T[...]).f");
    named("", "a.B.<init>", "a.B.<init>");
    named("", "a::b)(", "a::b)(");
    named("", "f(x)", "f(x)");
}

static void a_name_for_people_stays_unless_forced(void **state) {
    struct profile *p = profile_new();
    struct profile_function *f = profile_function(p, "mine", "_ZN3foo3barEv", "", 0);

    assert_int_equal(source_demangle(p, false, ""), 0);
    assert_string_equal(f->name, "mine");
    assert_int_equal(source_demangle(p, true, "full"), 0);
    assert_string_equal(f->name, "foo::bar()");
    profile_free(p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_profile_is_unrecognized),
        cmocka_unit_test(no_bytes_and_two_profiles_are_said_to_be_that),
        cmocka_unit_test(rules_of_a_profile_are_told_apart),
        cmocka_unit_test(an_unknown_mapping_is_none),
        cmocka_unit_test(legacy_text_may_be_compressed_too),
        cmocka_unit_test(broken_compression_is_said_to_be_that),
        cmocka_unit_test(a_bomb_stops_at_the_limit),
        cmocka_unit_test(sources_become_urls),
        cmocka_unit_test(seconds_are_asked_for_and_waited_for),
        cmocka_unit_test(parameters_are_sorted_and_escaped_anew),
        cmocka_unit_test(other_sources_are_no_servers),
        cmocka_unit_test(a_password_is_not_for_people),
        cmocka_unit_test(names_are_asked_for_beside_the_profile),
        cmocka_unit_test(paths_are_cleaned),
        cmocka_unit_test(a_server_s_names_are_taken),
        cmocka_unit_test(a_binary_s_names_do_not_share_a_number),
        cmocka_unit_test(names_are_demangled_as_asked),
        cmocka_unit_test(names_that_are_demangled_already_are_cut),
        cmocka_unit_test(a_name_for_people_stays_unless_forced),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
