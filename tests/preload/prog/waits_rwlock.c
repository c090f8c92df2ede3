/* waits_rwlock: read-write locks of every kind, by every function that locks one. */
#include "waits.h"

#include <sched.h>
#include <sys/mman.h>

typedef pthread_rwlock_t rwlock;

static int rd_in(rwlock *l, int ms) {
    struct timespec ts = in_ms(CLOCK_REALTIME, ms);
    return pthread_rwlock_timedrdlock(l, &ts);
}

static int wr_in(rwlock *l, int ms) {
    struct timespec ts = in_ms(CLOCK_REALTIME, ms);
    return pthread_rwlock_timedwrlock(l, &ts);
}

static int rd_in_monotonic(rwlock *l, int ms) {
    struct timespec ts = in_ms(CLOCK_MONOTONIC, ms);
    return pthread_rwlock_clockrdlock(l, CLOCK_MONOTONIC, &ts);
}

static int wr_in_monotonic(rwlock *l, int ms) {
    struct timespec ts = in_ms(CLOCK_MONOTONIC, ms);
    return pthread_rwlock_clockwrlock(l, CLOCK_MONOTONIC, &ts);
}

static int rd_odd(rwlock *l, long nsec) {
    struct timespec ts = {clock_ns(CLOCK_REALTIME) / 1000000000 + 1, nsec};
    return pthread_rwlock_timedrdlock(l, &ts);
}

static int wr_odd(rwlock *l, long nsec) {
    struct timespec ts = {clock_ns(CLOCK_REALTIME) / 1000000000 + 1, nsec};
    return pthread_rwlock_timedwrlock(l, &ts);
}

static int rd_by_odd_clock(rwlock *l) {
    struct timespec ts = in_ms(CLOCK_PROCESS_CPUTIME_ID, 1000);
    return pthread_rwlock_clockrdlock(l, CLOCK_PROCESS_CPUTIME_ID, &ts);
}

static int wr_by_odd_clock(rwlock *l) {
    struct timespec ts = in_ms(CLOCK_PROCESS_CPUTIME_ID, 1000);
    return pthread_rwlock_clockwrlock(l, CLOCK_PROCESS_CPUTIME_ID, &ts);
}

static int rd_late(rwlock *l) {
    return rd_in(l, 20000);
}

static int wr_late(rwlock *l) {
    return wr_in(l, 20000);
}

static int rd_late_monotonic(rwlock *l) {
    return rd_in_monotonic(l, 20000);
}

static int wr_late_monotonic(rwlock *l) {
    return wr_in_monotonic(l, 20000);
}

/* ---- another thread that holds it */

struct holder {
    rwlock *l;
    int (*lock)(rwlock *);
    pthread_t thread;
    struct blocker blocker;
    _Atomic bool has, let_go;
};

static void *holder_run(void *p) {
    struct holder *h = p;
    blocks_now(&h->blocker);
    CHECK(h->lock(h->l) == 0);
    h->has = true;
    while (!h->let_go)
        sleep_ms(1);
    CHECK(pthread_rwlock_unlock(h->l) == 0);
    return NULL;
}

static void begin(struct holder *h, rwlock *l, int (*lock)(rwlock *)) {
    *h = (struct holder){.l = l, .lock = lock};
    CHECK(pthread_create(&h->thread, NULL, holder_run, h) == 0);
}

static void hold(struct holder *h, rwlock *l, int (*lock)(rwlock *)) {
    begin(h, l, lock);
    while (!h->has)
        sleep_ms(1);
}

static void let_go(void *p) {
    ((struct holder *)p)->let_go = true;
}

static void end(struct holder *h) {
    h->let_go = true;
    CHECK(pthread_join(h->thread, NULL) == 0);
}

/* ---- the checks */

