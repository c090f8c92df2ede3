/* cpu_equal MS: two threads that run different functions and use the same CPU time, MS each. */
#include <pthread.h>
#include <stdlib.h>

#include "tests/truth/programs/burn.h"

static int64_t each_ns;

/* Below the thread's start routine, so that what was sampled is told from what is only known to
 * have been used. */

__attribute__((noinline)) static void left(void) {
    burn_ns(each_ns);
    __asm__ volatile(""); /* no tail call: it must be in the stack */
}

__attribute__((noinline)) static void right(void) {
    burn_ns(each_ns);
    __asm__ volatile("nop"); /* or the compiler makes the two one */
}

static void *run(void *function) {
    ((void (*)(void))function)();
    return NULL;
}

int main(int argc, char **argv) {
    pthread_t id[2];
    each_ns = argc == 2 ? atoll(argv[1]) * 1000000 : 1000000;
    if (pthread_create(&id[0], NULL, run, (void *)left) ||
        pthread_create(&id[1], NULL, run, (void *)right))
        return 1;
    pthread_join(id[0], NULL);
    pthread_join(id[1], NULL);
    return 0;
}
