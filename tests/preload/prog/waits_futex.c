/* waits_futex: futexes by libc's syscall(): results and errno of each operation, times, signals,
 * and a mutex of 0, 1 and 2 on top of it. */
#include "waits.h"

#include <linux/futex.h>

static uint32_t word, word2;

static long futex(uint32_t *at, int op, uint32_t value, const struct timespec *timeout,
                  uint32_t *at2, uint32_t value3) {
    return syscall(SYS_futex, at, op, value, timeout, at2, value3);
}

static long wait_for(int op, int ms) {
    struct timespec ts = spec_ms(ms);
    return futex(&word, op, 5, &ts, NULL, FUTEX_BITSET_MATCH_ANY);
}

static long wait_until(int op, clockid_t clock, int ms) {
    struct timespec ts = in_ms(clock, ms);
    return futex(&word, op, 5, &ts, NULL, FUTEX_BITSET_MATCH_ANY);
}

static void wake(void *at) {
    while (futex(at, FUTEX_WAKE, 1, NULL, NULL, 0) == 0)
        sleep_ms(1);
}

static void wake_private(void *at) {
    while (futex(at, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0) == 0)
        sleep_ms(1);
}

static void wake_bits(void *at) {
    while (futex(at, FUTEX_WAKE_BITSET_PRIVATE, 1, NULL, NULL, 4) == 0)
        sleep_ms(1);
}

/* Two waiters of `word`: one is woken, the other moved to `word2`, and woken there. */
static void *waiter(void *unused) {
    return (void *)futex(&word, FUTEX_WAIT_PRIVATE, 5, NULL, NULL, 0);
}

static void requeue(void) {
    pthread_t t[2];
    void *result;
    struct timespec many = {1, 0}; /* not a time here: how many are moved */
    long r = 0;
    word = 5;
    for (int i = 0; i < 2; i++)
        CHECK(pthread_create(&t[i], NULL, waiter, NULL) == 0);
    R(syscall(SYS_futex, &word, FUTEX_CMP_REQUEUE_PRIVATE, 1, 1, &word2, 6));
    for (int i = 0; i < 20000 && r < 2; i++) {
        long moved =
            syscall(SYS_futex, &word, FUTEX_CMP_REQUEUE_PRIVATE, r ? 0 : 1, many.tv_sec, &word2, 5);
        CHECK(moved >= 0);
        r += moved;
        sleep_ms(1);
    }
    R(r);
    for (int i = 0; i < 2; i++) {
        wake_private(&word2);
        break;
    }
    for (int i = 0; i < 2; i++) {
        E(pthread_join(t[i], &result));
        R(result);
    }
    R(syscall(SYS_futex, &word, FUTEX_REQUEUE_PRIVATE, 1, 1, &word2, 0));
    R(syscall(SYS_futex, &word, FUTEX_WAKE_OP_PRIVATE, 1, 1, &word2,
              FUTEX_OP(FUTEX_OP_SET, 9, FUTEX_OP_CMP_EQ, 0)));
    R(word2);
}

/* ---- the kernel's own mutex */

static uint32_t pi;

static void *takes_pi(void *p) {
    _Atomic bool *let_go = p;
    CHECK(syscall(SYS_futex, &pi, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0) == 0);
    let_go[1] = true;
    while (!let_go[0])
        sleep_ms(1);
    return (void *)syscall(SYS_futex, &pi, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, NULL, 0);
}

static void set(void *let_go) {
    *(_Atomic bool *)let_go = true;
}

static void lock_pi(void) {
    _Atomic bool let_go[2] = {false, false};
    struct timespec ts;
    pthread_t t;
    void *result;
    R(syscall(SYS_futex, &pi, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0));
    R(syscall(SYS_futex, &pi, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0));
    R(syscall(SYS_futex, &pi, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, NULL, 0));
    R(syscall(SYS_futex, &pi, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, NULL, 0));
    CHECK(pthread_create(&t, NULL, takes_pi, let_go) == 0);
    while (!let_go[1])
        sleep_ms(1);
    R(syscall(SYS_futex, &pi, FUTEX_TRYLOCK_PI_PRIVATE, 0, NULL, NULL, 0));
    ts = in_ms(CLOCK_REALTIME, 30);
    TAKES(30, R(syscall(SYS_futex, &pi, FUTEX_LOCK_PI_PRIVATE, 0, &ts, NULL, 0)));
    MEANWHILE(set, let_go, R(syscall(SYS_futex, &pi, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0)));
    R(syscall(SYS_futex, &pi, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, NULL, 0));
    CHECK(pthread_join(t, &result) == 0);
    R(result);
}

/* ---- a mutex as in Rust's standard library, and a condition variable that counts */

static _Atomic uint32_t lock_word, cond_word;
static int n;

