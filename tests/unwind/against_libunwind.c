/* Stacks taken at random moments of many kinds of code, against libunwind frame by frame.
 *
 * A timer interrupts a workload again and again, after a time that varies; its handler unwinds the
 * interrupted context both ways. The workloads are libraries, opened with lazy binding, each
 * compiled in its own way: see rules.mk. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <time.h>

#include <cmocka.h>

#include "tests/unwind/compare.h"
#include "tests/unwind/work.h"

enum { STACKS = 3000, DELAY_MIN_NS = 20000, DELAY_SPREAD_NS = 60000 };

static struct compare comparison;
static timer_t timer;
static volatile bool running;

static void arm(void) {
    static uint32_t seed = 1;
    struct itimerspec delay = {0};

    seed = seed * 1664525 + 1013904223;
    delay.it_value.tv_nsec = DELAY_MIN_NS + (seed >> 8) % DELAY_SPREAD_NS;
    timer_settime(timer, 0, &delay, NULL);
}

static void on_timer(int sig, siginfo_t *info, void *uc) {
    if (!running)
        return;
    compare_context(&comparison, uc);
    arm();
}

static int set_up(void **state) {
    struct sigaction action = {.sa_sigaction = on_timer, .sa_flags = SA_SIGINFO | SA_RESTART};
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGPROF};

    sigemptyset(&action.sa_mask);
    return sigaction(SIGPROF, &action, NULL) || timer_create(CLOCK_MONOTONIC, &event, &timer);
}

struct expectation {
    const char *work;
    bool fibers, alone;     /* see struct compare */
    unsigned lost_permille; /* so many stacks have no right CFI, and may lose their way */
};

/* The frame whose callers are known. */
static __attribute__((noinline)) void drive(work_function *work, const struct expectation *expect) {
    compare_init(&comparison);
    comparison.fibers = expect->fibers;
    comparison.alone = expect->alone;
    running = true;
    arm();
    while (comparison.stacks < STACKS)
        work();
    running = false;
}

static void stacks_reach_their_end_as_libunwinds_do(void **state) {
    const struct expectation *expect = *state;

    drive(work_load(expect->work), expect);
    compare_print(&comparison, expect->work);
    assert_int_equal(comparison.differ, 0);
    assert_true((comparison.lost + comparison.both_lost) * 1000 <=
                comparison.stacks * expect->lost_permille);
    assert_true(comparison.compared > 0 || expect->alone);
}

static struct expectation expectations[] = {
    {.work = "recursive"},
    {.work = "stripped"},
    /* libgcc rewrites its own frames while it lands in a handler */
    {.work = "exceptions", .lost_permille = 20},
    {.work = "callbacks"},
    {.work = "libc"},
    {.work = "alloca"},
    {.work = "realigned"},
    /* libunwind reads through wild pointers in the epilogues, where gcc's CFI is wrong */
    {.work = "entry_aligned", .alone = true},
    {.work = "signals"},
    /* swapcontext has no CFI for the moment in which it is between two stacks */
    {.work = "fibers", .fibers = true, .lost_permille = 20},
    {.work = "noreturn"},
    {.work = "nocfi"},
};

int main(void) {
    enum { COUNT = sizeof expectations / sizeof expectations[0] };
    struct CMUnitTest tests[COUNT];

    for (int i = 0; i < COUNT; i++)
        tests[i] = (struct CMUnitTest){
            .name = expectations[i].work,
            .test_func = stacks_reach_their_end_as_libunwinds_do,
            .initial_state = &expectations[i],
        };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
