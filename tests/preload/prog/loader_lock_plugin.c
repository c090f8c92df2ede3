/* The library of loader_lock: its constructor's thread waits in many ways for the first time. */
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <threads.h>
#include <unistd.h>

static void nothing(void) {
}

static void *use_all(void *p) {
    static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    const struct timespec past = {1, 0};
    pthread_spinlock_t spin;
    sem_t sem;
    mtx_t mtx;
    pthread_rwlock_wrlock(&rwlock);
    pthread_rwlock_unlock(&rwlock);
    pthread_mutex_lock(&mutex);
    pthread_cond_timedwait(&cond, &mutex, &past);
    pthread_mutex_unlock(&mutex);
    pthread_once(&once, nothing);
    pthread_spin_init(&spin, 0);
    pthread_spin_lock(&spin);
    pthread_spin_unlock(&spin);
    sem_init(&sem, 0, 1);
    sem_wait(&sem);
    mtx_init(&mtx, mtx_plain);
    mtx_lock(&mtx);
    mtx_unlock(&mtx);
    poll(NULL, 0, 1);
    return p;
}

static __attribute__((constructor)) void start(void) {
    pthread_t t;
    pthread_create(&t, NULL, use_all, NULL);
    pthread_join(t, NULL);
}