static void make(rwlock *l, int kind, int shared) {
    pthread_rwlockattr_t a;
    CHECK(pthread_rwlockattr_init(&a) == 0);
    CHECK(pthread_rwlockattr_setkind_np(&a, kind) == 0);
    CHECK(pthread_rwlockattr_setpshared(&a, shared) == 0);
    CHECK(pthread_rwlock_init(l, &a) == 0);
    pthread_rwlockattr_destroy(&a);
}

static void alone(rwlock *l) {
    E(pthread_rwlock_rdlock(l));
    E(pthread_rwlock_rdlock(l));
    E(pthread_rwlock_tryrdlock(l));
    E(pthread_rwlock_trywrlock(l));
    TAKES(20, E(wr_in(l, 20)));
    for (int i = 0; i < 3; i++)
        E(pthread_rwlock_unlock(l));
    E(pthread_rwlock_wrlock(l));
    E(pthread_rwlock_wrlock(l)); /* its own: EDEADLK */
    E(pthread_rwlock_rdlock(l));
    E(pthread_rwlock_tryrdlock(l));
    E(pthread_rwlock_trywrlock(l));
    AT_ONCE(E(rd_in(l, 1000)));
    AT_ONCE(E(wr_in(l, 1000)));
    AT_ONCE(E(rd_in_monotonic(l, 1000)));
    AT_ONCE(E(wr_in_monotonic(l, 1000)));
    E(pthread_rwlock_unlock(l));
    E(rd_odd(l, -1)); /* looked at although the lock is free */
    E(wr_odd(l, 1000000000));
    E(rd_by_odd_clock(l));
    E(wr_by_odd_clock(l));
    E(rd_in(l, -1000));
    E(pthread_rwlock_unlock(l));
    E(wr_in(l, -1000));
    E(pthread_rwlock_unlock(l));
    E(rd_in_monotonic(l, -1000));
    E(pthread_rwlock_unlock(l));
    E(wr_in_monotonic(l, -1000));
    E(pthread_rwlock_unlock(l));
}

static void held_for_writing(rwlock *l) {
    int (*all[])(rwlock *) = {pthread_rwlock_rdlock, pthread_rwlock_wrlock, rd_late, wr_late,
                              rd_late_monotonic,     wr_late_monotonic};
    struct holder h;
    hold(&h, l, pthread_rwlock_wrlock);
    E(pthread_rwlock_tryrdlock(l));
    E(pthread_rwlock_trywrlock(l));
    TAKES(20, E(rd_in(l, 20)));
    TAKES(20, E(wr_in(l, 20)));
    TAKES(20, E(rd_in_monotonic(l, 20)));
    TAKES(20, E(wr_in_monotonic(l, 20)));
    AT_ONCE(E(rd_in(l, -1000)));
    AT_ONCE(E(wr_in_monotonic(l, -1000)));
    AT_ONCE(E(rd_odd(l, 1000000000)));
    AT_ONCE(E(wr_odd(l, -1)));
    AT_ONCE(E(rd_by_odd_clock(l)));
    AT_ONCE(E(wr_by_odd_clock(l)));
    end(&h);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        hold(&h, l, pthread_rwlock_wrlock);
        MEANWHILE(let_go, &h, E(all[i](l)));
        E(pthread_rwlock_unlock(l));
        end(&h);
    }
}

/* Readers share; a writer has to wait for the last of them. Whether a reader that comes while a
 * writer waits gets in is what the kinds differ in. */
