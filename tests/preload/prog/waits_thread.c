/* waits_thread: joins, barriers, spin locks, pthread_once, semaphores. */
#include "waits.h"

#include <fcntl.h>
#include <semaphore.h>
#include <sys/mman.h>

/* ---- join */

static _Atomic bool let_go;

static void *held(void *result) {
    while (!let_go)
        sleep_ms(1);
    return result;
}

static void *quick(void *result) {
    return result;
}

static void *exits(void *result) {
    pthread_exit(result);
}

static void *cancelled(void *result) {
    for (;;)
        pause();
    return result;
}

static void open_it(void *unused) {
    let_go = true;
}

static pthread_t start(void *(*fn)(void *), intptr_t result) {
    pthread_t t;
    let_go = false;
    CHECK(pthread_create(&t, NULL, fn, (void *)result) == 0);
    return t;
}

static int timedjoin_in(pthread_t t, void **result, int ms) {
    struct timespec ts = in_ms(CLOCK_REALTIME, ms);
    return pthread_timedjoin_np(t, result, &ts);
}

static int clockjoin_in(pthread_t t, void **result, clockid_t clock, int ms) {
    struct timespec ts = in_ms(clock, ms);
    return pthread_clockjoin_np(t, result, clock, &ts);
}

static void joins(void) {
    void *result = NULL;
    pthread_t t = start(held, 11);
    SAY("== join");
    E(pthread_tryjoin_np(t, &result));
    TAKES(30, E(timedjoin_in(t, &result, 30)));
    TAKES(30, E(clockjoin_in(t, &result, CLOCK_MONOTONIC, 30)));
    AT_ONCE(E(timedjoin_in(t, &result, -1000)));
    E(clockjoin_in(t, &result, CLOCK_PROCESS_CPUTIME_ID, 1000));
    R(result);
    MEANWHILE(open_it, NULL, E(pthread_join(t, &result)));
    R(result);
    t = start(held, 12);
    MEANWHILE(open_it, NULL, E(timedjoin_in(t, &result, 20000)));
    R(result);
    t = start(held, 13);
    MEANWHILE(open_it, NULL, E(clockjoin_in(t, &result, CLOCK_MONOTONIC, 20000)));
    R(result);
    t = start(held, 14);
    MEANWHILE(open_it, NULL, E(pthread_timedjoin_np(t, &result, NULL)));
    R(result);
    t = start(exits, 15);
    E(pthread_join(t, &result));
    R(result);
    t = start(cancelled, 0);
    E(pthread_cancel(t));
    E(pthread_join(t, &result));
    R(result == PTHREAD_CANCELED);
    t = start(quick, 16);
    while (pthread_tryjoin_np(t, &result) == EBUSY)
        sleep_ms(1);
    R(result);
    E(pthread_join(pthread_self(), NULL));
    E(timedjoin_in(pthread_self(), NULL, 1000));
    E(pthread_tryjoin_np(pthread_self(), NULL));
    t = start(held, 17); /* detached */
    E(pthread_detach(t));
    E(pthread_join(t, NULL));
    E(timedjoin_in(t, NULL, 1000));
    open_it(NULL);
    for (int i = 0, errors = 0; i < 300; i++) {
        t = start(i % 2 ? quick : exits, i);
        errors += (i % 3 ? pthread_join(t, &result) : timedjoin_in(t, &result, 20000)) != 0;
        errors += (intptr_t)result != i;
        if (i == 299)
            R(errors);
    }
}

/* ---- barrier */

static pthread_barrier_t barrier;
static _Atomic int serial, zero, other;

static void *meets(void *unused) {
    for (int i = 0; i < 200; i++) {
        int r = pthread_barrier_wait(&barrier);
        atomic_fetch_add(r == PTHREAD_BARRIER_SERIAL_THREAD ? &serial : r == 0 ? &zero : &other, 1);
    }
    return NULL;
}

