/* fork_threads N: four threads that allocate, use the CPU and fork N children each; the children
 * allocate too, and make a thread. A lock or a half-done table that fork copied would hang one. */
#include "prog.h"

static int n;

static void *in_child(void *arg) {
    churn(50);
    return arg;
}

static void *work(void *arg) {
    for (int i = 0; i < n; i++) {
        churn(50);
        pid_t pid = fork();
        CHECK(pid >= 0);
        if (pid == 0) {
            pthread_t t;
            churn(100);
            if (i % 4 == 0) {
                CHECK(pthread_create(&t, NULL, in_child, NULL) == 0);
                pthread_join(t, NULL);
            }
            if (i % 2)
                _exit(i % 100);
            exit(i % 100);
        }
        CHECK(status_of(pid) == i % 100);
    }
    return NULL;
}

int main(int argc, char **argv) {
    pthread_t t[4];
    n = atoi(argv[1]);
    for (int i = 0; i < 4; i++)
        CHECK(pthread_create(&t[i], NULL, work, NULL) == 0);
    for (int i = 0; i < 4; i++)
        pthread_join(t[i], NULL);
    printf("all children ended as they should\n");
    return 0;
}