static void held_for_reading(rwlock *l) {
    int (*all[])(rwlock *) = {pthread_rwlock_wrlock, wr_late, wr_late_monotonic};
    struct holder h[3], writer;
    for (int i = 0; i < 3; i++)
        hold(&h[i], l, i == 0 ? pthread_rwlock_rdlock : i == 1 ? rd_late : rd_late_monotonic);
    E(pthread_rwlock_rdlock(l));
    E(pthread_rwlock_unlock(l));
    E(pthread_rwlock_trywrlock(l));
    TAKES(20, E(wr_in(l, 20)));
    TAKES(20, E(wr_in_monotonic(l, 20)));
    for (int i = 0; i < 2; i++)
        end(&h[i]);
    MEANWHILE(let_go, &h[2], E(pthread_rwlock_wrlock(l)));
    E(pthread_rwlock_unlock(l));
    end(&h[2]);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        hold(&h[0], l, pthread_rwlock_rdlock);
        begin(&writer, l, all[i]);
        until_blocked(&writer.blocker);
        R(writer.has);
        for (int j = 0; j < 2; j++) {
            int r = j ? pthread_rwlock_tryrdlock(l) : rd_in(l, 20);
            SAY("a reader while a writer waits: %s", error_name(r));
            if (r == 0)
                pthread_rwlock_unlock(l);
        }
        end(&h[0]);
        end(&writer);
    }
}

static struct {
    rwlock *l;
    _Atomic int readers, most, both;
    int n;
} adding;

static void *adder(void *seed) {
    unsigned x = (unsigned)(uintptr_t)seed;
    for (int i = 0; i < 4000; i++) {
        x = x * 1664525 + 1013904223;
        if (x >> 30) {
            int (*rd[])(rwlock *) = {pthread_rwlock_rdlock, rd_late, rd_late_monotonic};
            CHECK(rd[i % 3](adding.l) == 0);
            int before = adding.n;
            if (i % 64 == 0)
                sched_yield();
            adding.both += before != adding.n;
        } else {
            int (*wr[])(rwlock *) = {pthread_rwlock_wrlock, wr_late, wr_late_monotonic};
            CHECK(wr[i % 3](adding.l) == 0);
            int before = adding.n;
            if (i % 64 == 0)
                sched_yield();
            adding.both += before != adding.n;
            adding.n = before + 1;
            adding.most++;
        }
        CHECK(pthread_rwlock_unlock(adding.l) == 0);
    }
    return NULL;
}

static void add(rwlock *l) {
    pthread_t t[4];
    adding.l = l;
    adding.n = adding.most = adding.both = 0;
    for (int i = 0; i < 4; i++)
        CHECK(pthread_create(&t[i], NULL, adder, (void *)(uintptr_t)(i + 1)) == 0);
    for (int i = 0; i < 4; i++)
        CHECK(pthread_join(t[i], NULL) == 0);
    SAY("added %s, seen while written %d", adding.n == adding.most ? "all" : "not all",
        (int)adding.both);
}

static void processes(int kind) {
    struct {
        rwlock l;
        int n;
    } *s = mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(s != MAP_FAILED);
    make(&s->l, kind, PTHREAD_PROCESS_SHARED);
    pid_t pid[3];
    for (int i = 0; i < 3; i++)
        if ((pid[i] = fork()) == 0) {
            for (int j = 0; j < 1000; j++) {
                CHECK(pthread_rwlock_wrlock(&s->l) == 0);
                int n = s->n;
                if (j % 50 == 0)
                    sched_yield();
                s->n = n + 1;
                CHECK(pthread_rwlock_unlock(&s->l) == 0);
                CHECK(pthread_rwlock_rdlock(&s->l) == 0 && s->n > n);
                CHECK(pthread_rwlock_unlock(&s->l) == 0);
            }
            _exit(0);
        }
    for (int i = 0; i < 3; i++)
        R(status_of(pid[i]));
    SAY("added %d", s->n);
    munmap(s, sizeof *s);
}

int main(void) {
    for (int kind = 0; kind < 3; kind++) {
        rwlock l;
        SAY("== kind %d", kind);
        make(&l, kind, 0);
        alone(&l);
        held_for_writing(&l);
        add(&l);
        processes(kind);
        held_for_reading(&l);
        E(pthread_rwlock_destroy(&l));
    }
    static rwlock l = PTHREAD_RWLOCK_INITIALIZER,
                  w = PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP;
    SAY("== static");
    alone(&l);
    held_for_writing(&l);
    alone(&w);
    held_for_writing(&w);
    return 0;
}
