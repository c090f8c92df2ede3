/* Threads that make threads and end, as fast as they can, beside one that stays. */
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static void *brief(void *arg) {
    pthread_t next;
    pthread_attr_t attr;
    pthread_attr_init(&attr);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    while (pthread_create(&next, &attr, brief, NULL) != 0)
        usleep(1000);
    return NULL;
}

static __attribute__((noinline)) void stay(void) {
    for (;;)
        pause();
}

int main(void) {
    for (int i = 0; i < 4; i++)
        brief(NULL);
    puts("ready");
    fflush(stdout);
    stay();
    return 0;
}
