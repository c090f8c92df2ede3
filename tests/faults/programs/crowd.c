/* crowd N: N threads, alive together: each allocates 3 blocks, waits for all others at a barrier,
 * frees them and ends. Says `ready` when they are all there, then waits for a line, and says what
 * should be known of it: `blocks N*3`. */
#include <semaphore.h>

#include "tests/preload/prog/prog.h"

static sem_t there, go;

__attribute__((noinline)) static void *site_block(void) {
    void *p = malloc(100);
    __asm__ volatile("" : "+r"(p));
    return p;
}

static void *one(void *arg) {
    void *p[3];
    for (int i = 0; i < 3; i++)
        p[i] = site_block();
    sem_post(&there);
    while (sem_wait(&go) != 0)
        ;
    for (int i = 0; i < 3; i++)
        free(p[i]);
    return arg;
}

__attribute__((noinline)) static void site_create(pthread_t *t, pthread_attr_t *attr) {
    CHECK(pthread_create(t, attr, one, &there) == 0);
    __asm__ volatile("");
}

int main(int argc, char **argv) {
    int n = atoi(argv[1]);
    pthread_t *t = calloc((size_t)n, sizeof *t);
    pthread_attr_t attr;
    void *result;
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, 64 << 10);
    CHECK(sem_init(&there, 0, 0) == 0 && sem_init(&go, 0, 0) == 0);
    for (int i = 0; i < n; i++)
        site_create(&t[i], &attr);
    for (int i = 0; i < n; i++)
        while (sem_wait(&there) != 0)
            ;
    puts("ready");
    fflush(stdout);
    getchar();
    for (int i = 0; i < n; i++)
        sem_post(&go);
    for (int i = 0; i < n; i++)
        CHECK(pthread_join(t[i], &result) == 0 && result == &there);
    printf("blocks %d\n", n * 3);
    return 0;
}
