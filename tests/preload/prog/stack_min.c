/* Threads with the smallest stack there is, which all work and are sampled at a high rate. */
#include "prog.h"

/* What is passed to it comes back. */
static void *work(void *arg) {
    burn_ms(10);
    free(malloc(100000));
    return arg;
}

int main(void) {
    pthread_attr_t attr;
    pthread_t t[4];
    char args[10];
    void *result;
    pthread_attr_init(&attr);
    CHECK(pthread_attr_setstacksize(&attr, (size_t)sysconf(_SC_THREAD_STACK_MIN)) == 0);
    for (int round = 0; round < 10; round++) {
        for (int i = 0; i < 4; i++)
            CHECK(pthread_create(&t[i], &attr, work, args + round) == 0);
        for (int i = 0; i < 4; i++)
            CHECK(pthread_join(t[i], &result) == 0 && result == args + round);
    }
    printf("done\n");
    return 0;
}
