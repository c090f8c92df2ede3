/* limits WHICH: a resource runs out early; the program works on, and dumps are asked for. */
#include "prog.h"

#include <fcntl.h>
#include <sys/resource.h>

static void limit(int which, rlim_t n) {
    struct rlimit r = {n, n};
    CHECK(setrlimit(which, &r) == 0);
}

static void *work(void *arg) {
    burn_ms(20);
    churn(500);
    return NULL;
}

int main(int argc, char **argv) {
    const char *which = argv[1];
    pthread_t t;
    /* Before its limit there is nobody to send it; a child that waits for the word. */
    int go[2];
    char c = 0;
    CHECK(pipe(go) == 0);
    pid_t target = getpid(), sender = fork();
    if (sender == 0) {
        close(go[1]);
        if (read(go[0], &c, 1) == 1)
            for (int i = 0; i < 3; i++) {
                if (getenv("CPROF_DIR"))
                    kill(target, SIGUSR2);
                sleep_ms(20);
            }
        _exit(0);
    }
    if (strcmp(which, "fsize") == 0)
        limit(RLIMIT_FSIZE, 0);
    else if (strcmp(which, "nofile") == 0)
        limit(RLIMIT_NOFILE, 4);
    else if (strcmp(which, "as") == 0)
        limit(RLIMIT_AS, 24 << 20);
    else if (strcmp(which, "nproc") == 0)
        limit(RLIMIT_NPROC, 1);
    else if (strcmp(which, "sigpending") == 0)
        limit(RLIMIT_SIGPENDING, 0);
    else if (strcmp(which, "stack") == 0)
        limit(RLIMIT_STACK, 64 << 10);
    CHECK(write(go[1], "", 1) == 1);
    for (int i = 0; i < 5; i++)
        work(NULL);
    int r = pthread_create(&t, NULL, work, NULL);
    printf("a thread: %d\n", r);
    if (r == 0)
        pthread_join(t, NULL);
    int n = 0;
    for (int fd; n < 10 && (fd = open("/dev/null", O_RDONLY)) >= 0; n++)
        ;
    printf("opened %d\n", n);
    printf("sender %d\n", status_of(sender));
    return 0;
}
