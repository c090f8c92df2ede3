/* A plain program that works on some threads for a while; what happens to it meanwhile, and how it
 * ends, is asked for by words:
 *
 *   ms=N          CPU milliseconds of each thread (default 200)
 *   threads=N     besides main (default 1)
 *   usr2=N gap=M  a child sends N dump signals, M ms apart (default gap 1)
 *   each=N        a child sends N dump signals, each when the one before has its heap profile
 *   leak=N        N blocks of 1000 bytes stay allocated, from many different stacks
 *   name=TEXT     main's thread name */
#include "prog.h"

#include <sys/prctl.h>

static int option(int argc, char **argv, const char *name, int value) {
    size_t n = strlen(name);
    for (int i = 1; i < argc; i++)
        if (strncmp(argv[i], name, n) == 0 && argv[i][n] == '=')
            value = atoi(argv[i] + n + 1);
    return value;
}

/* A child that has `n` dumps of this process written, one by one; its status says whether each was.
 */
static pid_t ask_for_each(int n) {
    pid_t target = getpid(), pid = fork();
    if (pid == 0) {
        int written = 1;
        for (int i = 0; i < n && written; i++) {
            kill(target, SIGUSR2);
            written = wait_for_dumps(target, i + 1);
        }
        _exit(!written);
    }
    return pid;
}

static void *volatile leaked;

/* The bits of `path` choose between two callers at each level: many stacks from little code. */
__attribute__((noinline)) static void leak_left(unsigned path, int depth);
__attribute__((noinline)) static void leak_right(unsigned path, int depth);

static void leak_on(unsigned path, int depth) {
    if (depth == 0)
        leaked = malloc(1000);
    else if (path & 1)
        leak_left(path >> 1, depth - 1);
    else
        leak_right(path >> 1, depth - 1);
}

static void leak_left(unsigned path, int depth) {
    leak_on(path, depth);
    __asm__ volatile("");
}

static void leak_right(unsigned path, int depth) {
    leak_on(path, depth);
    __asm__ volatile("");
}

static int ms;

static void *work(void *arg) {
    for (int i = 0; i < ms; i += 5) {
        burn_ms(5);
        churn(100);
    }
    return arg;
}

int main(int argc, char **argv) {
    pthread_t threads[64];
    int n = option(argc, argv, "threads", 1), usr2 = option(argc, argv, "usr2", 0);
    int each = option(argc, argv, "each", 0), leaks = option(argc, argv, "leak", 0);
    ms = option(argc, argv, "ms", 200);
    for (int i = 1; i < argc; i++)
        if (strncmp(argv[i], "name=", 5) == 0)
            prctl(PR_SET_NAME, argv[i] + 5);
    for (int i = 0; i < leaks; i++)
        leak_on((unsigned)i, 18);
    for (int i = 0; i < n && i < 64; i++)
        CHECK(pthread_create(&threads[i], NULL, work, NULL) == 0);
    pid_t sender = usr2   ? send_from_outside(SIGUSR2, usr2, option(argc, argv, "gap", 1))
                   : each ? ask_for_each(each)
                          : 0;
    work(NULL);
    for (int i = 0; i < n && i < 64; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    if (sender)
        printf("sender %d\n", status_of(sender));
    printf("done\n");
    return 7;
}
