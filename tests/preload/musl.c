// What a small program of musl's does: memory, threads, locks, waits, children.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static int turn;

static void *play(void *arg) {
    int me = arg != NULL;
    for (int i = 0; i < 500; i++) {
        pthread_mutex_lock(&lock);
        while (turn % 2 != me)
            pthread_cond_wait(&cond, &lock);
        turn++;
        pthread_cond_broadcast(&cond);
        pthread_mutex_unlock(&lock);
        free(malloc((size_t)i * 7));
    }
    return NULL;
}

int main(void) {
    pthread_t thread;
    char *text = strdup("text");
    pthread_create(&thread, NULL, play, text);
    play(NULL);
    pthread_join(thread, NULL);
    nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    pid_t child = fork();
    if (child == 0)
        _exit(5);
    int status = 0;
    waitpid(child, &status, 0);
    printf("%d %d %s\n", turn, WEXITSTATUS(status), text);
    free(text);
    return 6;
}
