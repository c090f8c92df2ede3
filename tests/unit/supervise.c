/* The parent's part of `cpprof run`: statuses, signals, orphans. Each case runs in a process of its
 * own, since supervising changes the signals of the whole process. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "collector/supervise.h"

/* Supervises `sh -c script` in a new process and returns its wait status. */
static int status_of(const char *script) {
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        char *argv[] = {(char *)"sh", (char *)"-c", (char *)script, NULL};
        int status;
        int err = supervise("/bin/sh", argv, &status);
        _exit(err ? 200 : supervise_exit_status(status));
    }
    int status;
    waitpid(pid, &status, 0);
    return status;
}

static void the_exit_status_is_the_programs(void **state) {
    int status = status_of("exit 0");
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    status = status_of("exit 43");
    assert_int_equal(WEXITSTATUS(status), 43);
}

static void a_programs_signal_ends_its_supervisor_too(void **state) {
    static const int signals[] = {SIGKILL, SIGTERM, SIGSEGV, SIGINT};
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        char script[64];
        snprintf(script, sizeof script, "kill -%d $$", signals[i]);
        int status = status_of(script);
        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), signals[i]);
        assert_false(WCOREDUMP(status));
    }
}

static void a_signal_is_handed_on(void **state) {
    static const char *const names[] = {"TERM", "INT", "HUP", "QUIT", "USR1", "USR2"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char script[256];
        snprintf(script, sizeof script,
                 "trap 'exit 5' %s; kill -%s $PPID; while :; do sleep 0.01; done", names[i],
                 names[i]);
        int status = status_of(script);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 5);
    }
}

static void the_program_has_the_signals_of_its_caller(void **state) {
    /* Looked at without a shell, which would change SIGCHLD: CHLD and USR1 ignored, USR2 blocked.
     */
    const char *want = "SigBlk:\\t[0-9a-f]{12}[0-389ab][89a-f][0-9a-f]{2}\\n"
                       "SigIgn:\\t[0-9a-f]{11}[13579bdf][0-9a-f][2367abef][0-9a-f]{2}\\n";
    sigset_t usr2, before;
    sigemptyset(&usr2);
    sigaddset(&usr2, SIGUSR2);
    sigprocmask(SIG_BLOCK, &usr2, &before);
    signal(SIGUSR1, SIG_IGN);
    signal(SIGCHLD, SIG_IGN);
    pid_t pid = fork();
    if (pid == 0) {
        char *argv[] = {(char *)"grep", (char *)"-qzP", (char *)want, (char *)"/proc/self/status",
                        NULL};
        int status = -1;
        supervise("/bin/grep", argv, &status);
        /* Whoever ignores SIGCHLD learns no status. */
        FILE *f = fopen(getenv("RESULT"), "w");
        fprintf(f, "%d", status);
        _exit(fclose(f));
    }
    while (waitpid(pid, NULL, 0) > 0)
        ;
    signal(SIGCHLD, SIG_DFL);
    signal(SIGUSR1, SIG_DFL);
    sigprocmask(SIG_SETMASK, &before, NULL);
    FILE *f = fopen(getenv("RESULT"), "r");
    int status = -1;
    assert_int_equal(fscanf(f, "%d", &status), 1);
    fclose(f);
    assert_int_equal(status, 0);
}

static void what_cannot_be_started_is_an_error(void **state) {
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        char *argv[] = {(char *)"x", NULL};
        int status;
        _exit(supervise("/nonexistent/x", argv, &status) == -ENOENT ? 0 : 1);
    }
    int status;
    waitpid(pid, &status, 0);
    assert_int_equal(status, 0);
}

/* As a dumper is: a session of its own, all signals blocked, those that libc keeps for itself too.
 */
static void be_dumper(void) {
    uint64_t all = ~UINT64_C(0);
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, NULL, sizeof all);
    setsid();
}

/* A child that does nothing, once it has become what it is. */
static pid_t start_child(void (*become)(void)) {
    int ready[2];
    char c;
    if (pipe(ready))
        return -1;
    pid_t pid = fork();
    if (pid == 0) {
        if (become)
            become();
        close(ready[0]);
        close(ready[1]);
        for (;;)
            pause();
    }
    close(ready[1]);
    while (read(ready[0], &c, 1) > 0)
        ;
    close(ready[0]);
    return pid;
}

static void dumpers_are_waited_for_and_daemons_are_not(void **state) {
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        char *argv[] = {(char *)"true", NULL};
        int status;
        if (supervise("/bin/true", argv, &status))
            _exit(1);
        pid_t daemon_pid = start_child(NULL), dumper = start_child(be_dumper);
        int waited_for = supervise_dumpers(0) == 1; /* and not the daemon, in no time at all */
        int ended = kill(dumper, SIGKILL) == 0 && supervise_dumpers(60) == 0;
        int reaped = kill(dumper, 0) != 0, left_alone = kill(daemon_pid, SIGKILL) == 0;
        _exit(waited_for && ended && reaped && left_alone ? 0 : 2);
    }
    int status;
    waitpid(pid, &status, 0);
    assert_int_equal(status, 0);
}

int main(void) {
    char result[] = "/tmp/cpprof-test-XXXXXX";
    /* Ignored in the background of a shell without job control, or under nohup; no child could trap
     * them. */
    signal(SIGINT, SIG_DFL);
    signal(SIGQUIT, SIG_DFL);
    signal(SIGHUP, SIG_DFL);
    close(mkstemp(result));
    setenv("RESULT", result, 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_exit_status_is_the_programs),
        cmocka_unit_test(a_programs_signal_ends_its_supervisor_too),
        cmocka_unit_test(a_signal_is_handed_on),
        cmocka_unit_test(the_program_has_the_signals_of_its_caller),
        cmocka_unit_test(what_cannot_be_started_is_an_error),
        cmocka_unit_test(dumpers_are_waited_for_and_daemons_are_not),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(result);
    return failed;
}
