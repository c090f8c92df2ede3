/* rest THREADS: so many threads that have used a little CPU time and memory and now sleep. Prints
 * the memory of the process, in bytes: what is resident, its share of what it has in common with
 * others. */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { BUSY_MS = 15 };

static pthread_barrier_t rest;

static void be_sampled(void) {
    struct timespec ts;
    do {
        void *p = malloc(65536);
        __asm__ volatile("" : "+r"(p));
        free(p);
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
    } while (ts.tv_sec == 0 && ts.tv_nsec < BUSY_MS * 1000000);
}

static void *thread(void *unused) {
    be_sampled();
    pthread_barrier_wait(&rest);
    pause();
    return NULL;
}

static long pss_bytes(void) {
    char line[256];
    long kib = 0;
    FILE *f = fopen("/proc/self/smaps_rollup", "r");
    while (f && fgets(line, sizeof line, f))
        sscanf(line, "Pss: %ld kB", &kib);
    if (f)
        fclose(f);
    return kib * 1024;
}

int main(int argc, char **argv) {
    int threads = argc > 1 ? atoi(argv[1]) : 0;
    pthread_t id;
    pthread_attr_t attr;
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, 65536);
    pthread_barrier_init(&rest, NULL, (unsigned)threads + 1);
    for (int i = 0; i < threads; i++)
        if (pthread_create(&id, &attr, thread, NULL) != 0)
            return 1;
    be_sampled();
    pthread_barrier_wait(&rest);
    printf("%ld\n", pss_bytes());
    fflush(stdout);
    _exit(0);
}
