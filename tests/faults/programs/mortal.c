/* mortal FILE WAY MS: threads that allocate, wait and make threads, until the process dies after MS
 * milliseconds; of itself by WAY (segv, abort, overflow), or for WAY `wait` when somebody kills it;
 * or `grow`, when it also takes more and more memory.
 *
 * It says `ready` first. Before and after each step a thread counts it in FILE, a shared mapping
 * that outlives the process, as struct steps, one for each thread: whatever is recorded lies
 * between what was begun and what was done. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "tests/preload/prog/prog.h"

enum { ALLOCATE = 0, FREE, SLEEP, CREATE, STEPS };
enum { ALLOCATORS = 2, SLEEPER = ALLOCATORS, CREATOR, THREADS, KEPT = 256 };

struct steps {
    struct {
        uint64_t begun, done;
    } of[STEPS];
};

static void step(uint64_t *count) {
    __atomic_store_n(count, *count + 1, __ATOMIC_SEQ_CST);
}

#define STEP(s, what, statement)                                                                   \
    do {                                                                                           \
        step(&(s)->of[what].begun);                                                                \
        statement;                                                                                 \
        step(&(s)->of[what].done);                                                                 \
    } while (0)

__attribute__((noinline)) static void *site_kept(size_t bytes) {
    void *p = malloc(bytes);
    __asm__ volatile("" : "+r"(p));
    return p;
}

static void *allocate(void *arg) {
    struct steps *s = arg;
    void *kept[KEPT] = {0};
    for (unsigned i = 0;; i++) {
        void **p = &kept[i * 2654435761u % KEPT];
        if (*p)
            STEP(s, FREE, free(*p));
        STEP(s, ALLOCATE, *p = site_kept(i % 4000));
    }
    return NULL;
}

/* Long enough to be a wait: what takes less than some microseconds is none. */
__attribute__((noinline)) static void site_sleep(void) {
    struct timespec moment = {0, 100000};
    nanosleep(&moment, NULL);
    __asm__ volatile("");
}

static void *sleep_on(void *arg) {
    struct steps *s = arg;
    for (;;)
        STEP(s, SLEEP, site_sleep());
    return NULL;
}

static void *nothing(void *arg) {
    return arg;
}

__attribute__((noinline)) static void site_create(pthread_t *t) {
    CHECK(pthread_create(t, NULL, nothing, NULL) == 0);
    __asm__ volatile("");
}

static void *create(void *arg) {
    struct steps *s = arg;
    pthread_t t;
    for (;;) {
        STEP(s, CREATE, site_create(&t));
        pthread_join(t, NULL);
    }
    return NULL;
}

__attribute__((noinline)) static int overflow(int n) {
    volatile char room[4096];
    room[0] = (char)n;
    return n < 0 ? 0 : overflow(n + 1) + room[0];
}

static void *grow(void *arg) {
    for (;;) {
        void *p = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
        if (p == MAP_FAILED)
            pause();
        sleep_ms(1);
    }
    return NULL;
}

static void *die(void *arg) {
    const char *way = arg;
    if (strcmp(way, "segv") == 0)
        *(volatile int *)(uintptr_t)8 = 1;
    else if (strcmp(way, "abort") == 0)
        abort();
    else if (strcmp(way, "overflow") == 0)
        overflow(1);
    return NULL;
}

int main(int argc, char **argv) {
    static void *(*const work[THREADS])(void *) = {allocate, allocate, sleep_on, create};
    pthread_t t;
    int fd = argc == 4 ? open(argv[1], O_RDWR | O_CREAT, 0600) : -1;
    if (fd < 0 || ftruncate(fd, THREADS * sizeof(struct steps)) != 0)
        return 2;
    struct steps *s = mmap(NULL, THREADS * sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (s == MAP_FAILED)
        return 2;
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_create(&t, NULL, work[i], &s[i]) == 0);
    if (strcmp(argv[2], "grow") == 0)
        CHECK(pthread_create(&t, NULL, grow, NULL) == 0);
    puts("ready");
    fflush(stdout);
    sleep_ms(atoi(argv[3]));
    CHECK(pthread_create(&t, NULL, die, argv[2]) == 0);
    for (;;)
        pause();
}
