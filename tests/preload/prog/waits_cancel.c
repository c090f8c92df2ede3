/* waits_cancel FILE: pthread_cancel in every call that can wait: while it waits, before it, and
 * switched off. Says how the thread ended, whether its clean-up handlers ran, and who had the mutex
 * of a condition variable then. */
#include "waits_points.h"

struct run {
    struct place place;
    const struct point *point;
    struct blocker blocker;
    bool pending, disabled, asynchronous;
    _Atomic bool returned, may_go;
};

static void cleanup(void *p) {
    struct run *r = p;
    r->place.cleaned = true;
    if (is_cond(r->point)) {
        r->place.mine = pthread_mutex_unlock(&r->place.own) == 0;
    }
}

static void *run(void *p) {
    struct run *r = p;
    sigset_t none;
    sigemptyset(&none);
    pthread_sigmask(SIG_SETMASK, &none, NULL);
    pthread_sigmask(SIG_BLOCK, &r->place.usr1, NULL);
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    if (r->place.ready)
        pthread_kill(pthread_self(), SIGUSR1); /* for those that wait for signals */
    if (is_cond(r->point))
        CHECK(pthread_mutex_lock(&r->place.own) == 0);
    pthread_cleanup_push(cleanup, r);
    while ((r->pending || r->disabled) && !r->may_go)
        syscall(SYS_sched_yield);
    if (r->asynchronous)
        pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
    if (!r->disabled)
        pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
    blocks_now(&r->blocker);
    r->point->fn(&r->place);
    r->returned = true;
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
    pthread_testcancel();
    pthread_cleanup_pop(1);
    return (void *)1;
}

static void say(struct run *r, void *result) {
    printf("%s: %s, %s, cleaned up %d", r->point->name, r->returned ? "returned" : "left",
           result == PTHREAD_CANCELED ? "cancelled" : "not cancelled", r->place.cleaned);
    if (is_cond(r->point))
        printf(", mutex %s", r->place.mine ? "mine" : "not mine");
    printf("\n");
    fflush(stdout);
}

/* Lets a call that is no point of cancellation have what it wants. */
static void feed(struct run *r) {
    struct place *p = &r->place;
    char c[65536];
    CHECK(pthread_mutex_unlock(&p->mutex) == 0);
    CHECK(pthread_rwlock_unlock(&p->rwlock) == 0);
    p->word = 0;
    syscall(SYS_futex, &p->word, FUTEX_WAKE_PRIVATE, 9, NULL, NULL, 0);
    if (r->point->fn == p_barrier)
        pthread_barrier_wait(&p->barrier);
    if (r->point->fn == p_sendfile)
        CHECK(read(p->pipe[0], c, sizeof c) > 0);
    else
        CHECK(write(p->pipe[1], "x", 1) == 1);
    close(place_lock);
    place_lock = -1;
}

static void one(const struct point *c, bool ready, bool pending, bool disabled, bool asynchronous) {
    static struct run r;
    pthread_t t;
    void *result = NULL;
    memset(&r, 0, sizeof r);
    r.point = c;
    r.pending = pending;
    r.disabled = disabled;
    r.asynchronous = asynchronous;
    place_init(&r.place, c, ready);
    CHECK(pthread_create(&t, NULL, run, &r) == 0);
    if (pending || disabled) {
        CHECK(pthread_cancel(t) == 0);
        r.may_go = true;
    } else {
        until_blocked(&r.blocker);
        CHECK(pthread_cancel(t) == 0);
        if (c->kind == HOLDS) {
            sleep_ms(5);
            CHECK(!r.returned);
            feed(&r);
        }
    }
    CHECK(pthread_join(t, &result) == 0);
    say(&r, result);
    place_free(&r.place);
}

int main(int argc, char **argv) {
    sigset_t usr1;
    place_path = argv[1];
    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &usr1, NULL);
    SAY("== while it waits");
    for (int i = 0; i < POINTS; i++)
        one(&points[i], false, false, false, false);
    SAY("== pending, would wait");
    for (int i = 0; i < POINTS; i++)
        if (points[i].kind != HOLDS)
            one(&points[i], false, true, false, false);
    SAY("== pending, would not wait");
    for (int i = 0; i < POINTS; i++)
        if (points[i].kind != SUSPENDS)
            one(&points[i], true, true, false, false);
    for (int i = 0; i < 2; i++)
        one(&quick_points[i], true, true, false, false);
    SAY("== switched off");
    for (int i = 0; i < POINTS; i++)
        if (points[i].kind != SUSPENDS)
            one(&points[i], true, true, true, false);
    SAY("== asynchronous");
    for (int i = 0; i < POINTS; i++)
        if (points[i].kind == CANCELS)
            one(&points[i], false, false, false, true);
    unlink(place_path);
    return 0;
}
