/* Who gets a request: the process that was looked at, not whoever has its number now. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "collector/agent_request.h"

enum { SIGNAL = SIGUSR1 };
static const uint64_t value = UINT64_C(0x123456789abcdef);

/* A child that waits for the signal, and ends with 0 when it comes as a request does. */
static pid_t child_that_waits(void) {
    pid_t pid = fork();
    if (pid == 0) {
        sigset_t set;
        siginfo_t si;
        const struct timespec patience = {20, 0};
        sigemptyset(&set);
        sigaddset(&set, SIGNAL);
        _exit(sigtimedwait(&set, &si, &patience) != SIGNAL || si.si_code != SI_QUEUE ||
              si.si_pid != getppid() || (uintptr_t)si.si_value.sival_ptr != value);
    }
    return pid;
}

static int block_signal(void **state) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGNAL);
    return sigprocmask(SIG_BLOCK, &set, NULL);
}

static void assert_ends_with(pid_t pid, int want) {
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), want);
}

static void the_process_held_gets_it(void **state) {
    const char *why = NULL;
    pid_t pid = child_that_waits();
    /* Its number is another's now: ours, who would find it pending. */
    struct arena_file f = {.pid = getpid()};
    struct agent_request q = {&f, SIGNAL, (int)syscall(SYS_pidfd_open, pid, 0)};
    if (q.pid_fd < 0)
        skip();
    sigset_t pending;
    assert_int_equal(agent_request_send(&q, value, &why), 0);
    assert_ends_with(pid, 0);
    assert_int_equal(sigpending(&pending), 0);
    assert_int_equal(sigismember(&pending, SIGNAL), 0);
    /* It is gone, and nobody is signalled in its place. */
    assert_int_equal(agent_request_send(&q, value, &why), -ESRCH);
    assert_string_equal(why, "has ended");
    assert_int_equal(sigpending(&pending), 0);
    assert_int_equal(sigismember(&pending, SIGNAL), 0);
    agent_request_release(&q);
    assert_int_equal(q.pid_fd, -1);
}

static void an_old_kernel_goes_by_number(void **state) {
    const char *why = NULL;
    pid_t pid = child_that_waits();
    struct arena_file f = {.pid = pid};
    struct agent_request q = {&f, SIGNAL, -1};
    assert_int_equal(agent_request_send(&q, value, &why), 0);
    assert_ends_with(pid, 0);
    agent_request_release(&q);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_process_held_gets_it, block_signal),
        cmocka_unit_test_setup(an_old_kernel_goes_by_number, block_signal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