static void barriers(void) {
    pthread_t t[4];
    SAY("== barrier");
    for (int n = 1; n <= 4; n++) {
        serial = zero = other = 0;
        E(pthread_barrier_init(&barrier, NULL, (unsigned)n));
        for (int i = 0; i < n; i++)
            CHECK(pthread_create(&t[i], NULL, meets, NULL) == 0);
        for (int i = 0; i < n; i++)
            CHECK(pthread_join(t[i], NULL) == 0);
        SAY("%d threads: serial %d, others %d, errors %d", n, serial, zero, other);
        E(pthread_barrier_destroy(&barrier));
    }
    E(pthread_barrier_init(&barrier, NULL, 0));
    pthread_barrierattr_t a;
    pthread_barrier_t *shared =
        mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(shared != MAP_FAILED);
    pthread_barrierattr_init(&a);
    pthread_barrierattr_setpshared(&a, PTHREAD_PROCESS_SHARED);
    E(pthread_barrier_init(shared, &a, 2));
    pid_t child = fork();
    int mine = 0;
    for (int i = 0; i < 100; i++)
        mine += pthread_barrier_wait(shared) == PTHREAD_BARRIER_SERIAL_THREAD;
    if (child == 0)
        _exit(mine);
    R(mine + status_of(child));
    E(pthread_barrier_destroy(shared));
}

/* ---- spin */

static pthread_spinlock_t spin;
static int spun;

static void *spins(void *unused) {
    for (int i = 0; i < 2000; i++) {
        CHECK(pthread_spin_lock(&spin) == 0);
        spun++;
        CHECK(pthread_spin_unlock(&spin) == 0);
    }
    return NULL;
}

static void *holds_spin(void *unused) {
    CHECK(pthread_spin_lock(&spin) == 0);
    let_go = true;
    sleep_ms(20);
    CHECK(pthread_spin_unlock(&spin) == 0);
    return NULL;
}

static void spin_locks(void) {
    pthread_t t[3];
    SAY("== spin");
    E(pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE));
    E(pthread_spin_lock(&spin));
    E(pthread_spin_trylock(&spin));
    E(pthread_spin_unlock(&spin));
    E(pthread_spin_trylock(&spin));
    E(pthread_spin_unlock(&spin));
    t[0] = start(holds_spin, 0);
    while (!let_go)
        sleep_ms(1);
    E(pthread_spin_lock(&spin));
    E(pthread_spin_unlock(&spin));
    CHECK(pthread_join(t[0], NULL) == 0);
    for (int i = 0; i < 3; i++)
        t[i] = start(spins, 0);
    for (int i = 0; i < 3; i++)
        CHECK(pthread_join(t[i], NULL) == 0);
    R(spun);
    E(pthread_spin_destroy(&spin));
}

/* ---- once */

static pthread_once_t once;
static int ran;
static struct blocker in_once;

static void count_run(void) {
    ran++;
}

static void slow_run(void) {
    blocks_now(&in_once);
    while (!let_go)
        sleep_ms(1);
    ran++;
}

static void *runs_slowly(void *unused) {
    CHECK(pthread_once(&once, slow_run) == 0);
    return NULL;
}

static void nested_run(void) {
    static pthread_once_t inner;
    ran += 10;
    CHECK(pthread_once(&inner, count_run) == 0);
}

static void *comes_later(void *unused) {
    CHECK(pthread_once(&once, count_run) == 0);
    return (void *)(intptr_t)ran;
}

static void onces(void) {
    pthread_t t, waiters[4];
    void *result;
    SAY("== once");
    E(pthread_once(&once, count_run));
    E(pthread_once(&once, count_run));
    R(ran);
    once = PTHREAD_ONCE_INIT;
    in_once.tid = 0;
    t = start(runs_slowly, 0);
    until_blocked(&in_once);
    for (int i = 0; i < 4; i++)
        CHECK(pthread_create(&waiters[i], NULL, comes_later, NULL) == 0);
    MEANWHILE(open_it, NULL, AT_ONCE(CHECK(pthread_once(&once, count_run) == 0)));
    R(ran);
    for (int i = 0; i < 4; i++) {
        CHECK(pthread_join(waiters[i], &result) == 0);
        R(result);
    }
    CHECK(pthread_join(t, NULL) == 0);
    once = PTHREAD_ONCE_INIT;
    E(pthread_once(&once, nested_run));
    R(ran);
    /* the first is cancelled: the one that waits for it begins anew */
    once = PTHREAD_ONCE_INIT;
    in_once.tid = 0;
    t = start(runs_slowly, 0);
    until_blocked(&in_once);
    CHECK(pthread_create(&waiters[0], NULL, comes_later, NULL) == 0);
    sleep_ms(20);
    E(pthread_cancel(t));
    E(pthread_join(t, &result));
    R(result == PTHREAD_CANCELED);
    E(pthread_join(waiters[0], &result));
    R(result);
    E(pthread_once(&once, count_run));
    R(ran);
}

