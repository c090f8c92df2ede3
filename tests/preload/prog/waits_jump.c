/* waits_jump FILE: every call that can wait is left by siglongjmp out of a handler; then the same
 * thread waits, times and ends as if nothing had been. Also pthread_exit out of a handler. */
#include "waits_points.h"

#include <setjmp.h>

static __thread sigjmp_buf back;
static __thread struct place *now;

static void jump(int signo) {
    siglongjmp(back, 1);
}

static void leave(int signo) {
    pthread_exit((void *)5);
}

struct run {
    struct place place;
    const struct point *point;
    struct blocker blocker;
};

static void *run(void *p) {
    struct run *r = p;
    struct timespec until;
    now = &r->place;
    pthread_sigmask(SIG_BLOCK, &r->place.usr1, NULL);
    if (is_cond(r->point))
        CHECK(pthread_mutex_lock(&r->place.own) == 0);
    if (sigsetjmp(back, 1) == 0) {
        blocks_now(&r->blocker);
        r->point->fn(&r->place);
        return (void *)2;
    }
    /* now the usual */
    until = in_ms(CLOCK_REALTIME, 2);
    CHECK(pthread_mutex_timedlock(&r->place.mutex, &until) == ETIMEDOUT);
    CHECK(sem_timedwait(&r->place.sem, &until) == -1 && errno == ETIMEDOUT);
    CHECK(poll(NULL, 0, 1) == 0);
    return (void *)1;
}

static void one(const struct point *c, void (*handler)(int)) {
    /* a place each: what a jump left half done in libc is not to be used again */
    struct run *r = calloc(1, sizeof *r);
    struct sigaction act = {.sa_handler = handler};
    pthread_t t;
    void *result;
    r->point = c;
    CHECK(sigaction(SIGALRM, &act, NULL) == 0);
    place_init(&r->place, c, false);
    CHECK(pthread_create(&t, NULL, run, r) == 0);
    until_blocked(&r->blocker);
    pthread_kill(t, SIGALRM);
    CHECK(pthread_join(t, &result) == 0);
    SAY("%s: %ld", c->name, (long)result);
    place_free(&r->place);
}

int main(int argc, char **argv) {
    place_path = argv[1];
    signal(SIGPIPE, SIG_IGN);
    for (int i = 0; i < POINTS; i++)
        one(&points[i], jump);
    /* libc itself is at home in those alone where nothing has to be undone */
    for (int i = 0; i < POINTS; i++)
        if (points[i].fn == p_read || points[i].fn == p_poll || points[i].fn == p_pause ||
            points[i].fn == p_accept || points[i].fn == p_nanosleep || points[i].fn == p_futex)
            one(&points[i], leave);
    /* main, out of read, pause and accept, many times */
    static struct place p;
    struct sigaction act = {.sa_handler = jump};
    CHECK(sigaction(SIGALRM, &act, NULL) == 0);
    place_init(&p, &points[0], false);
    for (volatile int i = 0; i < 60; i++) {
        if (sigsetjmp(back, 1) == 0) {
            ualarm(1000, 0);
            if (i % 3 == 0)
                p_read(&p);
            else if (i % 3 == 1)
                p_pause(&p);
            else
                p_accept(&p);
            CHECK(!"left");
        }
    }
    struct timespec ts = spec_ms(5);
    TAKES(5, R(nanosleep(&ts, NULL)));
    unlink(place_path);
    return 0;
}
