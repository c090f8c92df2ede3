/* What a process's endpoints and the server's own answer, without HTTP: the process is this one,
 * its arena made by hand. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#include "collector/serve/route.h"
#include "proto/profile.h"
#include "tests/unit/arena_builder.h"
#include "tests/unit/proc_fixture.h"

static char dir[] = "/tmp/cpprof-test-XXXXXX";
static struct server server;
static struct reply r;
static char arena_path[256];

static void write_arena(const void *bytes, size_t n) {
    int fd = open(arena_path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, n), (ssize_t)n);
    close(fd);
}

static void write_sound_arena(void) {
    const uint64_t pc = 0x400010;
    struct builder b = builder_new(1024, 4);
    b.h->pid = (uint32_t)getpid();
    strcpy(b.h->exe, "<demo>&\"");
    builder_object(&b, "/nonexistent/demo", 0x400000, 0x500000, 0);
    arena_ref stack = builder_stack(&b, 0, &pc, 1);
    builder_cpu(&b, stack, 0, 3);
    struct arena_bucket *heap = builder_bucket(&b, ARENA_EVENT_HEAP, stack, 0);
    heap->v[0] = heap->v[2] = 2 * ARENA_OBJECT_ONE;
    heap->v[1] = heap->v[3] = 2048;
    heap->detail = 1024;
    write_arena(b.base, b.h->size);
    builder_free(&b);
}

static int setup(void **state) {
    strcpy(dir + strlen(dir) - 6, "XXXXXX");
    if (!mkdtemp(dir))
        return -1;
    setenv("CPROF_RUN_DIR", dir, 1);
    snprintf(arena_path, sizeof arena_path, "%s/%d.%llu", dir, (int)getpid(),
             (unsigned long long)start_ticks_of(getpid()));
    write_sound_arena();
    server = (struct server){.address = {.host = "localhost", .port = 6060, .loopback = true}};
    return server_init(&server);
}

static int teardown(void **state) {
    char command[sizeof dir + 16];
    snprintf(command, sizeof command, "rm -rf %s", dir);
    reply_release(&r);
    server_release(&server);
    return system(command);
}

/* Asks for an endpoint of this process, `name` with its query. */
static void ask(const char *name) {
    char path[256];
    snprintf(path, sizeof path, "/targets/%d/debug/pprof/%s", (int)getpid(), name);
    char *mark = strchr(path, '?');
    if (mark)
        *mark = '\0';
    const char *query = mark ? mark + 1 : "";
    const struct request q = {.server = &server,
                              .method = "GET",
                              .path = path,
                              .query = query,
                              .host = "localhost:6060",
                              .params = {.query = query},
                              .client = -1};
    reply_release(&r);
    route_serve(&q, &r);
}

static void ask_path(const char *path) {
    const struct request q = {.server = &server,
                              .method = "GET",
                              .path = path,
                              .query = "",
                              .host = "box:6060",
                              .params = {.query = ""},
                              .client = -1};
    reply_release(&r);
    route_serve(&q, &r);
}

static void assert_error(const char *name, unsigned status, const char *text) {
    ask(name);
    assert_int_equal(r.status, status);
    assert_string_equal(r.type, REPLY_TEXT);
    assert_true(r.pprof_error);
    assert_string_equal(r.disposition, "");
    assert_string_equal(r.body, text);
}

/* The answer as a profile, to be freed. */
static struct profile *answered_profile(const char *filename) {
    struct profile *p = NULL;
    char disposition[80];
    snprintf(disposition, sizeof disposition, "attachment; filename=\"%s\"", filename);
    assert_int_equal(r.status, 200);
    assert_string_equal(r.type, REPLY_DATA);
    assert_string_equal(r.disposition, disposition);
    assert_int_equal(profile_decode(r.body, r.bytes, NULL, &p, NULL, 0), 0);
    return p;
}

static void errors_come_in_the_order_of_go(void **state) {
    static const char bad_seconds[] =
        "invalid value for \"seconds\" - must be a positive integer\n";
    static const char too_long[] = "profile duration exceeds server's WriteTimeout\n";
    assert_error("nosuch?seconds=x&debug=1", 404, "Unknown profile\n");
    assert_error("heap?seconds=x&debug=1", 400, bad_seconds);
    assert_error("heap?seconds=0", 400, bad_seconds);
    assert_error("heap?seconds=99999999999999999999", 400, bad_seconds);
    assert_error("heap?seconds=3600&debug=1", 400, too_long);
    assert_error("profile?seconds=3600", 400, too_long);
    assert_error("heap?seconds=1&debug=1", 400, "seconds and debug params are incompatible\n");
    assert_error("heap?seconds=1&debug=-1", 400, "seconds and debug params are incompatible\n");
    assert_error("cpu?debug=1", 400,
                 "\"debug\" parameter is not supported for this profile type\n");
    assert_error("profile?hz=0", 400,
                 "invalid value for \"hz\" - must be an integer from 1 to 10000\n");
    assert_error("profile?hz=10001", 400,
                 "invalid value for \"hz\" - must be an integer from 1 to 10000\n");
    assert_error("trace", 404, "there is no execution trace of a native program\n");
}

static void a_snapshot_has_no_duration(void **state) {
    ask("heap");
    struct profile *p = answered_profile("heap");
    assert_int_equal(p->n_samples, 1);
    assert_int_equal(p->samples[0].values[3], 2048);
    assert_int_equal(p->duration_nanos, 0);
    assert_string_equal(p->default_sample_type, "inuse_space");
    profile_free(p);
    ask("cpu");
    p = answered_profile("cpu");
    assert_int_not_equal(p->duration_nanos, 0);
    profile_free(p);
    ask("block"); /* nothing of it is recorded */
    p = answered_profile("block");
    assert_int_equal(p->n_samples, 0);
    assert_int_equal(p->n_sample_types, 2);
    profile_free(p);
}

