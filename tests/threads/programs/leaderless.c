/* A process whose main thread has ended, and another one goes on. */
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static __attribute__((noinline)) void go_on(void) {
    for (;;)
        pause();
}

static void *run(void *arg) {
    usleep(200000);
    puts("ready");
    fflush(stdout);
    go_on();
    return NULL;
}

int main(void) {
    pthread_t thread;
    pthread_create(&thread, NULL, run, NULL);
    pthread_exit(NULL);
}
