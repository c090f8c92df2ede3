/* Tokens: which files are taken, and which headers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "collector/serve/access.h"

static const char token[] = "open-sesame-open-sesame";

/* Reads a token from a file with that content and mode; NULL: refused. */
static char *token_of(const char *content, mode_t mode) {
    char path[] = "/tmp/cpprof-unit-XXXXXX";
    const char *why = NULL;
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, content, strlen(content)), (ssize_t)strlen(content));
    fchmod(fd, mode);
    close(fd);
    char *read = access_token_read(path, &why);
    if (!read)
        assert_non_null(why);
    unlink(path);
    return read;
}

static void assert_token(const char *content, mode_t mode, const char *expected) {
    char *read = token_of(content, mode);
    if (expected)
        assert_string_equal(read, expected);
    else
        assert_null(read);
    free(read);
}

static void a_token_file_is_its_owners(void **state) {
    assert_token("open-sesame-open-sesame", 0600, token);
    assert_token("open-sesame-open-sesame\n", 0400, token);
    assert_token("open-sesame-open-sesame \r\n\n", 0600, token);
    assert_token("open-sesame-open-sesame", 0640, NULL);
    assert_token("open-sesame-open-sesame", 0604, NULL);
    assert_token("open-sesame-open-sesame", 0620, NULL);
    assert_token("", 0600, NULL);
    assert_token("\n", 0600, NULL);
    assert_token("too-short", 0600, NULL);
    assert_token("open sesame open sesame", 0600, NULL);
    assert_token("open-sesame-open-sesame\nand-more-of-it", 0600, NULL);
}

static void what_is_no_file_is_refused(void **state) {
    const char *why = NULL;
    assert_null(access_token_read("/nonexistent", &why));
    assert_string_equal(why, "no such file");
    assert_null(access_token_read("/tmp", &why));
    assert_string_equal(why, "not a regular file");
    assert_null(access_file_read("/dev/zero", false, &why));
}

static void the_token_opens_and_nothing_else(void **state) {
    static const struct {
        const char *header;
        bool allowed;
    } cases[] = {
        {NULL, false},
        {"", false},
        {"Bearer", false},
        {"Bearer ", false},
        {"Bearer open-sesame-open-sesame", true},
        {"bearer  open-sesame-open-sesame", true},
        {"Bearer open-sesame-open-sesamE", false},
        {"Bearer open-sesame-open-sesam", false},
        {"Bearer open-sesame-open-sesame ", false},
        {"Bearer open-sesame-open-sesameopen-sesame-open-sesame", false},
        {"open-sesame-open-sesame", false},
        /* x:open-sesame-open-sesame; the same without user; without colon; another password */
        {"Basic eDpvcGVuLXNlc2FtZS1vcGVuLXNlc2FtZQ==", true},
        {"basic Om9wZW4tc2VzYW1lLW9wZW4tc2VzYW1l", true},
        {"Basic b3Blbi1zZXNhbWUtb3Blbi1zZXNhbWU=", false},
        {"Basic eDpvcGVuLXNlc2FtZQ==", false},
        {"Basic ", false},
        {"Basic !!!!", false},
        {"Basic ====", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(access_allows(token, cases[i].header), cases[i].allowed);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_file_is_its_owners),
        cmocka_unit_test(what_is_no_file_is_refused),
        cmocka_unit_test(the_token_opens_and_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
