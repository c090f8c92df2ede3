/* Paths and their endpoints, replies, and strings of others in what is answered. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collector/serve/escape.h"
#include "collector/serve/route.h"

static void endpoints_are_in_the_order_of_their_names(void **state) {
    for (size_t i = 1; i < n_endpoints; i++)
        assert_true(strcmp(endpoints[i - 1].name, endpoints[i].name) < 0);
    for (size_t i = 0; i < n_endpoints; i++)
        assert_true(endpoints[i].serve && endpoints[i].about && *endpoints[i].about);
}

static void paths_lead_to_endpoints(void **state) {
    static const struct {
        const char *path;
        int only_pid;
        enum route_kind kind;
        int pid;
        const char *rest; /* the endpoint, or where it has moved to */
    } cases[] = {
        {"/", 0, ROUTE_SERVER, 0, ""},
        {"/targets", 0, ROUTE_SERVER, 0, ""},
        {"/targets/http_sd", 0, ROUTE_SERVER, 0, ""},
        {"/nosuch", 0, ROUTE_NONE, 0, ""},
        {"/debug/pprof/", 0, ROUTE_NONE, 0, ""},
        {"/debug/pprof/heap", 0, ROUTE_NONE, 0, ""},
        {"/debug/pprof/", 7, ROUTE_INDEX, 7, ""},
        {"/debug/pprof", 7, ROUTE_MOVED, 7, "/debug/pprof/"},
        {"/debug/pprof/heap", 7, ROUTE_TARGET, 7, "heap"},
        {"/debug/pprof/goroutine", 7, ROUTE_TARGET, 7, "goroutine"},
        {"/debug/pprof/profile", 7, ROUTE_TARGET, 7, "profile"},
        {"/debug/pprof/heap/", 7, ROUTE_UNKNOWN, 7, ""},
        {"/debug/pprof/HEAP", 7, ROUTE_UNKNOWN, 7, ""},
        {"/debug/pprof/heap\1", 7, ROUTE_UNKNOWN, 7, ""},
        {"/debug/pprofx", 7, ROUTE_NONE, 0, ""},
        {"/debug", 7, ROUTE_NONE, 0, ""},
        {"/targets/12/debug/pprof/heap", 0, ROUTE_TARGET, 12, "heap"},
        {"/targets/12/debug/pprof/heap", 7, ROUTE_TARGET, 12, "heap"},
        {"/targets/12/debug/pprof/", 0, ROUTE_INDEX, 12, ""},
        {"/targets/12/debug/pprof", 0, ROUTE_MOVED, 12, "/targets/12/debug/pprof/"},
        {"/targets/12", 0, ROUTE_MOVED, 12, "/targets/12/debug/pprof/"},
        {"/targets/12/", 0, ROUTE_MOVED, 12, "/targets/12/debug/pprof/"},
        {"/targets/12/etc/passwd", 0, ROUTE_NONE, 0, ""},
        {"/targets/12/debug/pprof/nosuch", 0, ROUTE_UNKNOWN, 12, ""},
        {"/targets/0/debug/pprof/heap", 0, ROUTE_NONE, 0, ""},
        {"/targets/012/debug/pprof/heap", 0, ROUTE_NONE, 0, ""},
        {"/targets/-12/debug/pprof/heap", 0, ROUTE_NONE, 0, ""},
        {"/targets/+12/debug/pprof/heap", 0, ROUTE_NONE, 0, ""},
        {"/targets/12x/debug/pprof/heap", 0, ROUTE_NONE, 0, ""},
        {"/targets/4294967308/debug/pprof/heap", 0, ROUTE_NONE, 0, ""},
        {"/targets/99999999999999999999/debug/pprof/heap", 0, ROUTE_NONE, 0, ""},
        {"/targets/x/debug/pprof/heap", 0, ROUTE_NONE, 0, ""},
        {"", 0, ROUTE_NONE, 0, ""},
        {"*", 0, ROUTE_NONE, 0, ""},
        {"//", 0, ROUTE_MOVED, 0, "/"},
        {"/debug//pprof/heap", 7, ROUTE_MOVED, 0, "/debug/pprof/heap"},
        {"/debug/./pprof/", 7, ROUTE_MOVED, 0, "/debug/pprof/"},
        {"/a/../../..", 0, ROUTE_MOVED, 0, "/"},
        {"/a/../b/.", 0, ROUTE_MOVED, 0, "/b"},
        {"/targets/../debug/pprof/", 0, ROUTE_MOVED, 0, "/debug/pprof/"},
        {"/...", 0, ROUTE_NONE, 0, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct route r;
        route_find(&r, cases[i].path, cases[i].only_pid);
        assert_int_equal(r.kind, cases[i].kind);
        if (r.kind == ROUTE_MOVED)
            assert_string_equal(r.moved, cases[i].rest);
        if (r.kind == ROUTE_TARGET)
            assert_string_equal(r.target->name, cases[i].rest);
        if (r.kind == ROUTE_TARGET || r.kind == ROUTE_INDEX || r.kind == ROUTE_UNKNOWN)
            assert_int_equal(r.pid, cases[i].pid);
    }
}

