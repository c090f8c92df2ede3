/* How threads end: return, pthread_exit, cancellation, detached; POSIX and C11. Clean-up handlers
 * run in their order, results arrive, and creation fails with the right error. */
#include "prog.h"

#include <sys/resource.h>
#include <threads.h>

static pthread_barrier_t ready;
static int order[8], n_order;
static volatile int detached_done;

static void note(void *what) {
    order[n_order++] = (int)(intptr_t)what;
}

static void *cancelled(void *arg) {
    pthread_cleanup_push(note, (void *)1);
    pthread_cleanup_push(note, (void *)2);
    pthread_barrier_wait(&ready);
    for (;;) {
        burn_ms(1);
        pthread_testcancel();
    }
    pthread_cleanup_pop(0);
    pthread_cleanup_pop(0);
    return NULL;
}

static void *cancelled_any_time(void *arg) {
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
    pthread_barrier_wait(&ready);
    for (;;)
        ;
    return NULL;
}

static void *cancelled_in_wait(void *arg) {
    sigset_t set;
    int signo;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    pthread_barrier_wait(&ready);
    sigwait(&set, &signo);
    return NULL;
}

static void *leaves(void *arg) {
    pthread_cleanup_push(note, (void *)3);
    burn_ms(2);
    pthread_exit((void *)42);
    pthread_cleanup_pop(0);
    return NULL;
}

static void *returns(void *arg) {
    return (char *)arg + 1;
}

static void *detached(void *arg) {
    burn_ms(2);
    pthread_detach(pthread_self());
    detached_done++;
    return NULL;
}

static int c11_returns(void *arg) {
    burn_ms(2);
    return -5;
}

static int c11_leaves(void *arg) {
    thrd_exit(77);
}

static void cancel_one(void *(*fn)(void *)) {
    pthread_t t;
    void *result;
    CHECK(pthread_create(&t, NULL, fn, NULL) == 0);
    pthread_barrier_wait(&ready);
    CHECK(pthread_cancel(t) == 0);
    CHECK(pthread_join(t, &result) == 0 && result == PTHREAD_CANCELED);
}

int main(void) {
    pthread_t t;
    thrd_t c11;
    void *result;
    int status;
    pthread_barrier_init(&ready, NULL, 2);
    for (int i = 0; i < 20; i++) {
        n_order = 0;
        cancel_one(cancelled);
        CHECK(n_order == 2 && order[0] == 2 && order[1] == 1);
        cancel_one(cancelled_any_time);
        cancel_one(cancelled_in_wait);
        n_order = 0;
        CHECK(pthread_create(&t, NULL, leaves, NULL) == 0);
        CHECK(pthread_join(t, &result) == 0 && result == (void *)42 && n_order == 1);
        CHECK(pthread_create(&t, NULL, returns, order) == 0);
        CHECK(pthread_join(t, &result) == 0 && result == (char *)order + 1);
        CHECK(pthread_create(&t, NULL, detached, NULL) == 0);
        CHECK(thrd_create(&c11, c11_returns, NULL) == thrd_success);
        CHECK(thrd_join(c11, &status) == thrd_success && status == -5);
        CHECK(thrd_create(&c11, c11_leaves, NULL) == thrd_success);
        CHECK(thrd_join(c11, &status) == thrd_success && status == 77);
    }
    while (detached_done < 20)
        sleep_ms(1);
    pthread_attr_t attr;
    pthread_attr_init(&attr);
    CHECK(pthread_attr_setstacksize(&attr, (size_t)1 << 46) == 0);
    for (int i = 0; i < 600; i++)
        CHECK(pthread_create(&t, &attr, returns, NULL) == EAGAIN);
    CHECK(pthread_create(&t, NULL, returns, order) == 0 && pthread_join(t, NULL) == 0);
    printf("done\n");
    return 0;
}
