/* ops_wait NAME: does one thing that may wait many times, and prints what it took on average, in
 * nanoseconds.
 *
 *   mutex, mtx      lock + unlock of a free lock
 *   mutex-alone     the same in a program that never had a second thread
 *   rwlock          rdlock + unlock, wrlock + unlock
 *   spin            the same of a spin lock
 *   semaphore       wait + post of a free one
 *   read            read of a byte that is there, from a pipe (the write that put it there counts
 *                   neither)
 *   read-nothing    read of nothing from a pipe that does not block
 *   write           write of a byte to a pipe that has room
 *   socket          send + recv of a byte that is there
 *   epoll           epoll_wait that finds a descriptor ready
 *   contended N     lock + unlock by N threads without a pause, per pair of all threads
 *   ping-pong       a condition variable handed to and fro by two threads, per hand-over
 *
 * Of those with one thread it is CPU time; of contended and ping-pong the time that passes. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

enum { THREADS_MAX = 64 };

typedef void op_fn(long count);

static int64_t now_ns(clockid_t clock) {
    struct timespec ts;
    clock_gettime(clock, &ts);
    return ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
}

static void must(int ok) {
    if (!ok)
        abort();
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void *nothing(void *arg) {
    return arg;
}

static void mutex_pairs(long count) {
    for (long i = 0; i < count; i++) {
        pthread_mutex_lock(&mutex);
        pthread_mutex_unlock(&mutex);
    }
}

/* Of a program that has had a second thread, as services have: until then glibc's lock takes it
 * without an atomic instruction, which its trylock does not. */
static void threaded_mutex_pairs(long count) {
    pthread_t t;
    if (pthread_create(&t, NULL, nothing, NULL) != 0 || pthread_join(t, NULL) != 0)
        abort();
    mutex_pairs(count);
}

static void mtx_pairs(long count) {
    mtx_t m;
    mtx_init(&m, mtx_plain);
    for (long i = 0; i < count; i++) {
        mtx_lock(&m);
        mtx_unlock(&m);
    }
}

static void rwlock_pairs(long count) {
    static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
    for (long i = 0; i < count / 2; i++) {
        pthread_rwlock_rdlock(&lock);
        pthread_rwlock_unlock(&lock);
        pthread_rwlock_wrlock(&lock);
        pthread_rwlock_unlock(&lock);
    }
}

static void spin_pairs(long count) {
    pthread_spinlock_t lock;
    pthread_spin_init(&lock, PTHREAD_PROCESS_PRIVATE);
    for (long i = 0; i < count; i++) {
        pthread_spin_lock(&lock);
        pthread_spin_unlock(&lock);
    }
}

static void semaphore_pairs(long count) {
    sem_t s;
    sem_init(&s, 0, 1);
    for (long i = 0; i < count; i++) {
        sem_wait(&s);
        sem_post(&s);
    }
}

enum { BATCH = 4096 };

/* Reads of a byte each, from a pipe that is filled by few writes in between. */
static void reads(long count) {
    static char bytes[BATCH];
    int ends[2];
    must(pipe(ends) == 0);
    for (long i = 0; i < count; i++) {
        if (i % BATCH == 0)
            must(write(ends[1], bytes, BATCH) == BATCH);
        must(read(ends[0], bytes, 1) == 1);
    }
    close(ends[0]);
    close(ends[1]);
}

static void reads_of_nothing(long count) {
    char c;
    int ends[2];
    must(pipe2(ends, O_NONBLOCK) == 0);
    for (long i = 0; i < count; i++)
        must(read(ends[0], &c, 1) == -1 && errno == EAGAIN);
    close(ends[0]);
    close(ends[1]);
}

/* The pipe is emptied, at once, when it is full. */
static void writes(long count) {
    static char all[65536];
    int ends[2];
    must(pipe(ends) == 0);
    for (long i = 0; i < count; i++) {
        must(write(ends[1], "", 1) == 1);
        if (i % 32768 == 32767)
            must(read(ends[0], all, sizeof all) > 0);
    }
    close(ends[0]);
    close(ends[1]);
}

