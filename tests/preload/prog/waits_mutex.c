/* waits_mutex [ceiling]: every kind of mutex, by every function that locks one: results, errno and
 * times. `ceiling`: the kind with a priority ceiling, for which a thread needs the right to a
 * priority. */
#include "waits.h"

#include <sched.h>
#include <sys/mman.h>

static const char *const type_names[] = {"normal", "recursive", "errorcheck", "adaptive"};

struct kind {
    int type, robust, protocol, shared;
};

static void make(pthread_mutex_t *m, struct kind k) {
    pthread_mutexattr_t a;
    CHECK(pthread_mutexattr_init(&a) == 0);
    CHECK(pthread_mutexattr_settype(&a, k.type) == 0);
    CHECK(pthread_mutexattr_setrobust(&a, k.robust) == 0);
    CHECK(pthread_mutexattr_setprotocol(&a, k.protocol) == 0);
    CHECK(pthread_mutexattr_setpshared(&a, k.shared) == 0);
    if (k.protocol == PTHREAD_PRIO_PROTECT)
        CHECK(pthread_mutexattr_setprioceiling(&a, 10) == 0);
    CHECK(pthread_mutex_init(m, &a) == 0);
    pthread_mutexattr_destroy(&a);
}

/* ---- what another thread does */

struct other {
    pthread_mutex_t *m;
    int (*fn)(pthread_mutex_t *);
    int result;
};

static void *other_run(void *p) {
    struct other *o = p;
    o->result = o->fn(o->m);
    return NULL;
}

static int other_thread(int (*fn)(pthread_mutex_t *), pthread_mutex_t *m) {
    struct other o = {m, fn, -1};
    pthread_t t;
    CHECK(pthread_create(&t, NULL, other_run, &o) == 0);
    CHECK(pthread_join(t, NULL) == 0);
    return o.result;
}

static int try_and_let_go(pthread_mutex_t *m) {
    int r = pthread_mutex_trylock(m);
    if (r == 0)
        pthread_mutex_unlock(m);
    return r;
}

static int lock_in(pthread_mutex_t *m, int ms) {
    struct timespec ts = in_ms(CLOCK_REALTIME, ms);
    return pthread_mutex_timedlock(m, &ts);
}

static int lock_in_monotonic(pthread_mutex_t *m, int ms) {
    struct timespec ts = in_ms(CLOCK_MONOTONIC, ms);
    return pthread_mutex_clocklock(m, CLOCK_MONOTONIC, &ts);
}

static int lock_odd(pthread_mutex_t *m, long nsec) {
    struct timespec ts = {clock_ns(CLOCK_REALTIME) / 1000000000 + 1, nsec};
    return pthread_mutex_timedlock(m, &ts);
}

static int lock_odd_monotonic(pthread_mutex_t *m, long nsec) {
    struct timespec ts = {clock_ns(CLOCK_MONOTONIC) / 1000000000 + 1, nsec};
    return pthread_mutex_clocklock(m, CLOCK_MONOTONIC, &ts);
}

static int lock_by_odd_clock(pthread_mutex_t *m) {
    struct timespec ts = in_ms(CLOCK_PROCESS_CPUTIME_ID, 1000);
    return pthread_mutex_clocklock(m, CLOCK_PROCESS_CPUTIME_ID, &ts);
}

static int hold_and_die(pthread_mutex_t *m) {
    return pthread_mutex_lock(m);
}

/* Holds the mutex until `let_go`. */
struct holder {
    pthread_mutex_t *m;
    pthread_t thread;
    _Atomic bool has, let_go, keep;
};

static void *holder_run(void *p) {
    struct holder *h = p;
    CHECK(pthread_mutex_lock(h->m) == 0);
    h->has = true;
    while (!h->let_go)
        sleep_ms(1);
    if (!h->keep)
        CHECK(pthread_mutex_unlock(h->m) == 0);
    return NULL;
}

