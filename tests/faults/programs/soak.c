/* soak MALLOCS LOCKS THREADS: so many events, spread over the same time by three pairs of threads, as a
 * server has them in a day: blocks of many sizes allocated and freed; a lock that is contended each time
 * it is counted; threads that come and go. A line for each tenth, `tenth K rss KB`, and last what must
 * be known of it: `mallocs N locks N threads N`. */
#include <stdatomic.h>

#include "tests/preload/prog/prog.h"

enum { ALLOCATORS = 2, KEPT = 512, TENTHS = 10 };

static unsigned long per_allocator, n_locks, n_threads;
static atomic_ulong done_mallocs, done_locks, done_threads;

__attribute__((noinline)) static void *site_malloc(size_t bytes) {
    void *p = malloc(bytes);
    __asm__ volatile("" : "+r"(p));
    return p;
}

static void *allocates(void *arg) {
    void *kept[KEPT] = {0};
    for (unsigned long i = 0; i < per_allocator; i++) {
        void **p = &kept[i * 2654435761u % KEPT];
        free(*p);
        *p = site_malloc(16 + i % 1000);
        if (i % 65536 == 65535)
            done_mallocs += 65536;
    }
    for (int i = 0; i < KEPT; i++)
        free(kept[i]);
    return NULL;
}

/* Contended for certain: one takes a lock, and lets go when the other one waits for it, which shows in
 * the mutex's own word. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static atomic_ulong held_round, taken_round;

static int somebody_waits(void) {
    return __atomic_load_n(&lock.__data.__lock, __ATOMIC_ACQUIRE) == 2;
}

static void *holds(void *arg) {
    for (unsigned long i = 1; i <= n_locks; i++) {
        pthread_mutex_lock(&lock);
        held_round = i;
        while (!somebody_waits())
            sched_yield();
        pthread_mutex_unlock(&lock);
        while (taken_round < i)
            sched_yield();
    }
    return NULL;
}

__attribute__((noinline)) static void site_lock(void) {
    pthread_mutex_lock(&lock);
    __asm__ volatile("");
}

static void *waits(void *arg) {
    for (unsigned long i = 1; i <= n_locks; i++) {
        while (held_round < i)
            sched_yield();
        site_lock();
        pthread_mutex_unlock(&lock);
        taken_round = i;
        done_locks = i;
    }
    return NULL;
}

static void *nothing(void *arg) {
    return arg;
}

__attribute__((noinline)) static void site_create(pthread_t *t) {
    CHECK(pthread_create(t, NULL, nothing, NULL) == 0);
    __asm__ volatile("");
}

static void *makes_threads(void *arg) {
    pthread_t t;
    for (unsigned long i = 0; i < n_threads; i++) {
        site_create(&t);
        CHECK(pthread_join(t, NULL) == 0);
        done_threads = i + 1;
    }
    return NULL;
}

static long resident_kb(void) {
    long pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    CHECK(f && fscanf(f, "%*d %ld", &pages) == 1);
    fclose(f);
    return pages * 4;
}

static double share(void) {
    double all = (double)per_allocator * ALLOCATORS / 65536 * 65536;
    double least = all > 0 ? (double)done_mallocs / all : 1;
    if (n_locks && (double)done_locks / (double)n_locks < least)
        least = (double)done_locks / (double)n_locks;
    if (n_threads && (double)done_threads / (double)n_threads < least)
        least = (double)done_threads / (double)n_threads;
    return least;
}

int main(int argc, char **argv) {
    static void *(*const work[])(void *) = {allocates, allocates, holds, waits, makes_threads};
    enum { WORKERS = sizeof work / sizeof work[0] };
    pthread_t t[WORKERS];
    CHECK(argc == 4);
    per_allocator = strtoul(argv[1], NULL, 10) / ALLOCATORS;
    n_locks = strtoul(argv[2], NULL, 10);
    n_threads = strtoul(argv[3], NULL, 10);
    for (int i = 0; i < WORKERS; i++)
        CHECK(pthread_create(&t[i], NULL, work[i], NULL) == 0);
    for (int k = 1; k < TENTHS; k++) {
        while (share() < k / (double)TENTHS * 0.98)
            sleep_ms(20);
        printf("tenth %d rss %ld\n", k, resident_kb());
        fflush(stdout);
    }
    for (int i = 0; i < WORKERS; i++)
        CHECK(pthread_join(t[i], NULL) == 0);
    printf("tenth %d rss %ld\n", TENTHS, resident_kb());
    printf("mallocs %lu locks %lu threads %lu\n", per_allocator * ALLOCATORS, n_locks, n_threads);
    return 0;
}
