/* worker: does known amounts when told to, for whoever looks at its profiles meanwhile.
 *
 * Prints `ready`, after a line `pc 0x... NAME` for a function that is there. Then reads commands,
 * one a line, and answers each, when it is done, with a line
 *
 *     COMMAND COUNT AMOUNT FROM_NS TO_NS       the times by CLOCK_REALTIME
 *
 *   alloc N BYTES     N blocks, kept, in site_alloc              count: N, amount: bytes
 *   free              what alloc has kept                        likewise
 *   churn N BYTES     N blocks, each freed, in site_churn        likewise
 *   lock N MS         N waits for a mutex, in site_lock; whoever has it lets go in
 *                     site_unlock                                count: N, amount: ns
 *   cond N MS         N waits for a condition, in site_cond      likewise
 *   read N MS         N reads from a pipe, in site_read          likewise
 *   sleep N MS        N sleeps, in site_sleep                    likewise
 *   burn MS           CPU time, in site_burn                     count: 1, amount: ns
 *   threads N         N threads, made in site_threads, that wait in site_park     count: N
 *
 * It ends when its input does, or with `quit`. */
#include "tests/truth/programs/waits.h"

/* What a site waited for and how long. */
static int64_t count, amount;

static int64_t realtime_ns(void) {
    struct timespec ts;
    clock_gettime(CLOCK_REALTIME, &ts);
    return ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
}

/* ---- memory */

static struct block { struct block *next; } * kept;
static size_t kept_bytes, kept_count;

SITE site_alloc(long n, size_t bytes) {
    for (long i = 0; i < n; i++) {
        struct block *b = malloc(bytes);
        NEED(b);
        b->next = kept;
        kept = b;
    }
    STAY;
}

SITE site_churn(long n, size_t bytes) {
    for (long i = 0; i < n; i++) {
        void *p = malloc(bytes);
        __asm__ volatile("" : : "r"(p) : "memory");
        free(p);
    }
    STAY;
}

static void do_alloc(long n, long bytes) {
    size_t size = (size_t)bytes < sizeof(struct block) ? sizeof(struct block) : (size_t)bytes;
    site_alloc(n, size);
    kept_count += (size_t)n;
    kept_bytes += (size_t)n * size;
    count = n;
    amount = n * (long)size;
}

static void do_free(long n, long unused) {
    while (kept) {
        struct block *next = kept->next;
        free(kept);
        kept = next;
    }
    count = (int64_t)kept_count;
    amount = (int64_t)kept_bytes;
    kept_count = kept_bytes = 0;
}

static void do_churn(long n, long bytes) {
    site_churn(n, (size_t)bytes);
    count = n;
    amount = n * bytes;
}

/* ---- waits: a helper prepares each, and lets it go once this thread has slept for the time */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER, cond_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static bool cond_ready;
static int pipe_fds[2];

/* Of the two threads; the helper is told by these, without functions that the agent sees. */
enum stage { IDLE, PREPARE, PREPARED };
static _Atomic int stage, wait_kind; /* wait_kind: a character of "lcr" */
static _Atomic pid_t waiting;
static _Atomic int64_t wait_ns;

