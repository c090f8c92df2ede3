/* A small service to look at: four workers answer requests from a queue until SIGTERM. Each request is
 * parsed into a tree, rendered into a page, checksummed, and every eighth page stays in a cache that
 * is never emptied, which a heap profile shows. An auditor looks through the cache now and then, and
 * writes its findings to a slow place with the lock held, which a mutex profile shows. */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct node {
    struct node *child, *next;
    char *name;
};

struct page {
    size_t len;
    uint32_t sum;
    char *text;
    struct page *next;
};

static volatile sig_atomic_t stop;
static pthread_mutex_t cache_lock = PTHREAD_MUTEX_INITIALIZER;
static struct page *cache;
static uint64_t answered;

static struct node *parse(unsigned *seed, int depth) {
    struct node *first = NULL;
    for (int i = 0; i < 4; i++) {
        struct node *n = malloc(sizeof *n);
        n->name = malloc(32);
        snprintf(n->name, 32, "node-%u", rand_r(seed));
        n->child = depth > 0 ? parse(seed, depth - 1) : NULL;
        n->next = first;
        first = n;
    }
    return first;
}

static void free_tree(struct node *n) {
    while (n) {
        struct node *next = n->next;
        free_tree(n->child);
        free(n->name);
        free(n);
        n = next;
    }
}

static void append(struct page *p, const char *s) {
    size_t n = strlen(s);
    p->text = realloc(p->text, p->len + n + 1);
    memcpy(p->text + p->len, s, n + 1);
    p->len += n;
}

static void render(struct page *p, const struct node *n) {
    for (; n; n = n->next) {
        append(p, "<li>");
        append(p, n->name);
        render(p, n->child);
    }
}

static uint32_t checksum(const struct page *p) {
    uint32_t a = 1, b = 0;
    for (int round = 0; round < 20; round++) {
        for (size_t i = 0; i < p->len; i++) {
            a = (a + (uint8_t)p->text[i]) % 65521;
            b = (b + a) % 65521;
        }
    }
    return b << 16 | a;
}

static void cache_put(struct page *p) {
    pthread_mutex_lock(&cache_lock);
    p->next = cache;
    cache = p;
    pthread_mutex_unlock(&cache_lock);
}

static void write_findings(size_t bytes) {
    struct timespec slow = {0, 4000000};
    nanosleep(&slow, NULL);
    (void)bytes;
}

static void audit_cache(void) {
    size_t bytes = 0;
    pthread_mutex_lock(&cache_lock);
    for (struct page *p = cache; p; p = p->next)
        bytes += p->len;
    write_findings(bytes);
    pthread_mutex_unlock(&cache_lock);
}

static void *auditor(void *arg) {
    struct timespec pause = {0, 20000000};
    pthread_setname_np(pthread_self(), "auditor");
    while (!stop) {
        audit_cache();
        nanosleep(&pause, NULL);
    }
    return arg;
}

static void answer(unsigned *seed) {
    struct node *tree = parse(seed, 3);
    struct page *p = calloc(1, sizeof *p);
    render(p, tree);
    p->sum = checksum(p);
    free_tree(tree);
    if (rand_r(seed) / 64 % 8 == 0) {
        cache_put(p);
    } else {
        free(p->text);
        free(p);
    }
    __atomic_fetch_add(&answered, 1, __ATOMIC_RELAXED);
}

static void *worker(void *arg) {
    unsigned seed = (unsigned)(uintptr_t)arg;
    pthread_setname_np(pthread_self(), "worker");
    while (!stop)
        answer(&seed);
    return NULL;
}

int main(void) {
    pthread_t threads[5];
    sigset_t term;
    int signo;

    /* Blocked in every thread, or a worker might take it, and main would wait for it for ever. */
    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &term, NULL);
    for (uintptr_t i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, worker, (void *)(i + 1));
    pthread_create(&threads[4], NULL, auditor, NULL);
    sigwait(&term, &signo);
    stop = 1;
    for (int i = 0; i < 5; i++)
        pthread_join(threads[i], NULL);
    printf("demo service: %llu requests answered\n", (unsigned long long)answered);
    return 0;
}
