/* A signal handler that is single-stepped: it sets the trap flag, which the kernel clears for
 * handlers, so that its own return is stepped through too. */
#include <signal.h>

void work(void);

static volatile unsigned sink;

/* Keeps a frame pointer, as the CFI does not know what the assembly does to rsp. */
static void on_usr1(int sig) {
    void *volatile frame = __builtin_frame_address(0);

    (void)frame;
    __asm__ volatile("sub $128, %%rsp\n"
                     "pushf\n"
                     "orl $0x100, (%%rsp)\n"
                     "popf\n"
                     "add $128, %%rsp\n" ::
                         : "memory", "cc");
    sink += (unsigned)sig;
}

void work(void) {
    static char memory[65536];
    stack_t stack = {.ss_sp = memory, .ss_size = sizeof memory};
    struct sigaction action = {.sa_handler = on_usr1};

    sigaltstack(&stack, NULL);
    for (int turn = 0; turn < 2; turn++) {
        action.sa_flags = turn ? SA_ONSTACK : 0;
        sigemptyset(&action.sa_mask);
        sigaction(SIGUSR1, &action, NULL);
        raise(SIGUSR1);
    }
}
