/* waits_cond [old]: condition variables. `old`: those of symbol version GLIBC_2.2.5, another
 * structure with other functions, which old programs still reach. */
#include "waits.h"

#include <dlfcn.h>
#include <sys/mman.h>

/* The functions under test, of one version. */
static struct {
    int (*init)(pthread_cond_t *, const pthread_condattr_t *);
    int (*destroy)(pthread_cond_t *);
    int (*wait)(pthread_cond_t *, pthread_mutex_t *);
    int (*timedwait)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);
    int (*signal)(pthread_cond_t *);
    int (*broadcast)(pthread_cond_t *);
} cond;

#define OLD(result, name, ...)                                                                     \
    result old_##name(__VA_ARGS__);                                                                \
    __asm__(".symver old_" #name ", pthread_cond_" #name "@GLIBC_2.2.5");
OLD(int, init, pthread_cond_t *, const pthread_condattr_t *)
OLD(int, destroy, pthread_cond_t *)
OLD(int, wait, pthread_cond_t *, pthread_mutex_t *)
OLD(int, timedwait, pthread_cond_t *, pthread_mutex_t *, const struct timespec *)
OLD(int, signal, pthread_cond_t *)
OLD(int, broadcast, pthread_cond_t *)

static pthread_mutex_t m = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP;

static int wait_in(pthread_cond_t *c, int ms) {
    struct timespec ts = in_ms(CLOCK_REALTIME, ms);
    return cond.timedwait(c, &m, &ts);
}

static int wait_in_monotonic(pthread_cond_t *c, int ms) {
    struct timespec ts = in_ms(CLOCK_MONOTONIC, ms);
    return cond.timedwait(c, &m, &ts);
}

static int clockwait_in(pthread_cond_t *c, clockid_t clock, int ms) {
    struct timespec ts = in_ms(clock, ms);
    return pthread_cond_clockwait(c, &m, clock, &ts);
}

static int wait_odd(pthread_cond_t *c, long nsec) {
    struct timespec ts = {clock_ns(CLOCK_REALTIME) / 1000000000 + 1, nsec};
    return cond.timedwait(c, &m, &ts);
}

/* EPERM of the error-checking mutex says whether the caller has it. */
static void say_owner(void) {
    int r = pthread_mutex_lock(&m);
    SAY("    mutex: %s", r == EDEADLK ? "mine" : error_name(r));
    if (r == 0)
        pthread_mutex_unlock(&m);
}

/* ---- waits that are ended by another thread */

static int flag;

static void signal_one(void *c) {
    pthread_mutex_lock(&m);
    flag = 1;
    cond.signal(c);
    pthread_mutex_unlock(&m);
}

static void signal_all(void *c) {
    pthread_mutex_lock(&m);
    flag = 1;
    cond.broadcast(c);
    pthread_mutex_unlock(&m);
}

static int wait_flag(pthread_cond_t *c) {
    int r = 0;
    flag = 0;
    while (r == 0 && !flag)
        r = cond.wait(c, &m);
    return r;
}

static int wait_flag_in(pthread_cond_t *c, int ms) {
    int r = 0;
    flag = 0;
    while (r == 0 && !flag)
        r = wait_in(c, ms);
    return r;
}

static int clockwait_flag_in(pthread_cond_t *c, clockid_t clock, int ms) {
    int r = 0;
    flag = 0;
    while (r == 0 && !flag)
        r = clockwait_in(c, clock, ms);
    return r;
}

static void waits(pthread_cond_t *c) {
    E(pthread_mutex_lock(&m));
    TAKES(30, E(wait_in(c, 30)));
    say_owner();
    AT_ONCE(E(wait_in(c, -1000)));
    say_owner();
    E(wait_odd(c, -1));
    say_owner();
    E(wait_odd(c, 1000000000));
    say_owner();
    MEANWHILE(signal_one, c, E(wait_flag(c)));
    say_owner();
    MEANWHILE(signal_all, c, E(wait_flag(c)));
    MEANWHILE(signal_one, c, E(wait_flag_in(c, 20000)));
    MEANWHILE(signal_all, c, E(wait_flag_in(c, 20000)));
    say_owner();
    E(pthread_mutex_unlock(&m));
    E(cond.wait(c, &m)); /* without the mutex */
    E(wait_in(c, 1000));
}

static void clockwaits(pthread_cond_t *c) {
    E(pthread_mutex_lock(&m));
    TAKES(30, E(clockwait_in(c, CLOCK_MONOTONIC, 30)));
    TAKES(30, E(clockwait_in(c, CLOCK_REALTIME, 30)));
    say_owner();
    AT_ONCE(E(clockwait_in(c, CLOCK_MONOTONIC, -1000)));
    E(clockwait_in(c, CLOCK_PROCESS_CPUTIME_ID, 1000));
    E(clockwait_in(c, 99, 1000));
    say_owner();
    MEANWHILE(signal_one, c, E(clockwait_flag_in(c, CLOCK_MONOTONIC, 20000)));
    MEANWHILE(signal_all, c, E(clockwait_flag_in(c, CLOCK_REALTIME, 20000)));
    say_owner();
    E(pthread_mutex_unlock(&m));
    E(clockwait_in(c, CLOCK_MONOTONIC, 1000));
}

/* No wait ends because of a handler. */
static void alarm_then_signal(void *thread_and_cond) {
    void **p = thread_and_cond;
    pthread_kill(*(pthread_t *)p[0], SIGALRM);
    sleep_ms(10);
    signal_one(p[1]);
}

static void interrupted(pthread_cond_t *c) {
    pthread_t self = pthread_self();
    void *both[] = {&self, c};
    handle(SIGALRM, 0);
    handled = 0;
    E(pthread_mutex_lock(&m));
    MEANWHILE(alarm_then_signal, both, E(wait_flag(c)));
    R(handled);
    MEANWHILE(alarm_then_signal, both, E(wait_flag_in(c, 20000)));
    R(handled);
    MEANWHILE(alarm_thread, &self, TAKES(60, E(wait_flag_in(c, 60))));
    R(handled);
    E(pthread_mutex_unlock(&m));
}

/* ---- ball games */

static struct {
    pthread_cond_t c[2];
    int turn, n;
} ball;

static void *player(void *number) {
    int me = (int)(intptr_t)number;
    for (int i = 0; i < 1000; i++) {
        CHECK(pthread_mutex_lock(&m) == 0);
        while (ball.turn != me)
            CHECK((i % 2 ? cond.wait(&ball.c[me], &m) : wait_in(&ball.c[me], 20000)) == 0);
        ball.n++;
        ball.turn = !me;
        CHECK((i % 3 ? cond.signal : cond.broadcast)(&ball.c[!me]) == 0);
        CHECK(pthread_mutex_unlock(&m) == 0);
    }
    return NULL;
}

static void play(void) {
    pthread_t t[2];
    memset(&ball, 0, sizeof ball);
    for (int i = 0; i < 2; i++)
        CHECK(cond.init(&ball.c[i], NULL) == 0);
    for (int i = 0; i < 2; i++)
        CHECK(pthread_create(&t[i], NULL, player, (void *)(intptr_t)i) == 0);
    for (int i = 0; i < 2; i++)
        CHECK(pthread_join(t[i], NULL) == 0);
    SAY("played %d", ball.n);
    for (int i = 0; i < 2; i++)
        E(cond.destroy(&ball.c[i]));
}

/* One broadcast, many waiters. */
static pthread_cond_t gate;
static int gate_open, waiting, through;

static void *visitor(void *number) {
    CHECK(pthread_mutex_lock(&m) == 0);
    waiting++;
    while (!gate_open)
        CHECK(((intptr_t)number % 2 ? cond.wait(&gate, &m) : wait_in(&gate, 20000)) == 0);
    through++;
    CHECK(pthread_mutex_unlock(&m) == 0);
    return NULL;
}

static void open_gate(void) {
    pthread_t t[20];
    int all = 0;
    gate_open = waiting = through = 0;
    CHECK(cond.init(&gate, NULL) == 0);
    for (int i = 0; i < 20; i++)
        CHECK(pthread_create(&t[i], NULL, visitor, (void *)(intptr_t)i) == 0);
    while (all < 20) {
        sleep_ms(1);
        CHECK(pthread_mutex_lock(&m) == 0);
        all = waiting;
        CHECK(pthread_mutex_unlock(&m) == 0);
    }
    CHECK(pthread_mutex_lock(&m) == 0);
    R(through);
    gate_open = 1;
    E(cond.broadcast(&gate));
    CHECK(pthread_mutex_unlock(&m) == 0);
    for (int i = 0; i < 20; i++)
        CHECK(pthread_join(t[i], NULL) == 0);
    R(through);
    E(cond.destroy(&gate));
}

/* ---- processes, clocks, kinds of mutex */

static void processes(void) {
    struct {
        pthread_cond_t c;
        pthread_mutex_t m;
        int turn, n;
    } *s = mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pthread_condattr_t ca;
    pthread_mutexattr_t ma;
    CHECK(s != MAP_FAILED);
    pthread_condattr_init(&ca);
    pthread_condattr_setpshared(&ca, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_init(&ma);
    pthread_mutexattr_setpshared(&ma, PTHREAD_PROCESS_SHARED);
    E(cond.init(&s->c, &ca));
    E(pthread_mutex_init(&s->m, &ma));
    pid_t child = fork();
    for (int i = 0; i < 500; i++) {
        CHECK(pthread_mutex_lock(&s->m) == 0);
        while (s->turn != (child == 0))
            CHECK(cond.wait(&s->c, &s->m) == 0);
        s->n++;
        s->turn = child != 0;
        CHECK(cond.broadcast(&s->c) == 0);
        CHECK(pthread_mutex_unlock(&s->m) == 0);
    }
    if (child == 0)
        _exit(0);
    R(status_of(child));
    R(s->n);
    munmap(s, sizeof *s);
}

static void monotonic(void) {
    pthread_cond_t c;
    pthread_condattr_t a;
    pthread_condattr_init(&a);
    E(pthread_condattr_setclock(&a, CLOCK_MONOTONIC));
    E(cond.init(&c, &a));
    E(pthread_mutex_lock(&m));
    TAKES(30, E(wait_in_monotonic(&c, 30)));
    AT_ONCE(E(wait_in_monotonic(&c, -1000)));
    TAKES(30, E(clockwait_in(&c, CLOCK_REALTIME, 30)));
    E(pthread_mutex_unlock(&m));
    E(cond.destroy(&c));
}

static void recursive_mutex(void) {
    static pthread_mutex_t deep = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
    pthread_cond_t c;
    struct timespec ts = in_ms(CLOCK_REALTIME, 10);
    CHECK(cond.init(&c, NULL) == 0);
    E(pthread_mutex_lock(&deep));
    E(cond.timedwait(&c, &deep, &ts));
    E(pthread_mutex_unlock(&deep));
    E(pthread_mutex_unlock(&deep));
    E(cond.destroy(&c));
}

static void direct(int old) {
    cond.init = old ? old_init : pthread_cond_init;
    cond.destroy = old ? old_destroy : pthread_cond_destroy;
    cond.wait = old ? old_wait : pthread_cond_wait;
    cond.timedwait = old ? old_timedwait : pthread_cond_timedwait;
    cond.signal = old ? old_signal : pthread_cond_signal;
    cond.broadcast = old ? old_broadcast : pthread_cond_broadcast;
}

static void *find(void *from, const char *name, const char *version) {
    void *fn = version ? dlvsym(from, name, version) : dlsym(from, name);
    CHECK(fn);
    return fn;
}

static void found(void *from, const char *version) {
    *(void **)&cond.init = find(from, "pthread_cond_init", version);
    *(void **)&cond.destroy = find(from, "pthread_cond_destroy", version);
    *(void **)&cond.wait = find(from, "pthread_cond_wait", version);
    *(void **)&cond.timedwait = find(from, "pthread_cond_timedwait", version);
    *(void **)&cond.signal = find(from, "pthread_cond_signal", version);
    *(void **)&cond.broadcast = find(from, "pthread_cond_broadcast", version);
}

static void one_set(const char *what, int old) {
    pthread_cond_t c;
    SAY("== %s", what);
    E(cond.init(&c, NULL));
    waits(&c);
    interrupted(&c);
    if (!old)
        clockwaits(&c);
    E(cond.destroy(&c));
    play();
    open_gate();
    recursive_mutex();
    if (!old) {
        processes();
        monotonic();
    }
}

int main(int argc, char **argv) {
    int old = argc > 1;
    const char *version = old ? "GLIBC_2.2.5" : "GLIBC_2.3.2";
    direct(old);
    one_set("referenced", old);
    found(RTLD_DEFAULT, version);
    one_set("found by dlvsym", old);
    found(dlopen(NULL, RTLD_NOW), version);
    one_set("found by dlvsym in a handle", old);
    if (!old) { /* without a version the default one is found */
        found(RTLD_DEFAULT, NULL);
        one_set("found by dlsym", old);
    } else { /* of zeros, without init: as PTHREAD_COND_INITIALIZER was */
        static pthread_cond_t zeros;
        E(pthread_mutex_lock(&m));
        TAKES(20, E(wait_in(&zeros, 20)));
        MEANWHILE(signal_one, &zeros, E(wait_flag(&zeros)));
        E(pthread_mutex_unlock(&m));
        E(cond.destroy(&zeros));
    }
    return 0;
}
