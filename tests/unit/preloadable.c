/* Which programs the agent can be preloaded into. Executables are made up: only their headers
 * matter. */
#include <elf.h>
#include <fcntl.h>
#include <limits.h>
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

#include "collector/preloadable.h"

static char dir[] = "/tmp/cpprof-test-XXXXXX";

static int setup(void **state) {
    strcpy(dir + strlen(dir) - 6, "XXXXXX");
    return mkdtemp(dir) ? 0 : -1;
}

static int teardown(void **state) {
    char command[sizeof dir + 16];
    snprintf(command, sizeof command, "rm -rf %s", dir);
    return system(command);
}

struct executable {
    Elf64_Ehdr eh;
    Elf64_Phdr ph;
    char interpreter[64];
};

/* What an ordinary program looks like. */
static struct executable ordinary(void) {
    struct executable x = {
        .eh = {.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB},
               .e_type = ET_DYN,
               .e_machine = EM_X86_64,
               .e_phoff = offsetof(struct executable, ph),
               .e_phentsize = sizeof(Elf64_Phdr),
               .e_phnum = 1},
        .ph = {.p_type = PT_INTERP,
               .p_offset = offsetof(struct executable, interpreter),
               .p_filesz = sizeof x.interpreter},
        .interpreter = "/lib64/ld-linux-x86-64.so.2"};
    return x;
}

static char path[256], why[PATH_MAX + 128];

static enum preloadable judge(const void *bytes, size_t n, mode_t mode) {
    char found[PATH_MAX];
    snprintf(path, sizeof path, "%s/program", dir);
    unlink(path);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0700);
    assert_int_equal(write(fd, bytes, n), n);
    fchmod(fd, mode);
    close(fd);
    why[0] = '\0';
    enum preloadable v = preloadable_check(path, found, sizeof found, why, sizeof why);
    assert_int_equal(v == PRELOADABLE, why[0] == '\0');
    if (v != PRELOADABLE_NOT_FOUND)
        assert_string_equal(found, path);
    return v;
}

static enum preloadable judge_executable(const struct executable *x) {
    return judge(x, sizeof *x, 0755);
}

static void an_ordinary_executable_can_be(void **state) {
    struct executable x = ordinary();
    assert_int_equal(judge_executable(&x), PRELOADABLE);
    x.eh.e_type = ET_EXEC;
    assert_int_equal(judge_executable(&x), PRELOADABLE);
}

static void a_static_one_cannot(void **state) {
    struct executable x = ordinary();
    x.ph.p_type = PT_LOAD;
    assert_int_equal(judge_executable(&x), PRELOADABLE_NOT);
    assert_non_null(strstr(why, "static-pie"));
    x.eh.e_type = ET_EXEC;
    assert_int_equal(judge_executable(&x), PRELOADABLE_NOT);
    assert_non_null(strstr(why, "statically linked"));
}

static void one_for_another_machine_or_libc_cannot(void **state) {
    struct executable x = ordinary();
    x.eh.e_ident[EI_CLASS] = ELFCLASS32;
    assert_int_equal(judge_executable(&x), PRELOADABLE_NOT);
    assert_non_null(strstr(why, "32-bit"));
    x = ordinary();
    x.eh.e_machine = EM_AARCH64;
    assert_int_equal(judge_executable(&x), PRELOADABLE_NOT);
    assert_non_null(strstr(why, "another machine"));
    x = ordinary();
    strcpy(x.interpreter, "/lib/ld-musl-x86_64.so.1");
    assert_int_equal(judge_executable(&x), PRELOADABLE_NOT);
    assert_non_null(strstr(why, "musl"));
}

static void a_damaged_one_is_not_executable(void **state) {
    struct executable x = ordinary();
    x.eh.e_phentsize = 1;
    assert_int_equal(judge_executable(&x), PRELOADABLE_NOT_EXECUTABLE);
    x = ordinary();
    x.ph.p_offset = UINT64_MAX / 2;
    assert_int_equal(judge_executable(&x), PRELOADABLE_NOT_EXECUTABLE);
    x = ordinary();
    x.eh.e_phoff = UINT64_MAX - 8;
    assert_int_equal(judge_executable(&x), PRELOADABLE_NOT);
    /* Each of its beginnings, too. */
    x = ordinary();
    for (size_t n = 0; n < sizeof x; n++)
        judge(&x, n, 0755);
}

