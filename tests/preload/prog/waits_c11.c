/* waits_c11: mutexes, condition variables and threads by their C11 names, which have results of
 * their own and, in libc, do not call pthread's. */
#include "waits.h"

#include <threads.h>

static const char *const results[] = {[thrd_success] = "success",
                                      [thrd_busy] = "busy",
                                      [thrd_error] = "error",
                                      [thrd_nomem] = "nomem",
                                      [thrd_timedout] = "timedout"};

#define C(call)                                                                                    \
    do {                                                                                           \
        errno = 0;                                                                                 \
        int c_ = (call);                                                                           \
        printf("%s: %s", #call, c_ >= 0 && c_ <= 4 ? results[c_] : "?");                           \
        say_errno(errno);                                                                          \
    } while (0)

static int lock_in(mtx_t *m, int ms) {
    struct timespec ts = in_ms(CLOCK_REALTIME, ms);
    return mtx_timedlock(m, &ts);
}

static int lock_odd(mtx_t *m, long nsec) {
    struct timespec ts = {clock_ns(CLOCK_REALTIME) / 1000000000 + 1, nsec};
    return mtx_timedlock(m, &ts);
}

static int wait_in(cnd_t *c, mtx_t *m, int ms) {
    struct timespec ts = in_ms(CLOCK_REALTIME, ms);
    return cnd_timedwait(c, m, &ts);
}

static int wait_odd(cnd_t *c, mtx_t *m, long nsec) {
    struct timespec ts = {clock_ns(CLOCK_REALTIME) / 1000000000 + 1, nsec};
    return cnd_timedwait(c, m, &ts);
}

struct holder {
    mtx_t *m;
    thrd_t thread;
    _Atomic bool has, let_go;
};

static int holder_run(void *p) {
    struct holder *h = p;
    CHECK(mtx_lock(h->m) == thrd_success);
    h->has = true;
    while (!h->let_go)
        sleep_ms(1);
    CHECK(mtx_unlock(h->m) == thrd_success);
    return 21;
}

static void hold(struct holder *h, mtx_t *m) {
    h->m = m;
    h->has = h->let_go = false;
    CHECK(thrd_create(&h->thread, holder_run, h) == thrd_success);
    while (!h->has)
        sleep_ms(1);
}

static void let_go(void *p) {
    ((struct holder *)p)->let_go = true;
}

static int n;

static int adder(void *m) {
    for (int i = 0; i < 3000; i++) {
        CHECK((i % 2 ? mtx_lock(m) : lock_in(m, 20000)) == thrd_success);
        int before = n;
        if (i % 100 == 0)
            thrd_yield();
        n = before + 1;
        CHECK(mtx_unlock(m) == thrd_success);
    }
    return 0;
}

static void mutexes(int type) {
    mtx_t m;
    struct holder h;
    thrd_t t[4];
    int result = 0;
    SAY("== mutex %d", type);
    C(mtx_init(&m, type));
    C(mtx_lock(&m));
    C(mtx_trylock(&m));
    if (type & mtx_recursive) {
        C(mtx_lock(&m));
        C(mtx_unlock(&m));
        C(mtx_unlock(&m));
    }
    C(mtx_unlock(&m));
    C(lock_odd(&m, -1));
    C(mtx_unlock(&m));
    C(lock_in(&m, -1000));
    C(mtx_unlock(&m));
    hold(&h, &m);
    C(mtx_trylock(&m));
    TAKES(30, C(lock_in(&m, 30)));
    AT_ONCE(C(lock_in(&m, -1000)));
    AT_ONCE(C(lock_odd(&m, 1000000000)));
    MEANWHILE(let_go, &h, C(mtx_lock(&m)));
    C(mtx_unlock(&m));
    C(thrd_join(h.thread, &result));
    R(result);
    hold(&h, &m);
    MEANWHILE(let_go, &h, C(lock_in(&m, 20000)));
    C(mtx_unlock(&m));
    C(thrd_join(h.thread, NULL));
    n = 0;
    for (int i = 0; i < 4; i++)
        CHECK(thrd_create(&t[i], adder, &m) == thrd_success);
    for (int i = 0; i < 4; i++)
        CHECK(thrd_join(t[i], NULL) == thrd_success);
    R(n);
    mtx_destroy(&m);
}

static mtx_t m;
static cnd_t c;
static int flag;

static void signal_one(void *unused) {
    mtx_lock(&m);
    flag = 1;
    cnd_signal(&c);
    mtx_unlock(&m);
}

static void signal_all(void *unused) {
    mtx_lock(&m);
    flag = 1;
    cnd_broadcast(&c);
    mtx_unlock(&m);
}

static int wait_flag(int ms) {
    int r = thrd_success;
    flag = 0;
    while (r == thrd_success && !flag)
        r = ms ? wait_in(&c, &m, ms) : cnd_wait(&c, &m);
    return r;
}

static void conditions(void) {
    SAY("== condition");
    C(mtx_init(&m, mtx_timed));
    C(cnd_init(&c));
    C(mtx_lock(&m));
    TAKES(30, C(wait_in(&c, &m, 30)));
    AT_ONCE(C(wait_in(&c, &m, -1000)));
    C(wait_odd(&c, &m, -1));
    C(mtx_trylock(&m));
    MEANWHILE(signal_one, NULL, C(wait_flag(0)));
    MEANWHILE(signal_all, NULL, C(wait_flag(0)));
    MEANWHILE(signal_one, NULL, C(wait_flag(20000)));
    C(mtx_trylock(&m));
    C(mtx_unlock(&m));
    cnd_destroy(&c);
}

static once_flag once = ONCE_FLAG_INIT;
static _Atomic int ran;

static void slow_run(void) {
    sleep_ms(20);
    ran++;
}

static int calls_once(void *unused) {
    call_once(&once, slow_run);
    return ran;
}

static int ends_early(void *unused) {
    thrd_exit(33);
}

static void threads(void) {
    thrd_t t[4];
    int result = 0;
    SAY("== threads");
    for (int i = 0; i < 4; i++)
        CHECK(thrd_create(&t[i], calls_once, NULL) == thrd_success);
    for (int i = 0; i < 4; i++) {
        C(thrd_join(t[i], &result));
        R(result);
    }
    C(thrd_create(&t[0], ends_early, NULL));
    C(thrd_join(t[0], &result));
    R(result);
    C(thrd_join(thrd_current(), NULL));
}

static void sleeps(void) {
    struct timespec time = spec_ms(30), odd = {0, -1}, zero = {0, 0}, rest = {99, 99};
    SAY("== sleep");
    TAKES(30, R(thrd_sleep(&time, NULL)));
    TAKES(30, R(thrd_sleep(&time, &rest)));
    SAY("rest %s", rest.tv_sec == 99 && rest.tv_nsec == 99 ? "as it was" : "written");
    R(thrd_sleep(&zero, NULL));
    R(thrd_sleep(&odd, NULL) < -1);
    for (int flags = 0; flags <= SA_RESTART; flags += SA_RESTART) {
        time = spec_ms(3000);
        rest = zero;
        handle(SIGALRM, flags);
        INTERRUPTED(R(thrd_sleep(&time, &rest)));
        int64_t ns = rest.tv_sec * INT64_C(1000000000) + rest.tv_nsec;
        SAY("rest %s", ns > 500 * NS_MS && ns < 3000 * NS_MS ? "is right" : "is wrong");
        time = spec_ms(3000);
        INTERRUPTED(R(thrd_sleep(&time, &time)));
        ns = time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
        SAY("rest %s", ns > 500 * NS_MS && ns < 3000 * NS_MS ? "is right" : "is wrong");
    }
}

int main(void) {
    mutexes(mtx_plain);
    mutexes(mtx_timed);
    mutexes(mtx_plain | mtx_recursive);
    mutexes(mtx_timed | mtx_recursive);
    conditions();
    threads();
    sleeps();
    return 0;
}