static void hold(struct holder *h, pthread_mutex_t *m) {
    *h = (struct holder){.m = m};
    CHECK(pthread_create(&h->thread, NULL, holder_run, h) == 0);
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

static void held_by_other(pthread_mutex_t *m, int robust) {
    struct holder h;
    hold(&h, m);
    E(pthread_mutex_trylock(m));
    TAKES(30, E(lock_in(m, 30)));
    TAKES(30, E(lock_in_monotonic(m, 30)));
    AT_ONCE(E(lock_in(m, -1000)));
    AT_ONCE(E(lock_in_monotonic(m, -1000)));
    AT_ONCE(E(lock_odd(m, -1)));
    AT_ONCE(E(lock_odd(m, 1000000000)));
    AT_ONCE(E(lock_odd_monotonic(m, 1000000000)));
    AT_ONCE(E(lock_by_odd_clock(m)));
    if (!robust) /* libc destroys those, held or not */
        E(pthread_mutex_destroy(m));
    MEANWHILE(let_go, &h, E(pthread_mutex_lock(m)));
    E(pthread_mutex_unlock(m));
    end(&h);
    hold(&h, m);
    MEANWHILE(let_go, &h, E(lock_in(m, 20000)));
    E(pthread_mutex_unlock(m));
    end(&h);
    hold(&h, m);
    MEANWHILE(let_go, &h, E(lock_in_monotonic(m, 20000)));
    E(pthread_mutex_unlock(m));
    end(&h);
}

static void free_or_own(pthread_mutex_t *m, int type) {
    E(pthread_mutex_lock(m));
    E(other_thread(pthread_mutex_trylock, m));
    E(pthread_mutex_unlock(m));
    E(lock_in(m, 1000));
    E(pthread_mutex_unlock(m));
    E(lock_in_monotonic(m, -1000));
    E(pthread_mutex_unlock(m));
    E(lock_odd(m, -1));
    E(pthread_mutex_unlock(m));
    E(lock_odd_monotonic(m, 1000000000));
    E(pthread_mutex_unlock(m));
    AT_ONCE(E(lock_by_odd_clock(m)));
    E(pthread_mutex_trylock(m));
    E(pthread_mutex_trylock(m));
    if (type == PTHREAD_MUTEX_RECURSIVE) {
        E(pthread_mutex_lock(m));
        E(lock_in(m, 1000));
        E(lock_in_monotonic(m, -1000));
        for (int i = 0; i < 4; i++) {
            E(pthread_mutex_unlock(m));
            E(other_thread(try_and_let_go, m));
        }
    } else if (type == PTHREAD_MUTEX_ERRORCHECK) {
        E(pthread_mutex_lock(m));
        E(lock_in(m, 1000));
        E(lock_in_monotonic(m, 1000));
        E(lock_odd(m, -1));
    } else {
        TAKES(20, E(lock_in(m, 20)));
    }
    if (type == PTHREAD_MUTEX_RECURSIVE || type == PTHREAD_MUTEX_ERRORCHECK)
        E(other_thread(pthread_mutex_unlock, m));
    E(pthread_mutex_unlock(m));
    if (type == PTHREAD_MUTEX_RECURSIVE || type == PTHREAD_MUTEX_ERRORCHECK)
        E(pthread_mutex_unlock(m));
    E(other_thread(try_and_let_go, m));
}

/* Four threads that add, by all the ways to lock. */
static struct {
    pthread_mutex_t *m;
    int n, errors;
} adding;

static void *adder(void *unused) {
    for (int i = 0; i < 3000; i++) {
        int r = i % 3 == 0   ? pthread_mutex_lock(adding.m)
                : i % 3 == 1 ? lock_in(adding.m, 20000)
                             : lock_in_monotonic(adding.m, 20000);
        int n = adding.n;
        if (i % 100 == 0)
            sched_yield();
        adding.n = n + 1;
        adding.errors += r != 0;
        adding.errors += pthread_mutex_unlock(adding.m) != 0;
    }
    return NULL;
}

static void add(pthread_mutex_t *m) {
    pthread_t t[4];
    adding.m = m;
    adding.n = adding.errors = 0;
    for (int i = 0; i < 4; i++)
        CHECK(pthread_create(&t[i], NULL, adder, NULL) == 0);
    for (int i = 0; i < 4; i++)
        CHECK(pthread_join(t[i], NULL) == 0);
    SAY("added %d, errors %d", adding.n, adding.errors);
}

/* ---- robust */

static void owner_dies(pthread_mutex_t *m, int type) {
    E(other_thread(hold_and_die, m));
    E(pthread_mutex_lock(m));
    if (type == PTHREAD_MUTEX_RECURSIVE || type == PTHREAD_MUTEX_ERRORCHECK)
        E(pthread_mutex_lock(m));
    if (type == PTHREAD_MUTEX_RECURSIVE)
        E(pthread_mutex_unlock(m));
    E(pthread_mutex_consistent(m));
    E(pthread_mutex_consistent(m));
    E(pthread_mutex_unlock(m));
    E(other_thread(hold_and_die, m));
    E(pthread_mutex_trylock(m));
    E(pthread_mutex_consistent(m));
    E(pthread_mutex_unlock(m));
    E(other_thread(hold_and_die, m));
    E(lock_in(m, 1000));
    E(pthread_mutex_consistent(m));
    E(pthread_mutex_unlock(m));
    E(other_thread(hold_and_die, m));
    E(lock_in_monotonic(m, -1000));
    E(pthread_mutex_consistent(m));
    E(pthread_mutex_unlock(m));

    struct holder h; /* who waits while it dies */
    for (int how = 0; how < 3; how++) {
        hold(&h, m);
        h.keep = true;
        MEANWHILE(let_go, &h,
                  E(how == 0   ? pthread_mutex_lock(m)
                    : how == 1 ? lock_in(m, 20000)
                               : lock_in_monotonic(m, 20000)));
        end(&h);
        E(pthread_mutex_consistent(m));
        E(pthread_mutex_unlock(m));
    }

    E(other_thread(hold_and_die, m)); /* and nobody makes it consistent */
    E(pthread_mutex_lock(m));
    E(pthread_mutex_unlock(m));
    E(pthread_mutex_lock(m));
    E(other_thread(pthread_mutex_lock, m));
    E(lock_in(m, 1000));
    E(lock_in_monotonic(m, 1000));
    E(pthread_mutex_lock(m));
    E(other_thread(pthread_mutex_lock, m));
    E(pthread_mutex_consistent(m));
    E(pthread_mutex_trylock(m)); /* the last: libc leaves the mutex taken */
}

/* ---- processes */

struct shared {
    pthread_mutex_t m;
    _Atomic int n, has;
    int plain;
};

static void child_end(void *child) {
    kill(*(pid_t *)child, SIGKILL);
}

static void processes(struct kind k) {
    struct shared *s =
        mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(s != MAP_FAILED);
    k.shared = PTHREAD_PROCESS_SHARED;
    make(&s->m, k);
    pid_t pid[3];
    for (int i = 0; i < 3; i++)
        if ((pid[i] = fork()) == 0) {
            for (int j = 0; j < 1000; j++) {
                if (pthread_mutex_lock(&s->m) != 0)
                    _exit(1);
                int n = s->plain;
                if (j % 50 == 0)
                    sched_yield();
                s->plain = n + 1;
                if (pthread_mutex_unlock(&s->m) != 0)
                    _exit(2);
            }
            _exit(0);
        }
    for (int i = 0; i < 3; i++)
        R(status_of(pid[i]));
    SAY("added %d", s->plain);
    if (k.robust) {
        pid_t child = fork();
        if (child == 0) {
            if (pthread_mutex_lock(&s->m) == 0)
                s->has = 1;
            for (;;)
                pause();
        }
        while (!s->has)
            sleep_ms(1);
        E(pthread_mutex_trylock(&s->m));
        MEANWHILE(child_end, &child, E(pthread_mutex_lock(&s->m)));
        E(pthread_mutex_consistent(&s->m));
        E(pthread_mutex_unlock(&s->m));
        R(status_of(child));
        if ((child = fork()) == 0)
            _exit(pthread_mutex_lock(&s->m));
        R(status_of(child));
        TAKES(0, E(lock_in(&s->m, 1000)));
        E(pthread_mutex_consistent(&s->m));
        E(pthread_mutex_unlock(&s->m));
    }
    E(pthread_mutex_destroy(&s->m));
    munmap(s, sizeof *s);
}

static void all_of(struct kind k) {
    pthread_mutex_t m;
    SAY("== %s%s%s", type_names[k.type], k.robust ? " robust" : "",
        k.protocol == PTHREAD_PRIO_INHERIT ? " inheriting" : "");
    make(&m, k);
    free_or_own(&m, k.type);
    held_by_other(&m, k.robust);
    add(&m);
    if (k.robust)
        owner_dies(&m, k.type);
    E(pthread_mutex_destroy(&m));
    processes(k);
}

/* ---- static ones */

static pthread_mutex_t of_zeros, normal = PTHREAD_MUTEX_INITIALIZER,
                                 recursive = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP,
                                 errorcheck = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP,
                                 adaptive = PTHREAD_ADAPTIVE_MUTEX_INITIALIZER_NP;

static void statics(void) {
    pthread_mutex_t *all[] = {&of_zeros, &normal, &recursive, &errorcheck, &adaptive};
    SAY("== static");
    for (int i = 0; i < 5; i++) {
        E(pthread_mutex_lock(all[i]));
        E(other_thread(pthread_mutex_trylock, all[i]));
        E(pthread_mutex_unlock(all[i]));
        held_by_other(all[i], 0);
        E(pthread_mutex_destroy(all[i]));
    }
}

/* ---- with a ceiling */

static void priority(int value) {
    struct sched_param p = {value};
    int r = pthread_setschedparam(pthread_self(), value ? SCHED_FIFO : SCHED_OTHER, &p);
    if (r != 0) {
        printf("no right to a priority: %s\n", strerror(r));
        exit(77);
    }
}

static int priority_now(void) {
    struct sched_param p;
    return sched_getparam((pid_t)syscall(SYS_gettid), &p) == 0 ? p.sched_priority : -1;
}

static void *ceiling_of_type(void *number) {
    pthread_mutex_t m;
    int ceiling, type = (int)(intptr_t)number;
    SAY("== %s with a ceiling", type_names[type]);
    make(&m, (struct kind){type, 0, PTHREAD_PRIO_PROTECT, 0});
    priority(5);
    R(priority_now());
    E(pthread_mutex_lock(&m));
    R(priority_now());
    E(pthread_mutex_unlock(&m));
    R(priority_now());
    E(pthread_mutex_getprioceiling(&m, &ceiling));
    E(pthread_mutex_setprioceiling(&m, 12, &ceiling));
    R(ceiling);
    E(lock_in(&m, 1000));
    R(priority_now());
    E(pthread_mutex_unlock(&m));
    E(lock_in_monotonic(&m, 1000));
    E(pthread_mutex_trylock(&m));
    if (type == PTHREAD_MUTEX_RECURSIVE)
        E(pthread_mutex_unlock(&m));
    if (type == PTHREAD_MUTEX_RECURSIVE || type == PTHREAD_MUTEX_ERRORCHECK)
        E(pthread_mutex_lock(&m));
    if (type == PTHREAD_MUTEX_RECURSIVE)
        E(pthread_mutex_unlock(&m));
    E(pthread_mutex_unlock(&m));
    held_by_other(&m, 0);
    add(&m);
    priority(20); /* above the ceiling */
    E(pthread_mutex_lock(&m));
    E(pthread_mutex_trylock(&m));
    E(lock_in(&m, 1000));
    E(lock_in_monotonic(&m, 1000));
    R(priority_now());
    E(pthread_mutex_destroy(&m));
    return NULL;
}

/* A thread each, since libc keeps what ceilings did to a thread's priority. */
static void ceilings(void) {
    priority(0);
    for (int type = 0; type < 4; type++) {
        pthread_t t;
        CHECK(pthread_create(&t, NULL, ceiling_of_type, (void *)(intptr_t)type) == 0);
        CHECK(pthread_join(t, NULL) == 0);
    }
}

int main(int argc, char **argv) {
    if (argc > 1) {
        ceilings();
        return 0;
    }
    for (int type = 0; type < 4; type++)
        for (int robust = 0; robust < 2; robust++)
            for (int inherits = 0; inherits < 2; inherits++)
                all_of((struct kind){type, robust,
                                     inherits ? PTHREAD_PRIO_INHERIT : PTHREAD_PRIO_NONE, 0});
    statics();
    return 0;
}
