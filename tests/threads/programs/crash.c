/* Calls a function that is not there, while another thread waits in a signal handler.
 *   crash ADDRESS */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

static void (*volatile missing)(void);

static void on_signal(int signo) {
    pause();
    __asm__ volatile("");
}

/* Where the signal comes, nothing has been called: the address is the function's first. */
__attribute__((naked, noinline)) static void illegal(void) {
    __asm__ volatile("ud2");
}

static __attribute__((noinline)) void signal_self(void) {
    illegal();
    __asm__ volatile("");
}

static void *run(void *arg) {
    signal_self();
    return NULL;
}

static __attribute__((noinline)) void call_missing(void) {
    missing();
    __asm__ volatile("");
}

int main(int argc, char **argv) {
    pthread_t thread;
    signal(SIGILL, on_signal);
    pthread_create(&thread, NULL, run, NULL);
    usleep(200000);
    missing = (void (*)(void))strtoul(argv[argc - 1], NULL, 16);
    call_missing();
    return 0;
}
