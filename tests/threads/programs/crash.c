/* Calls a function that is not there, while another thread waits in a signal handler. */
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

static void (*volatile missing)(void);

static void on_signal(int signo) {
    pause();
    __asm__ volatile("");
}

static __attribute__((noinline)) void signal_self(void) {
    raise(SIGUSR1);
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

int main(void) {
    pthread_t thread;
    signal(SIGUSR1, on_signal);
    pthread_create(&thread, NULL, run, NULL);
    usleep(200000);
    call_missing();
    return 0;
}