static void windows_are_counted(void **state) {
    for (int i = 0; i < SERVER_WINDOWS_MAX; i++)
        assert_true(server_window_take(&server));
    assert_error("heap?seconds=1", 429,
                 "too many profiles are being taken at once; try again later\n");
    assert_error("profile?seconds=1", 429,
                 "too many profiles are being taken at once; try again later\n");
    server_window_give(&server);
    server_stop(&server); /* so that it does not last */
    ask("heap?seconds=3000");
    struct profile *p = answered_profile("heap-delta");
    assert_int_equal(p->n_samples, 0);
    assert_true(p->duration_nanos > 0 && p->duration_nanos < INT64_C(1000000000000));
    profile_free(p);
    assert_false(server_window_take(&server) && server_window_take(&server));
}

static void what_cannot_be_asked_is_said_so(void **state) {
    char text[256];
    snprintf(text, sizeof text,
             "failed to collect profile: process %d does not take requests: CPROF_SIGNAL is 0, or "
             "the program has taken the signal\n",
             (int)getpid());
    assert_error("threads", 500, text);
    assert_error("goroutine?debug=2", 500, text);
}

static void a_damaged_arena_is_an_error(void **state) {
    char text[256];
    static char noise[8192];
    memset(noise, 'x', sizeof noise);
    write_arena(noise, sizeof noise);
    snprintf(text, sizeof text,
             "failed to collect profile: process %d has an arena that cannot be read: not an arena "
             "of cpprof\n",
             (int)getpid());
    assert_error("heap", 500, text);
    write_arena(noise, 10);
    snprintf(text, sizeof text,
             "process %d has an arena that cannot be read: truncated: no room for the header\n",
             (int)getpid());
    assert_error("heap", 500, text);
    unlink(arena_path);
    snprintf(text, sizeof text, "process %d is not being profiled\n", (int)getpid());
    assert_error("heap", 404, text);
}

static void the_index_counts_records(void **state) {
    ask("");
    assert_int_equal(r.status, 200);
    assert_string_equal(r.type, REPLY_HTML);
    assert_non_null(
        strstr(r.body, "<tr><td>1</td><td><a href='heap?debug=1'>heap</a></td></tr>\n"));
    assert_non_null(
        strstr(r.body, "<tr><td>0</td><td><a href='block?debug=1'>block</a></td></tr>\n"));
    assert_non_null(strstr(r.body, "<a href=\"goroutine?debug=2\">full goroutine stack dump</a>"));
}

static void names_of_others_are_escaped(void **state) {
    char line[128];
    ask_path("/");
    assert_string_equal(r.type, REPLY_HTML);
    assert_non_null(r.policy);
    assert_non_null(strstr(r.body, "<h2>&lt;demo&gt;&amp;&#34; <span"));
    assert_null(strstr(r.body, "<demo>"));
    ask_path("/targets");
    assert_string_equal(r.type, REPLY_JSON);
    assert_non_null(strstr(r.body, "\"command\": \"\\u003cdemo>&\\\"\""));
    ask_path("/targets/http_sd");
    assert_non_null(strstr(r.body, "{\"targets\": [\"box:6060\"], \"labels\": {"));
    snprintf(line, sizeof line, "\"__profile_path_prefix__\": \"/targets/%d\"", (int)getpid());
    assert_non_null(strstr(r.body, line));
}

static void one_process_is_served_alone(void **state) {
    server.only_pid = getpid() + 1;
    char text[128];
    snprintf(text, sizeof text, "process %d is not being profiled\n", (int)getpid());
    assert_error("heap", 404, text);
    ask_path("/targets");
    assert_string_equal(r.body, "[]\n");
    server.only_pid = getpid();
    server.only_start = 1;
    assert_error("heap", 404, text);
    server.only_start = 0;
    ask_path("/debug/pprof/heap");
    profile_free(answered_profile("heap"));
}

static void the_command_line_has_no_end(void **state) {
    char expected[4096];
    int fd = open("/proc/self/cmdline", O_RDONLY);
    ssize_t n = read(fd, expected, sizeof expected);
    close(fd);
    assert_true(n > 1);
    ask("cmdline");
    assert_int_equal(r.bytes, n - 1);
    assert_memory_equal(r.body, expected, (size_t)n - 1);
}

static void symbols_of_nothing_are_none(void **state) {
    ask("symbol?0x1+x+0x400010+0xffffffffffffffff");
    assert_string_equal(r.body, "num_symbols: 1\n"); /* its file is not there */
}

int main(void) {
#define IN_A_DIRECTORY(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        IN_A_DIRECTORY(errors_come_in_the_order_of_go),
        IN_A_DIRECTORY(a_snapshot_has_no_duration),
        IN_A_DIRECTORY(windows_are_counted),
        IN_A_DIRECTORY(what_cannot_be_asked_is_said_so),
        IN_A_DIRECTORY(a_damaged_arena_is_an_error),
        IN_A_DIRECTORY(the_index_counts_records),
        IN_A_DIRECTORY(names_of_others_are_escaped),
        IN_A_DIRECTORY(one_process_is_served_alone),
        IN_A_DIRECTORY(the_command_line_has_no_end),
        IN_A_DIRECTORY(symbols_of_nothing_are_none),
    };
    signal(SIGCHLD, SIG_DFL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
