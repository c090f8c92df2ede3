/* soak MALLOCS LOCKS THREADS SECONDS: so many events at the same time, as a server has them in a
 * day: blocks of many sizes allocated and freed; a lock that is contended each time it is counted;
 * threads that come and go. It ends after SECONDS, whatever is done by then. A line for each tenth
 * of the events or of the time, `tenth K rss KB`, and last what must be known of it, exactly:
 * `mallocs N locks N threads N`. */
#include <stdatomic.h>
#include <stdbool.h>

#include "tests/preload/prog/prog.h"

enum { ALLOCATORS = 2, KEPT = 512, TENTHS = 10 };

static unsigned long per_allocator, n_locks, n_threads;
static atomic_ulong done_mallocs, done_locks, done_threads;
static atomic_bool stop;

__attribute__((noinline)) static void *site_malloc(size_t bytes) {
    void *p = malloc(bytes);
    __asm__ volatile("" : "+r"(p));
    return p;
}

static void *allocates(void *arg) {
    void *kept[KEPT] = {0};
    unsigned long i = 0, said = 0;
    for (; i < per_allocator && !stop; i++) {
        void **p = &kept[i * 2654435761u % KEPT];
        free(*p);
        *p = site_malloc(16 + i % 1000);
        if (i % 65536 == 65535) {
            done_mallocs += 65536;
            said += 65536;
        }
    }
    done_mallocs += i - said;
    for (int k = 0; k < KEPT; k++)
        free(kept[k]);
    return NULL;
}

/* Contended for certain: one takes a lock, and lets go when the other one waits for it, which shows
 * in the mutex's own word. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static atomic_ulong held_round, taken_round;
static atomic_bool no_more_rounds;

static int somebody_waits(void) {
    return __atomic_load_n(&lock.__data.__lock, __ATOMIC_ACQUIRE) == 2;
}

static void *holds(void *arg) {
    for (unsigned long i = 1; i <= n_locks && !stop; i++) {
        pthread_mutex_lock(&lock);
        held_round = i;
        while (!somebody_waits())
            sched_yield();
        pthread_mutex_unlock(&lock);
        while (taken_round < i)
            sched_yield();
    }
    no_more_rounds = true;
    return NULL;
}

__attribute__((noinline)) static void site_lock(void) {
    pthread_mutex_lock(&lock);
    __asm__ volatile("");
}

static void *waits(void *arg) {
    for (unsigned long i = 1;; i++) {
        while (held_round < i && !no_more_rounds)
            sched_yield();
        if (held_round < i)
            return NULL;
        site_lock();
        pthread_mutex_unlock(&lock);
        taken_round = i;
        done_locks = i;
    }
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
    for (unsigned long i = 0; i < n_threads && !stop; i++) {
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

static double of(unsigned long done, unsigned long all) {
    return all ? (double)done / (double)all : 1;
}

/* Of the events that are the farthest behind. */
static double share(void) {
    double least = of(done_mallocs, per_allocator * ALLOCATORS);
    double locks = of(done_locks, n_locks), threads = of(done_threads, n_threads);
    least = locks < least ? locks : least;
    return threads < least ? threads : least;
}

static void say_tenths(int64_t seconds) {
    const int64_t start = clock_ns(CLOCK_MONOTONIC), all = seconds * INT64_C(1000000000);
    for (int k = 1; k < TENTHS; k++) {
        while (share() < k / (double)TENTHS && clock_ns(CLOCK_MONOTONIC) - start < all / TENTHS * k)
            sleep_ms(20);
        printf("tenth %d rss %ld\n", k, resident_kb());
        fflush(stdout);
    }
    while (share() < 1 && clock_ns(CLOCK_MONOTONIC) - start < all)
        sleep_ms(20);
    stop = true;
}

int main(int argc, char **argv) {
    static void *(*const work[])(void *) = {allocates, allocates, holds, waits, makes_threads};
    enum { WORKERS = sizeof work / sizeof work[0] };
    pthread_t t[WORKERS];
    CHECK(argc == 5);
    per_allocator = strtoul(argv[1], NULL, 10) / ALLOCATORS;
    n_locks = strtoul(argv[2], NULL, 10);
    n_threads = strtoul(argv[3], NULL, 10);
    for (int i = 0; i < WORKERS; i++)
        CHECK(pthread_create(&t[i], NULL, work[i], NULL) == 0);
    say_tenths(atoi(argv[4]));
    for (int i = 0; i < WORKERS; i++)
        CHECK(pthread_join(t[i], NULL) == 0);
    printf("tenth %d rss %ld\n", TENTHS, resident_kb());
    printf("mallocs %lu locks %lu threads %lu\n", done_mallocs, done_locks, done_threads);
    return 0;
}
