/* Handlers that are themselves interrupted, on the thread's stack and on an alternate one. */
#include <signal.h>
#include <stdlib.h>

void work(void);

static volatile unsigned sink;

static __attribute__((noinline)) void spin(unsigned n) {
    for (unsigned i = 0; i < n; i++)
        sink += i;
}

static void on_usr2(int sig) {
    spin(3000);
}

static void on_usr1(int sig) {
    spin(1000);
    raise(SIGUSR2);
    spin(1000);
}

static void install(int sig, void (*handler)(int), int flags) {
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};

    sigemptyset(&action.sa_mask);
    sigaction(sig, &action, NULL);
}

void work(void) {
    static char memory[65536];
    static unsigned turn;
    stack_t stack = {.ss_sp = memory, .ss_size = sizeof memory};

    sigaltstack(&stack, NULL);
    turn++;
    install(SIGUSR1, on_usr1, turn & 1 ? SA_ONSTACK : 0);
    install(SIGUSR2, on_usr2, turn & 2 ? SA_ONSTACK : 0);
    raise(SIGUSR1);
    spin(1000);
}
