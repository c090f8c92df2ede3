/* ops NAME [THREADS [BYTES [COUNT]]]: does one thing many times and prints what it took on average,
 * in nanoseconds.
 *
 *   malloc-mixed    malloc + free, sizes of 16 to 4096 bytes, with 1000 blocks live
 *   malloc-one      malloc + free of BYTES, by default 64, at once
 *   free            free of blocks of 64 bytes, of which many were allocated before
 *   realloc         growth of a block from 16 bytes to 64 KiB, by half each time
 *   thread          pthread_create + pthread_join
 *   fork            fork + exit + wait
 *   fork-exec       fork + exec of /bin/true + wait
 *   start           the same; the environment's BENCH_PRELOAD is what /bin/true is preloaded with
 *   work            a fixed amount of arithmetic; the figure is all of it
 *
 * Of the ones that only compute it is CPU time, so that a busy machine matters less; of thread,
 * fork, fork-exec and start it is the time that passes. */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { LIVE = 1000, THREADS_MAX = 16 };

typedef void op_fn(long count);

static int64_t now_ns(clockid_t clock) {
    struct timespec ts;
    clock_gettime(clock, &ts);
    return ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
}

/* Keeps the compiler from seeing what becomes of a pointer. */
static void *opaque(void *p) {
    __asm__ volatile("" : "+r"(p) : : "memory");
    return p;
}

static void malloc_mixed(long count) {
    static __thread void *live[LIVE];
    uint32_t x = 12345;
    for (long i = 0; i < count; i++) {
        x = x * 1664525 + 1013904223;
        void **p = &live[x >> 8 & 1023];
        if (p >= live + LIVE)
            p = live;
        free(*p);
        *p = opaque(malloc(16 + (x >> 20)));
    }
}

static size_t block_bytes = 64;

static void malloc_one(long count) {
    for (long i = 0; i < count; i++)
        free(opaque(malloc(block_bytes)));
}

/* Only the frees count: what allocating took is taken off by timed(). */
static __thread int64_t untimed_ns;

static void free_many(long count) {
    int64_t start = now_ns(CLOCK_THREAD_CPUTIME_ID);
    void **blocks = malloc((size_t)count * sizeof *blocks);
    for (long i = 0; blocks && i < count; i++)
        blocks[i] = opaque(malloc(block_bytes));
    untimed_ns += now_ns(CLOCK_THREAD_CPUTIME_ID) - start;
    for (long i = 0; blocks && i < count; i++)
        free(blocks[i]);
    free(blocks);
}

static void realloc_growth(long count) {
    void *p = NULL;
    size_t bytes = 16;
    for (long i = 0; i < count; i++, bytes += bytes / 2) {
        if (bytes > 65536) {
            free(p);
            p = NULL;
            bytes = 16;
        }
        p = opaque(realloc(p, bytes));
    }
    free(p);
}

static void *nothing(void *unused) {
    return unused;
}

static void thread_pairs(long count) {
    pthread_t id;
    for (long i = 0; i < count; i++)
        if (pthread_create(&id, NULL, nothing, NULL) == 0)
            pthread_join(id, NULL);
}

static void fork_exit(long count) {
    for (long i = 0; i < count; i++) {
        pid_t pid = fork();
        if (pid == 0)
            _exit(0);
        waitpid(pid, NULL, 0);
    }
}

static void fork_exec(long count) {
    for (long i = 0; i < count; i++) {
        pid_t pid = fork();
        if (pid == 0) {
            execl("/bin/true", "true", (char *)NULL);
            _exit(127);
        }
        waitpid(pid, NULL, 0);
    }
}

static void start(long count) {
    const char *preload = getenv("BENCH_PRELOAD");
    if (preload)
        setenv("LD_PRELOAD", preload, 1);
    fork_exec(count);
}

static void work(long count) {
    volatile uint64_t sink;
    uint64_t x = 1;
    for (long i = 0; i < count; i++)
        x = x * UINT64_C(6364136223846793005) + (x >> 33);
    sink = x;
    (void)sink;
}

static const struct op {
    const char *name;
    op_fn *run;
    long count;
    clockid_t clock;
    int whole; /* the figure is of all, not of one */
} ops[] = {
    {"malloc-mixed", malloc_mixed, 3000000, CLOCK_THREAD_CPUTIME_ID, 0},
    {"malloc-one", malloc_one, 10000000, CLOCK_THREAD_CPUTIME_ID, 0},
    {"free", free_many, 200000, CLOCK_THREAD_CPUTIME_ID, 0},
    {"realloc", realloc_growth, 1000000, CLOCK_THREAD_CPUTIME_ID, 0},
    {"thread", thread_pairs, 3000, CLOCK_MONOTONIC, 0},
    {"fork", fork_exit, 300, CLOCK_MONOTONIC, 0},
    {"fork-exec", fork_exec, 150, CLOCK_MONOTONIC, 0},
    {"start", start, 150, CLOCK_MONOTONIC, 0},
    {"work", work, 400000000, CLOCK_THREAD_CPUTIME_ID, 1},
};

static const struct op *op;
static long op_count;

static void *timed(void *ns) {
    op->run(op_count / 20 + 1); /* warm */
    untimed_ns = 0;
    int64_t start = now_ns(op->clock);
    op->run(op_count);
    *(int64_t *)ns = now_ns(op->clock) - start - untimed_ns;
    return NULL;
}

int main(int argc, char **argv) {
    int threads = argc > 2 ? atoi(argv[2]) : 1;
    int64_t ns[THREADS_MAX] = {0}, sum = 0;
    pthread_t id[THREADS_MAX];
    for (size_t i = 0; i < sizeof ops / sizeof ops[0] && argc > 1; i++)
        if (strcmp(ops[i].name, argv[1]) == 0)
            op = &ops[i];
    if (argc > 3 && atol(argv[3]) > 0)
        block_bytes = (size_t)atol(argv[3]);
    if (op)
        op_count = argc > 4 ? atol(argv[4]) : op->count;
    if (!op || threads < 1 || threads > THREADS_MAX)
        return 2;
    for (int i = 1; i < threads; i++)
        if (pthread_create(&id[i], NULL, timed, &ns[i]) != 0)
            return 1;
    timed(&ns[0]);
    for (int i = 1; i < threads; i++)
        pthread_join(id[i], NULL);
    for (int i = 0; i < threads; i++)
        sum += ns[i];
    printf("%.3f\n", (double)sum / threads / (double)(op->whole ? 1 : op_count));
    return 0;
}
