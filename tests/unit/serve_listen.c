/* Addresses to listen at, the sockets that come of them, and the names that lead there. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "collector/serve/listen.h"

static void addresses_are_taken_apart(void **state) {
    static const struct {
        const char *text, *host, *path, *url;
        uint16_t port;
    } cases[] = {
        {"localhost:6060", "localhost", "", "http://localhost:6060/", 6060},
        {":80", "localhost", "", "http://localhost:80/", 80},
        {"0.0.0.0:0", "0.0.0.0", "", "http://0.0.0.0:0/", 0},
        {"[::1]:65535", "::1", "", "http://[::1]:65535/", 65535},
        {"example.org:1", "example.org", "", "http://example.org:1/", 1},
        {"unix:/run/x.sock", "", "/run/x.sock", "unix:/run/x.sock", 0},
        {"unix:x:1", "", "x:1", "unix:x:1", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct listen_address a;
        const char *why;
        char url[320];
        assert_true(listen_parse(&a, cases[i].text, &why));
        assert_string_equal(a.host, cases[i].host);
        assert_string_equal(a.path, cases[i].path);
        assert_int_equal(a.port, cases[i].port);
        assert_int_equal(a.is_unix, cases[i].path[0] != '\0');
        listen_url(&a, false, url, sizeof url);
        assert_string_equal(url, cases[i].url);
    }
}

static void what_is_no_address_is_refused(void **state) {
    static const char *const cases[] = {"",
                                        "localhost",
                                        "6060",
                                        "localhost:",
                                        "localhost:x",
                                        "localhost:65536",
                                        "::1:80",
                                        "[::1]",
                                        "[::1",
                                        "[::1]80",
                                        "localhost:-1",
                                        "localhost:+1",
                                        "localhost: 1",
                                        "unix:",
                                        "a/b:1",
                                        "x:000001",
                                        "localhost:6060/"};
    struct listen_address a;
    const char *why = NULL;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_false(listen_parse(&a, cases[i], &why));
        assert_non_null(why);
    }
    char path[256] = "unix:/";
    memset(path + 6, 'x', 200);
    path[206] = '\0';
    assert_false(listen_parse(&a, path, &why));
}

static int bind_at(struct listen_address *a, const char *text, const char **why) {
    assert_true(listen_parse(a, text, why));
    return listen_bind(a, why);
}

static void loopback_is_known(void **state) {
    static const struct {
        const char *text;
        bool loopback;
    } cases[] = {{"localhost:0", true},
                 {"127.0.0.1:0", true},
                 {"127.1.2.3:0", true},
                 {":0", true},
                 {"0.0.0.0:0", false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct listen_address a;
        const char *why;
        int fd = bind_at(&a, cases[i].text, &why);
        assert_true(fd >= 0);
        assert_int_equal(a.loopback, cases[i].loopback);
        assert_int_not_equal(a.port, 0);
        close(fd);
    }
}

static void a_port_that_is_taken_is_said_so(void **state) {
    struct listen_address a, b;
    const char *why;
    char text[32];
    int fd = bind_at(&a, "127.0.0.1:0", &why);
    assert_true(fd >= 0);
    assert_int_equal(listen_start(fd, &why), 0);
    snprintf(text, sizeof text, "127.0.0.1:%u", a.port);
    assert_int_equal(bind_at(&b, text, &why), -EADDRINUSE);
    assert_string_equal(why, "address in use");
    close(fd);
}

static void unix_sockets_are_for_their_owner(void **state) {
    char dir[] = "/tmp/cpprof-unit-XXXXXX", text[64];
    struct listen_address a, b;
    struct stat st;
    const char *why;
    assert_non_null(mkdtemp(dir));
    snprintf(text, sizeof text, "unix:%s/s", dir);
    int fd = bind_at(&a, text, &why);
    assert_true(fd >= 0);
    assert_int_equal(listen_start(fd, &why), 0);
    assert_int_equal(stat(a.path, &st), 0);
    assert_int_equal(st.st_mode, S_IFSOCK | 0600);
    assert_int_equal(bind_at(&b, text, &why), -EADDRINUSE); /* somebody listens */
    close(fd);
    fd = bind_at(&b, text, &why); /* nobody does any more */
    assert_true(fd >= 0);
    listen_remove(&a); /* that is another socket now, perhaps with the same inode */
    listen_remove(&b);
    assert_int_not_equal(stat(b.path, &st), 0);
    close(fd);
    /* A file that is no socket stays. */
    FILE *f = fopen(b.path, "w");
    fclose(f);
    assert_int_equal(bind_at(&a, text, &why), -EADDRINUSE);
    assert_int_equal(stat(b.path, &st), 0);
    unlink(b.path);
    rmdir(dir);
}

static void other_hosts_are_not_ours(void **state) {
    static const struct {
        const char *host;
        bool ours;
    } cases[] = {
        {"localhost", true},
        {"localhost:6060", true},
        {"LocalHost:1", true},
        {"127.0.0.1", true},
        {"127.0.0.1:6060", true},
        {"127.8.9.1:1", true},
        {"[::1]", true},
        {"[::1]:6060", true},
        {"[::ffff:127.0.0.1]:1", true},
        {"box.example", true},
        {"box.example:9", true},
        {"example", false},
        {"example:6060", false},
        {"10.0.0.1", false},
        {"localhost.evil.example", false},
        {"127.0.0.1.evil", false},
        {"[::2]", false},
        {"[::1", false},
        {"::1", true},
        {"localhost:x", false},
        {"", false},
        {":6060", false},
        {"[]", false},
        {"localhost@evil:1", false},
    };
    struct listen_address a;
    const char *why;
    assert_true(listen_parse(&a, "box.example:6060", &why));
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(listen_host_is_ours(&a, cases[i].host), cases[i].ours);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_are_taken_apart),
        cmocka_unit_test(what_is_no_address_is_refused),
        cmocka_unit_test(loopback_is_known),
        cmocka_unit_test(a_port_that_is_taken_is_said_so),
        cmocka_unit_test(unix_sockets_are_for_their_owner),
        cmocka_unit_test(other_hosts_are_not_ours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