#define MEASURED(call)                                                                             \
    do {                                                                                           \
        atomic_store(&waiting, (pid_t)syscall(SYS_gettid));                                        \
        int64_t start_ = now_ns();                                                                 \
        bool ok_ = (call);                                                                         \
        amount += now_ns() - start_;                                                               \
        count++;                                                                                   \
        atomic_store(&waiting, 0);                                                                 \
        need(ok_, #call);                                                                          \
    } while (0)

SITE site_unlock(void) {
    pthread_mutex_unlock(&lock);
    STAY;
}

static void let_go(int kind) {
    if (kind == 'l') {
        site_unlock();
    } else if (kind == 'c') {
        pthread_mutex_lock(&cond_lock);
        cond_ready = true;
        pthread_cond_signal(&cond);
        pthread_mutex_unlock(&cond_lock);
    } else {
        NEED(write(pipe_fds[1], "x", 1) == 1);
    }
}

static void *help(void *unused) {
    for (;;) {
        while (atomic_load(&stage) != PREPARE)
            pause_ns(200000);
        int kind = atomic_load(&wait_kind);
        if (kind == 'l')
            pthread_mutex_lock(&lock);
        atomic_store(&stage, PREPARED);
        until_sleeps(&waiting);
        pause_ns(atomic_load(&wait_ns));
        atomic_store(&stage, IDLE);
        let_go(kind);
    }
    return NULL;
}

static void prepare(int kind) {
    while (atomic_load(&stage) != IDLE)
        pause_ns(200000);
    atomic_store(&wait_kind, kind);
    atomic_store(&stage, PREPARE);
    while (atomic_load(&stage) != PREPARED)
        pause_ns(200000);
}

SITE site_lock(void) {
    MEASURED(pthread_mutex_lock(&lock) == 0);
}

SITE site_cond(void) {
    MEASURED(pthread_cond_wait(&cond, &cond_lock) == 0);
}

SITE site_read(void) {
    char c;
    MEASURED(read(pipe_fds[0], &c, 1) == 1);
}

SITE site_sleep(const struct timespec *ts) {
    MEASURED(nanosleep(ts, NULL) == 0);
}

static void waits(int kind, long n, long ms) {
    atomic_store(&wait_ns, ms * 1000000);
    for (long i = 0; i < n; i++) {
        prepare(kind);
        if (kind == 'l') {
            site_lock();
            pthread_mutex_unlock(&lock);
        } else if (kind == 'r') {
            site_read();
        } else {
            pthread_mutex_lock(&cond_lock);
            cond_ready = false;
            while (!cond_ready)
                site_cond();
            pthread_mutex_unlock(&cond_lock);
        }
    }
}

static void do_lock(long n, long ms) {
    waits('l', n, ms);
}
static void do_cond(long n, long ms) {
    waits('c', n, ms);
}
static void do_read(long n, long ms) {
    waits('r', n, ms);
}
static void do_sleep(long n, long ms) {
    struct timespec ts = ns_spec(ms * 1000000);
    for (long i = 0; i < n; i++)
        site_sleep(&ts);
}

/* ---- CPU, threads */

static int64_t cpu_ns(void) {
    struct timespec ts;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
    return ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
}

static volatile uint64_t sink;

SITE site_burn(int64_t until) {
    while (cpu_ns() < until)
        for (int i = 0; i < 100000; i++)
            sink += (uint64_t)i;
    STAY;
}

static void do_burn(long ms, long unused) {
    int64_t start = cpu_ns();
    site_burn(start + ms * 1000000);
    count = 1;
    amount = cpu_ns() - start;
}

static pthread_mutex_t park_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t park = PTHREAD_COND_INITIALIZER;

static _Atomic pid_t parked;

static void *site_park(void *unused) {
    pthread_mutex_lock(&park_lock);
    atomic_store(&parked, (pid_t)syscall(SYS_gettid));
    for (;;)
        pthread_cond_wait(&park, &park_lock);
    return NULL;
}

SITE site_threads(long n) {
    for (long i = 0; i < n; i++) {
        pthread_t t;
        atomic_store(&parked, 0);
        NEED(pthread_create(&t, NULL, site_park, NULL) == 0);
        NEED(pthread_setname_np(t, "parked") == 0);
        until_sleeps(&parked);
    }
    STAY;
}

static void do_threads(long n, long unused) {
    site_threads(n);
    count = amount = n;
}

static const struct {
    const char *name;
    void (*run)(long, long);
} commands[] = {
    {"alloc", do_alloc}, {"free", do_free}, {"churn", do_churn},
    {"lock", do_lock},   {"cond", do_cond}, {"read", do_read},
    {"sleep", do_sleep}, {"burn", do_burn}, {"threads", do_threads},
};

/* Answers one line; false at `quit`. */
static bool obey(char *line) {
    char name[16] = "";
    long a = 0, b = 0;
    sscanf(line, "%15s %ld %ld", name, &a, &b);
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strcmp(commands[i].name, name) == 0) {
            count = amount = 0;
            int64_t from = realtime_ns();
            commands[i].run(a, b);
            printf("%s %ld %ld %ld %ld\n", name, (long)count, (long)amount, (long)from,
                   (long)realtime_ns());
            return true;
        }
    if (strcmp(name, "quit") == 0)
        return false;
    printf("? %s\n", name);
    return true;
}

int main(void) {
    char line[128];
    pthread_t helper;
    setvbuf(stdout, NULL, _IOLBF, 0);
    NEED(pipe(pipe_fds) == 0);
    NEED(pthread_create(&helper, NULL, help, NULL) == 0);
    printf("pc %p site_alloc\nready\n", (void *)(uintptr_t)site_alloc);
    while (fgets(line, sizeof line, stdin) && obey(line))
        continue;
    return 0;
}