static void a_program_that_gains_privileges_cannot(void **state) {
    struct executable x = ordinary();
    if (geteuid() != 0) {
        print_message("# skipped: only root can give a file to somebody else\n");
        skip();
    }
    assert_int_equal(judge_executable(&x), PRELOADABLE);
    assert_int_equal(chown(path, 65534, 65534), 0);
    assert_int_equal(chmod(path, 04755), 0);
    char found[PATH_MAX];
    assert_int_equal(preloadable_check(path, found, sizeof found, why, sizeof why),
                     PRELOADABLE_NOT);
    assert_non_null(strstr(why, "set-user-ID"));
    assert_int_equal(chmod(path, 02755), 0);
    assert_int_equal(preloadable_check(path, found, sizeof found, why, sizeof why),
                     PRELOADABLE_NOT);
    assert_non_null(strstr(why, "set-group-ID"));
}

static void a_script_is_judged_by_its_interpreter(void **state) {
    char script[256];
    struct executable x = ordinary();
    assert_int_equal(judge("#!/bin/sh -e\n", 13, 0755), PRELOADABLE);
    x.ph.p_type = PT_LOAD;
    char interpreter[256];
    snprintf(interpreter, sizeof interpreter, "%s/interpreter", dir);
    judge_executable(&x);
    assert_int_equal(rename(path, interpreter), 0);
    int n = snprintf(script, sizeof script, "#! %s\n", interpreter);
    assert_int_equal(judge(script, (size_t)n, 0755), PRELOADABLE_NOT);
    assert_non_null(strstr(why, interpreter));
    assert_int_equal(judge("#!/nonexistent/sh\n", 18, 0755), PRELOADABLE_NOT_EXECUTABLE);
    assert_int_equal(judge("#!\n", 3, 0755), PRELOADABLE_NOT_EXECUTABLE);
    /* One that names itself comes to an end. */
    n = snprintf(script, sizeof script, "#!%s\n", path);
    judge(script, (size_t)n, 0755);
}

static void what_is_not_there_or_not_executable_is_told_apart(void **state) {
    char found[PATH_MAX];
    struct executable x = ordinary();
    assert_int_equal(judge(&x, sizeof x, 0600), PRELOADABLE_NOT_EXECUTABLE);
    assert_int_equal(preloadable_check(dir, found, sizeof found, why, sizeof why),
                     PRELOADABLE_NOT_EXECUTABLE);
    assert_int_equal(preloadable_check("/nonexistent/x", found, sizeof found, why, sizeof why),
                     PRELOADABLE_NOT_FOUND);
    assert_int_equal(preloadable_check("", found, sizeof found, why, sizeof why),
                     PRELOADABLE_NOT_FOUND);
}

static void the_path_is_searched_as_by_exec(void **state) {
    char found[PATH_MAX], search[512];
    struct executable x = ordinary();
    char *before = strdup(getenv("PATH"));
    judge(&x, sizeof x, 0755);
    snprintf(search, sizeof search, "/nonexistent:%s:/bin", dir);
    setenv("PATH", search, 1);
    assert_int_equal(preloadable_check("program", found, sizeof found, why, sizeof why),
                     PRELOADABLE);
    assert_string_equal(found, path);
    assert_int_equal(preloadable_check("no-program", found, sizeof found, why, sizeof why),
                     PRELOADABLE_NOT_FOUND);
    chmod(path, 0600);
    assert_int_equal(preloadable_check("program", found, sizeof found, why, sizeof why),
                     PRELOADABLE_NOT_EXECUTABLE);
    setenv("PATH", before, 1);
    free(before);
}

#define WITH_DIR(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_DIR(an_ordinary_executable_can_be),
        WITH_DIR(a_static_one_cannot),
        WITH_DIR(one_for_another_machine_or_libc_cannot),
        WITH_DIR(a_damaged_one_is_not_executable),
        WITH_DIR(a_program_that_gains_privileges_cannot),
        WITH_DIR(a_script_is_judged_by_its_interpreter),
        WITH_DIR(what_is_not_there_or_not_executable_is_told_apart),
        WITH_DIR(the_path_is_searched_as_by_exec),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