static void a_path_of_any_length_leads_nowhere(void **state) {
    struct route r;
    char path[5000];
    memset(path, '/', sizeof path);
    path[sizeof path - 1] = '\0';
    route_find(&r, path, 0);
    assert_int_equal(r.kind, ROUTE_NONE);
    for (size_t i = 1; i < sizeof path - 1; i += 2)
        path[i] = 'a';
    route_find(&r, path, 0);
    assert_int_equal(r.kind, ROUTE_NONE);
}

static void errors_are_those_of_net_http_pprof(void **state) {
    struct reply r = {0};
    snprintf(r.disposition, sizeof r.disposition, "attachment");
    reply_error(&r, 404, "Unknown %s", "profile");
    assert_int_equal(r.status, 404);
    assert_string_equal(r.type, "text/plain; charset=utf-8");
    assert_true(r.pprof_error);
    assert_string_equal(r.disposition, "");
    assert_int_equal(r.bytes, strlen("Unknown profile\n"));
    assert_string_equal(r.body, "Unknown profile\n");
    reply_not_found(&r);
    assert_false(r.pprof_error);
    assert_string_equal(r.body, "404 page not found\n");
    reply_release(&r);
}

static void a_redirect_holds_nothing_that_is_not_escaped(void **state) {
    struct reply r = {0};
    reply_redirect(&r, "/a\r\nb<\"%3", "x=1&y=%2f\r\n<'");
    assert_int_equal(r.status, 301);
    assert_string_equal(r.location, "/a%0D%0Ab%3C%22%253?x=1&y=%2f%0D%0A%3C'");
    assert_ptr_equal(strchr(r.body + 1, '<'), strstr(r.body, "</a>"));
    reply_release(&r);
}

/* What `write` makes of a string. */
static char *written(void (*write)(const char *, FILE *), const char *s) {
    char *text = NULL;
    size_t n;
    FILE *out = open_memstream(&text, &n);
    write(s, out);
    fclose(out);
    return text;
}

static void strings_of_others_are_escaped(void **state) {
    static const struct {
        const char *s, *html, *json;
    } cases[] = {
        {"", "", "\"\""},
        {"plain", "plain", "\"plain\""},
        {"<b>&\"'", "&lt;b&gt;&amp;&#34;&#39;", "\"\\u003cb>&\\\"'\""},
        {"a\\b\n\t\x7f", "a\\b???", "\"a\\\\b???\""},
        {"\xc3\xa4\xff\xc3", "\xc3\xa4??", "\"\xc3\xa4??\""},
        {"</script>", "&lt;/script&gt;", "\"\\u003c/script>\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *html = written(html_escape, cases[i].s), *json = written(json_string, cases[i].s);
        assert_string_equal(html, cases[i].html);
        assert_string_equal(json, cases[i].json);
        free(html);
        free(json);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(endpoints_are_in_the_order_of_their_names),
        cmocka_unit_test(paths_lead_to_endpoints),
        cmocka_unit_test(a_path_of_any_length_leads_nowhere),
        cmocka_unit_test(errors_are_those_of_net_http_pprof),
        cmocka_unit_test(a_redirect_holds_nothing_that_is_not_escaped),
        cmocka_unit_test(strings_of_others_are_escaped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
