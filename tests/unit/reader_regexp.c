/* Regular expressions: RE2's syntax on PCRE2. What Go says of each was asked of Go; many more are
 * asked in tests/reader/run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "reader/regexp.h"

static struct regexp *compiled(const char *pattern) {
    char why[512] = "";
    struct regexp *re = regexp_new(pattern, why, sizeof(why));

    if (!re)
        fail_msg("%s: %s", pattern, why);
    return re;
}

static void expect_match(const char *pattern, const char *s, bool matches) {
    struct regexp *re = compiled(pattern);

    if (regexp_matches(re, s) != matches)
        fail_msg("`%s` on `%s`: %s", pattern, s, matches ? "does not match" : "matches");
    regexp_free(re);
}

static void expect_found(const char *pattern, const char *s, size_t start, size_t end) {
    struct regexp *re = compiled(pattern);
    size_t from = 99, to = 99;

    assert_true(regexp_find(re, s, &from, &to));
    assert_int_equal(from, start);
    assert_int_equal(to, end);
    regexp_free(re);
}

static void expect_error(const char *pattern, const char *error) {
    char why[512] = "";

    assert_null(regexp_new(pattern, why, sizeof(why)));
    assert_string_equal(why, error);
}

static void matches_as_go(void **state) {
    expect_match("mallo", "malloc", true);
    expect_match("^main$", "main\n", false); /* $ is the very end */
    expect_match("(?m)^b$", "a\nb\n", true);
    expect_match("(?m)^$", "a\n", true); /* also behind the last newline */
    expect_match(".", "\n", false);
    expect_match("(?s).", "\n", true);
    expect_match("[^a]", "\n", true);
    expect_match("\\s", "\v", false);
    expect_match("[[:space:]]", "\v", true);
    expect_match("\\d", "\xd9\xa3", false); /* an Arabic digit */
    expect_match("\\pN", "\xd9\xa3", true);
    expect_match("\\p{Greek}", "\xce\xb1", true);
    expect_match("(?i)k", "\xe2\x84\xaa", true); /* the Kelvin sign */
    expect_match("(?i)\\W", "k", false);
    expect_match("(?i)[[:^lower:]]", "Q", false);
    expect_match("(?i)STRASSE|\xc3\x84", "\xc3\xa4", true);
    expect_match("a(?i)b|c", "C", true);
    expect_match("(?i:a)b", "AB", false);
    expect_match("\\Qa.b\\E*", "a.", true);
    expect_match("\\Qa.b", "axb", false);
    expect_match("a{,3}", "a{,3}", true);
    expect_match("x{2}", "xx", true);
    expect_match("{", "{", true);
    expect_match("]", "]", true);
    expect_match("^*a", "a", true);
    expect_match("\\x{d800}", "\xed\xa0\x80", false);
    expect_match("(?P<name>a)(?<name>b)", "ab", true);
    expect_match("\\pL{1000}", "a", false);
    expect_match("", "", true);
}

static void finds_the_first(void **state) {
    expect_found("a|ab", "xab", 1, 2);
    expect_found("(?U)a+", "aaa", 0, 1);
    expect_found("(?U)a+?", "aaa", 0, 3);
    expect_found("a+?", "aaa", 0, 1);
    expect_found("\xc3\xa9", "caf\xc3\xa9", 3, 5);
}

/* Each byte that is no UTF-8 is one character, U+FFFD. */
static void takes_any_bytes(void **state) {
    expect_match("^..$", "a\xff", true);
    expect_match("\\x{fffd}", "\xc3(", true);
    expect_found("[(]", "\xff\xfe\xc3(", 3, 4);
    expect_found("\xef\xbf\xbd+", "a\xed\xa0\x80z", 1, 4);
}

static void refuses_in_the_words_of_go(void **state) {
    expect_error("(a", "error parsing regexp: missing closing ): `(a`");
    expect_error("a)b", "error parsing regexp: unexpected ): `a)b`");
    expect_error("a**", "error parsing regexp: invalid nested repetition operator: `**`");
    expect_error("a++", "error parsing regexp: invalid nested repetition operator: `++`");
    expect_error("a{2}{3}", "error parsing regexp: invalid nested repetition operator: `{2}{3}`");
    expect_error("|*", "error parsing regexp: missing argument to repetition operator: `*`");
    expect_error("(?i)+?", "error parsing regexp: missing argument to repetition operator: `+?`");
    expect_error("a{1001}", "error parsing regexp: invalid repeat count: `{1001}`");
    expect_error("(a{100}){11}", "error parsing regexp: invalid repeat count: `{11}`");
    expect_error("a{3,2}", "error parsing regexp: invalid repeat count: `{3,2}`");
    expect_error("[a", "error parsing regexp: missing closing ]: `[a`");
    expect_error("x[z-a]", "error parsing regexp: invalid character class range: `z-a`");
    expect_error("[[:foo:]]", "error parsing regexp: invalid character class range: `[:foo:]`");
    expect_error("\\p{Foo}", "error parsing regexp: invalid character class range: `\\p{Foo}`");
    expect_error("\\1", "error parsing regexp: invalid escape sequence: `\\1`");
    expect_error("\\Z", "error parsing regexp: invalid escape sequence: `\\Z`");
    expect_error("\\x{110000}", "error parsing regexp: invalid escape sequence: `\\x{110000`");
    expect_error("a\\", "error parsing regexp: trailing backslash at end of expression: ``");
    expect_error("(?=a)", "error parsing regexp: invalid or unsupported Perl syntax: `(?=`");
    expect_error("(?<!a)", "error parsing regexp: invalid named capture: `(?<!a)`");
    expect_error("(?>a)", "error parsing regexp: invalid or unsupported Perl syntax: `(?>`");
    expect_error("(?P<a-b>c)", "error parsing regexp: invalid named capture: `(?P<a-b>`");
    expect_error("a\xff", "error parsing regexp: invalid UTF-8: `\xff`");
}

/* Where PCRE2 would try 2^n ways, and where it would run out of stack. */
static void does_not_run_away(void **state) {
    enum { N = 200000 };
    char *s = malloc(N + 1);

    memset(s, 'a', N);
    s[N] = '\0';
    s[5000] = '\0';
    expect_match("(a*)*b", s, false);
    expect_match("(a|aa)+$", s, true);
    expect_match("(?:a?){50}a{50}$", s, true);
    s[5000] = 'a';
    expect_match("^(?:a|b)*$", s, true);
    expect_match("(x+x+)+y", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", false);
    free(s);
}

static void refuses_what_is_too_deep(void **state) {
    char pattern[4097], why[8192];

    memset(pattern, '(', 2048);
    memset(pattern + 2048, ')', 2048);
    pattern[4096] = '\0';
    assert_null(regexp_new(pattern, why, sizeof(why)));
    assert_non_null(strstr(why, "expression nests too deeply"));
    memset(pattern + 900, ')', 900);
    pattern[1800] = '\0';
    regexp_free(compiled(pattern));
}

static void keeps_its_text(void **state) {
    struct regexp *re = compiled("a.b");

    assert_string_equal(regexp_text(re), "a.b");
    regexp_free(re);
    regexp_free(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(matches_as_go),     cmocka_unit_test(finds_the_first),
        cmocka_unit_test(takes_any_bytes),   cmocka_unit_test(refuses_in_the_words_of_go),
        cmocka_unit_test(does_not_run_away), cmocka_unit_test(refuses_what_is_too_deep),
        cmocka_unit_test(keeps_its_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
