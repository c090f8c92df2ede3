// One mistake each that the address sanitizer finds: bugs NAME.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int table[4];
static volatile int at = 4;

static void *allocate(void *arg) {
    for (int i = 0; i < 1000; i++)
        free(malloc((size_t)i + 1));
    return arg;
}

// What is left of a thread that is cancelled runs where the sanitizer still has these frames
// marked.
static void work_in_frames(int n) {
    volatile char frame[40];
    for (int i = 0; i < 40; i++)
        frame[i] = (char)n;
    if (n > 0)
        work_in_frames(n - 1);
    pthread_testcancel();
}

static void *until_cancelled(void *arg) {
    for (;;)
        work_in_frames(60);
    return arg;
}

int main(int argc, char **argv) {
    const char *what = argc > 1 ? argv[1] : "none";
    pthread_t thread;
    pthread_create(&thread, NULL, allocate, NULL);
    pthread_join(thread, NULL);
    for (int i = 0; i < 8; i++) {
        pthread_create(&thread, NULL, until_cancelled, NULL);
        usleep(3000);
        pthread_cancel(thread);
        pthread_join(thread, NULL);
    }
    char *volatile block = malloc(40);
    memset(block, 1, 40);
    if (!strcmp(what, "overflow")) {
        ((volatile char *)block)[at * 10] = 1;
    } else if (!strcmp(what, "use_after_free")) {
        free(block);
        ((volatile char *)block)[3] = 1;
    } else if (!strcmp(what, "double_free")) {
        free(block);
        free(block);
    } else if (!strcmp(what, "leak")) {
        block = NULL;
        printf("done\n");
        return 0;
    } else if (!strcmp(what, "stack_overflow")) {
        char local[8];
        memset(local, 0, sizeof local);
        ((volatile char *)local)[at * 2] = 1;
    } else if (!strcmp(what, "global_overflow")) {
        ((volatile int *)table)[at] = 1;
    }
    free(block);
    printf("done\n");
    return 0;
}