static void socket_pairs(long count) {
    char c = 0;
    int ends[2];
    must(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    for (long i = 0; i < count; i++)
        must(send(ends[1], &c, 1, 0) == 1 && recv(ends[0], &c, 1, 0) == 1);
    close(ends[0]);
    close(ends[1]);
}

static void epoll_ready(long count) {
    struct epoll_event e = {.events = EPOLLIN};
    int ends[2], fd = epoll_create1(0);
    must(pipe(ends) == 0 && write(ends[1], "", 1) == 1);
    must(epoll_ctl(fd, EPOLL_CTL_ADD, ends[0], &e) == 0);
    for (long i = 0; i < count; i++)
        must(epoll_wait(fd, &e, 1, 1000) == 1);
    close(fd);
    close(ends[0]);
    close(ends[1]);
}

/* ---- several threads */

static int n_threads = 2;
static long per_thread;

static void *contend(void *unused) {
    mutex_pairs(per_thread);
    return unused;
}

static void contended(long count) {
    pthread_t id[THREADS_MAX];
    per_thread = count / n_threads;
    for (int i = 0; i < n_threads; i++)
        must(pthread_create(&id[i], NULL, contend, NULL) == 0);
    for (int i = 0; i < n_threads; i++)
        pthread_join(id[i], NULL);
}

static pthread_cond_t turned = PTHREAD_COND_INITIALIZER;
static long turn, turns;

static void *play(void *mine) {
    pthread_mutex_lock(&mutex);
    while (turn < turns) {
        if ((turn & 1) == (long)mine) {
            turn++;
            pthread_cond_signal(&turned);
        } else {
            pthread_cond_wait(&turned, &mutex);
        }
    }
    pthread_cond_signal(&turned);
    pthread_mutex_unlock(&mutex);
    return NULL;
}

static void ping_pong(long count) {
    pthread_t id;
    turn = 0;
    turns = count;
    must(pthread_create(&id, NULL, play, (void *)1) == 0);
    play((void *)0);
    pthread_join(id, NULL);
}

static const struct op {
    const char *name;
    op_fn *run;
    long count;
    clockid_t clock;
} ops[] = {
    {"mutex-alone", mutex_pairs, 10000000, CLOCK_THREAD_CPUTIME_ID},
    {"mutex", threaded_mutex_pairs, 10000000, CLOCK_THREAD_CPUTIME_ID},
    {"mtx", mtx_pairs, 10000000, CLOCK_THREAD_CPUTIME_ID},
    {"rwlock", rwlock_pairs, 5000000, CLOCK_THREAD_CPUTIME_ID},
    {"spin", spin_pairs, 10000000, CLOCK_THREAD_CPUTIME_ID},
    {"semaphore", semaphore_pairs, 5000000, CLOCK_THREAD_CPUTIME_ID},
    {"read", reads, 1000000, CLOCK_THREAD_CPUTIME_ID},
    {"read-nothing", reads_of_nothing, 1000000, CLOCK_THREAD_CPUTIME_ID},
    {"write", writes, 1000000, CLOCK_THREAD_CPUTIME_ID},
    {"socket", socket_pairs, 300000, CLOCK_THREAD_CPUTIME_ID},
    {"epoll", epoll_ready, 1000000, CLOCK_THREAD_CPUTIME_ID},
    {"contended", contended, 2000000, CLOCK_MONOTONIC},
    {"ping-pong", ping_pong, 50000, CLOCK_MONOTONIC},
};

int main(int argc, char **argv) {
    const struct op *op = NULL;
    for (size_t i = 0; i < sizeof ops / sizeof ops[0] && argc > 1; i++)
        if (strcmp(ops[i].name, argv[1]) == 0)
            op = &ops[i];
    n_threads = argc > 2 ? atoi(argv[2]) : 2;
    if (!op || n_threads < 1 || n_threads > THREADS_MAX)
        return 2;
    op->run(op->count / 20 + 1); /* warm */
    int64_t start = now_ns(op->clock);
    op->run(op->count);
    printf("%.3f\n", (double)(now_ns(op->clock) - start) / (double)op->count);
    return 0;
}
