/* Stacks at every instruction, of prologues and epilogues, PLT stubs, the dynamic linker resolving
 * a symbol, and a signal handler's return, against libunwind and the known callers.
 *
 * With the trap flag set the processor raises SIGTRAP after each instruction; its handler unwinds
 * both ways. The kernel clears the flag for signal handlers, so the flag never is set in ours. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>

#include <cmocka.h>

#include "tests/unwind/compare.h"
#include "tests/unwind/work.h"

enum { TRAP_FLAG = 0x100, STEPS_MAX = 150000 };

static struct compare comparison;
static volatile bool stepping;

static void on_trap(int sig, siginfo_t *info, void *context) {
    ucontext_t *uc = context;

    if (stepping)
        compare_context(&comparison, uc);
    if (!stepping || comparison.stacks == STEPS_MAX)
        uc->uc_mcontext.gregs[REG_EFL] &= ~TRAP_FLAG;
}

static int set_up(void **state) {
    struct sigaction action = {.sa_sigaction = on_trap, .sa_flags = SA_SIGINFO};

    sigemptyset(&action.sa_mask);
    return sigaction(SIGTRAP, &action, NULL);
}

static inline __attribute__((always_inline)) void set_trap_flag(void) {
    __asm__ volatile("sub $128, %%rsp\n"
                     "pushf\n"
                     "orl $0x100, (%%rsp)\n"
                     "popf\n"
                     "add $128, %%rsp\n" ::
                         : "memory", "cc");
}

struct expectation {
    const char *work;
    bool alone;             /* see struct compare */
    unsigned lost_permille; /* so many instructions have no right CFI, and may lose their way */
};

/* The frame whose callers are known. What set_trap_flag does to rsp is not in the CFI, so it must
 * keep a frame pointer: asking for its address makes it. */
static __attribute__((noinline)) void drive(work_function *work, const struct expectation *expect) {
    void *volatile frame = __builtin_frame_address(0);

    (void)frame;
    compare_init(&comparison);
    comparison.alone = expect->alone;
    stepping = true;
    set_trap_flag();
    work();
    stepping = false;
    __asm__ volatile("nop");
}

static void every_instruction_unwinds_as_with_libunwind(void **state) {
    const struct expectation *expect = *state;

    drive(work_load(expect->work), expect);
    compare_print(&comparison, expect->work);
    assert_int_equal(comparison.differ, 0);
    assert_true((comparison.lost + comparison.both_lost) * 1000 <=
                comparison.stacks * expect->lost_permille);
    assert_true(comparison.stacks > 100);
}

static struct expectation expectations[] = {
    {.work = "recursive"},
    {.work = "stripped"},
    {.work = "callbacks"},
    {.work = "libc"},
    {.work = "alloca"},
    {.work = "realigned"},
    {.work = "entry_aligned", .alone = true},
    {.work = "stepped_signal"},
    {.work = "noreturn"},
    /* libgcc rewrites its own frames while it lands in a handler */
    {.work = "exceptions", .lost_permille = 3},
    {.work = "nocfi"},
};

int main(void) {
    enum { COUNT = sizeof expectations / sizeof expectations[0] };
    struct CMUnitTest tests[COUNT];

    for (int i = 0; i < COUNT; i++)
        tests[i] = (struct CMUnitTest){
            .name = expectations[i].work,
            .test_func = every_instruction_unwinds_as_with_libunwind,
            .initial_state = &expectations[i],
        };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
