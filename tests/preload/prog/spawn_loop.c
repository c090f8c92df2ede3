/* vfork+exec and posix_spawn in loops from two threads, while others work. */
#include "prog.h"

#include <spawn.h>

static volatile int stop;

static void *work(void *arg) {
    while (!stop) {
        burn_ms(1);
        churn(20);
    }
    return NULL;
}

static void *spawn_all(void *arg) {
    char *argv[] = {(char *)"true", NULL};
    for (volatile int i = 0; i < 40; i++) {
        pid_t pid;
        burn_ms(1);
        if (i % 3 == 0) {
            CHECK(posix_spawn(&pid, "/bin/true", NULL, NULL, argv, environ) == 0);
        } else if (i % 3 == 1) {
            CHECK(posix_spawnp(&pid, "true", NULL, NULL, argv, environ) == 0);
        } else if ((pid = vfork()) == 0) {
            execve("/bin/true", argv, environ);
            _exit(127);
        }
        CHECK(status_of(pid) == 0);
        CHECK(posix_spawn(&pid, "/nonexistent", NULL, NULL, argv, environ) == ENOENT);
        if ((pid = vfork()) == 0) {
            execve("/nonexistent", argv, environ);
            _exit(errno == ENOENT ? 3 : 4);
        }
        CHECK(status_of(pid) == 3);
    }
    return NULL;
}

int main(void) {
    pthread_t t[2], worker;
    CHECK(pthread_create(&worker, NULL, work, NULL) == 0);
    for (int i = 0; i < 2; i++)
        CHECK(pthread_create(&t[i], NULL, spawn_all, NULL) == 0);
    for (int i = 0; i < 2; i++)
        pthread_join(t[i], NULL);
    stop = 1;
    pthread_join(worker, NULL);
    sigset_t set = mask_now();
    print_set("mask", &set);
    return 0;
}