static void lock(void) {
    uint32_t none = 0;
    if (atomic_compare_exchange_strong(&lock_word, &none, 1))
        return;
    while (atomic_exchange(&lock_word, 2) != 0)
        futex((uint32_t *)&lock_word, FUTEX_WAIT_PRIVATE, 2, NULL, NULL, 0);
}

static void unlock(void) {
    if (atomic_exchange(&lock_word, 0) == 2)
        futex((uint32_t *)&lock_word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static void *adder(void *unused) {
    for (int i = 0; i < 5000; i++) {
        lock();
        int before = n;
        if (i % 50 == 0)
            sched_yield();
        n = before + 1;
        unlock();
    }
    return NULL;
}

static void *player(void *number) {
    for (int i = 0; i < 500; i++) {
        lock();
        while (n % 2 != (intptr_t)number) {
            uint32_t seen = cond_word;
            unlock();
            futex((uint32_t *)&cond_word, FUTEX_WAIT_PRIVATE, seen, NULL, NULL, 0);
            lock();
        }
        n++;
        cond_word++;
        unlock();
        futex((uint32_t *)&cond_word, FUTEX_WAKE_PRIVATE, INT32_MAX, NULL, NULL, 0);
    }
    return NULL;
}

static void own_locks(void) {
    pthread_t t[4];
    for (int i = 0; i < 4; i++)
        CHECK(pthread_create(&t[i], NULL, adder, NULL) == 0);
    for (int i = 0; i < 4; i++)
        CHECK(pthread_join(t[i], NULL) == 0);
    R(n);
    for (int i = 0; i < 2; i++)
        CHECK(pthread_create(&t[i], NULL, player, (void *)(intptr_t)i) == 0);
    for (int i = 0; i < 2; i++)
        CHECK(pthread_join(t[i], NULL) == 0);
    R(n);
}

int main(void) {
    struct timespec odd = {0, -1};
    word = 4;
    R(futex(&word, FUTEX_WAIT, 5, NULL, NULL, 0));
    R(futex(&word, FUTEX_WAIT_PRIVATE, 5, NULL, NULL, 0));
    R(wait_for(FUTEX_WAIT_BITSET_PRIVATE, 10));
    R(futex(&word, FUTEX_WAIT_BITSET_PRIVATE, 4, NULL, NULL, 0));
    R(futex(&word, FUTEX_WAKE_BITSET_PRIVATE, 4, NULL, NULL, 0));
    R(futex(&word, FUTEX_WAKE, 1, NULL, NULL, 0));
    R(futex(&word, FUTEX_WAIT, 4, &odd, NULL, 0));
    R(futex(&word, 99, 4, NULL, NULL, 0));
    R(futex((uint32_t *)((char *)&word + 1), FUTEX_WAIT, 4, NULL, NULL, 0));
    R(futex(NULL, FUTEX_WAIT_PRIVATE, 4, NULL, NULL, 0));
    R(syscall(SYS_futex, &word, FUTEX_FD, 4, NULL, NULL, 0));
    word = 5;
    TAKES(30, R(wait_for(FUTEX_WAIT, 30)));
    TAKES(30, R(wait_for(FUTEX_WAIT_PRIVATE, 30)));
    TAKES(30, R(wait_until(FUTEX_WAIT_BITSET_PRIVATE, CLOCK_MONOTONIC, 30)));
    TAKES(30, R(wait_until(FUTEX_WAIT_BITSET_PRIVATE | FUTEX_CLOCK_REALTIME, CLOCK_REALTIME, 30)));
    AT_ONCE(R(wait_until(FUTEX_WAIT_BITSET_PRIVATE, CLOCK_MONOTONIC, -1000)));
    MEANWHILE(wake, &word, R(futex(&word, FUTEX_WAIT, 5, NULL, NULL, 0)));
    MEANWHILE(wake_private, &word, R(futex(&word, FUTEX_WAIT_PRIVATE, 5, NULL, NULL, 0)));
    MEANWHILE(wake_private, &word, R(wait_for(FUTEX_WAIT_PRIVATE, 20000)));
    MEANWHILE(wake_bits, &word, R(futex(&word, FUTEX_WAIT_BITSET_PRIVATE, 5, NULL, NULL, 6)));
    requeue();
    word = 5;
    for (int flags = 0; flags <= SA_RESTART; flags += SA_RESTART) {
        handle(SIGALRM, flags);
        if (!flags) /* else it is begun again, for ever */
            INTERRUPTED(R(futex(&word, FUTEX_WAIT_PRIVATE, 5, NULL, NULL, 0)));
        INTERRUPTED(R(wait_for(FUTEX_WAIT_PRIVATE, 20000)));
        INTERRUPTED(R(wait_until(FUTEX_WAIT_BITSET_PRIVATE, CLOCK_MONOTONIC, 20000)));
    }
    lock_pi();
    own_locks();
    return 0;
}
