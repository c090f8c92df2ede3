/* walked ends MS: threads that end all the time, some running, some waiting, some as they are.
 * walked library MS LIBRARY...: threads that load a library, work in it and unload it, each one
 * its own, so that code comes and goes at the same and at other addresses.
 *
 * Says `ready` first and `done` at its end; status 0. */
#include <dlfcn.h>
#include <poll.h>
#include <stdatomic.h>

#include "tests/preload/prog/prog.h"

enum { MAKERS = 3 };

static atomic_int over;
static char **libraries;
static int n_libraries;

/* Deep, so that walking it takes a while, and with a large stack that is unmapped at the end. */
__attribute__((noinline)) static int deep(int n, int how) {
    volatile char room[64];
    room[0] = 1;
    if (n > 0)
        return deep(n - 1, how) + room[0];
    if (how == 0)
        burn_ms(1);
    else if (how == 1)
        poll(NULL, 0, 1);
    else if (how == 2)
        churn(30);
    else
        pthread_exit(NULL);
    return 0;
}

static void *short_life(void *arg) {
    deep(60, (int)(intptr_t)arg % 5);
    return NULL;
}

static void *makes_threads(void *arg) {
    pthread_attr_t attr;
    pthread_t t[8];
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, 64 << 20); /* more than libc keeps for later threads */
    for (intptr_t i = 0; !over; i++) {
        for (intptr_t k = 0; k < 8; k++)
            CHECK(pthread_create(&t[k], &attr, short_life, (void *)(i + k)) == 0);
        for (int k = 0; k < 8; k++)
            CHECK(pthread_join(t[k], NULL) == 0);
    }
    return NULL;
}

static void *uses_library(void *arg) {
    for (int i = (int)(intptr_t)arg; !over; i++) {
        void *l = dlopen(libraries[i % n_libraries], RTLD_NOW | RTLD_LOCAL);
        CHECK(l);
        int (*work)(int) = (int (*)(int))dlsym(l, "walked_work");
        CHECK(work && work(5) == 5);
        CHECK(dlclose(l) == 0);
    }
    return NULL;
}

int main(int argc, char **argv) {
    pthread_t t[MAKERS];
    libraries = argv + 3;
    n_libraries = argc - 3;
    for (intptr_t i = 0; i < MAKERS; i++)
        CHECK(pthread_create(&t[i], NULL, n_libraries ? uses_library : makes_threads, (void *)i) ==
              0);
    sleep_ms(50);
    puts("ready");
    fflush(stdout);
    sleep_ms(atoi(argv[2]));
    over = 1;
    for (int i = 0; i < MAKERS; i++)
        CHECK(pthread_join(t[i], NULL) == 0);
    puts("done");
    return 0;
}