/* ---- semaphore */

static int sem_in(sem_t *s, int ms) {
    struct timespec ts = in_ms(CLOCK_REALTIME, ms);
    return sem_timedwait(s, &ts);
}

static int sem_clock_in(sem_t *s, clockid_t clock, int ms) {
    struct timespec ts = in_ms(clock, ms);
    return sem_clockwait(s, clock, &ts);
}

static int sem_odd(sem_t *s, long nsec) {
    struct timespec ts = {clock_ns(CLOCK_REALTIME) / 1000000000 + 1, nsec};
    return sem_timedwait(s, &ts);
}

static void post(void *s) {
    sem_post(s);
}

static void semaphores(sem_t *s) {
    int value;
    R(sem_post(s));
    R(sem_wait(s));
    R(sem_trywait(s));
    R(sem_post(s));
    R(sem_odd(s, -1)); /* free, but looked at */
    R(sem_trywait(s));
    R(sem_post(s));
    R(sem_in(s, -1000));
    R(sem_post(s));
    R(sem_clock_in(s, CLOCK_MONOTONIC, -1000));
    R(sem_clock_in(s, CLOCK_PROCESS_CPUTIME_ID, 1000));
    TAKES(30, R(sem_in(s, 30)));
    TAKES(30, R(sem_clock_in(s, CLOCK_MONOTONIC, 30)));
    TAKES(30, R(sem_clock_in(s, CLOCK_REALTIME, 30)));
    AT_ONCE(R(sem_in(s, -1000)));
    AT_ONCE(R(sem_clock_in(s, CLOCK_MONOTONIC, -1000)));
    R(sem_odd(s, -1));
    R(sem_odd(s, 1000000000));
    MEANWHILE(post, s, R(sem_wait(s)));
    MEANWHILE(post, s, R(sem_in(s, 20000)));
    MEANWHILE(post, s, R(sem_clock_in(s, CLOCK_MONOTONIC, 20000)));
    for (int flags = 0; flags <= SA_RESTART; flags += SA_RESTART) {
        handle(SIGALRM, flags);
        if (!flags)
            INTERRUPTED(R(sem_wait(s)));
        INTERRUPTED(R(sem_in(s, 20000)));
        INTERRUPTED(R(sem_clock_in(s, CLOCK_MONOTONIC, 20000)));
    }
    R(sem_getvalue(s, &value));
    R(value);
}

static sem_t ping, pong;

static void *answers(void *unused) {
    for (int i = 0; i < 1000; i++) {
        CHECK((i % 2 ? sem_wait(&ping) : sem_in(&ping, 20000)) == 0);
        CHECK(sem_post(&pong) == 0);
    }
    return NULL;
}

static void all_semaphores(void) {
    sem_t s;
    char name[64];
    SAY("== semaphore");
    R(sem_init(&s, 0, 0));
    semaphores(&s);
    R(sem_destroy(&s));
    snprintf(name, sizeof name, "/cpprof-test-%d", (int)getpid());
    sem_t *named = sem_open(name, O_CREAT | O_EXCL, 0600, 0);
    CHECK(named != SEM_FAILED);
    semaphores(named);
    sem_unlink(name);
    R(sem_close(named));
    sem_init(&ping, 0, 0);
    sem_init(&pong, 0, 0);
    pthread_t t = start(answers, 0);
    for (int i = 0; i < 1000; i++) {
        CHECK(sem_post(&ping) == 0);
        CHECK((i % 3 ? sem_wait(&pong) : sem_clock_in(&pong, CLOCK_MONOTONIC, 20000)) == 0);
    }
    CHECK(pthread_join(t, NULL) == 0);
    sem_t *shared =
        mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(shared != MAP_FAILED);
    R(sem_init(shared, 1, 0));
    pid_t child = fork();
    if (child == 0) {
        sleep_ms(10);
        _exit(sem_post(shared));
    }
    R(sem_wait(shared));
    R(status_of(child));
}

int main(void) {
    joins();
    barriers();
    spin_locks();
    onces();
    all_semaphores();
    return 0;
}
