/* waits_plugin.so: a library that waits when it is loaded, when it is called, and when it goes. */
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

int plugin_waits(void);

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t c = PTHREAD_COND_INITIALIZER;

int plugin_waits(void) {
    struct timespec ts, ms = {0, 1000000};
    char byte = 0;
    sem_t s;
    int ends[2], n = 0;
    clock_gettime(CLOCK_REALTIME, &ts);
    sem_init(&s, 0, 0);
    n += sem_timedwait(&s, &ts) == -1;
    n += pthread_mutex_lock(&m) == 0;
    n += pthread_cond_timedwait(&c, &m, &ts) != 0;
    n += pthread_mutex_unlock(&m) == 0;
    n += nanosleep(&ms, NULL) == 0;
    n += poll(NULL, 0, 1) == 0;
    n += pipe(ends) == 0 && write(ends[1], "x", 1) == 1 && read(ends[0], &byte, 1) == 1;
    close(ends[0]);
    close(ends[1]);
    return n;
}

__attribute__((constructor)) static void loaded(void) {
    printf("constructor: %d\n", plugin_waits());
    fflush(stdout);
}

__attribute__((destructor)) static void unloaded(void) {
    printf("destructor: %d\n", plugin_waits());
    fflush(stdout);
}
