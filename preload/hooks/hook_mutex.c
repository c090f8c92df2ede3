/* Hooks: mutexes, pthread's and C11's.
 *
 * A free lock costs the try that takes it. Only EBUSY means that somebody else has it: any other
 * result is what lock itself would have returned.
 *
 * With one thread glibc takes a free lock without an atomic instruction, but not in its try: so
 * there, where nobody can take it meanwhile, lock itself is called.
 *
 * Robust mutexes are not tried: where one cannot be recovered any more, glibc's try fails and
 * leaves it taken (2.36, pthread_mutex_trylock.c). Whether it is free is seen in its word. */
#include <linux/futex.h>
#include <pthread.h>
#include <threads.h>

#include "preload/contention.h"
#include "preload/real.h"

/* glibc's bit in the kind of a mutex, as in its static initialisers. */
enum { KIND_ROBUST = 16 };

/* (Where processes share it, or libc has made a thread of its own, another one may be faster: that
 * wait goes unseen.) */
static inline bool is_free_alone(const pthread_mutex_t *m) {
    return !__atomic_load_n(&hot.threaded, __ATOMIC_RELAXED) &&
           !__atomic_load_n(&m->__data.__lock, __ATOMIC_RELAXED);
}

static inline bool is_robust(const pthread_mutex_t *m) {
    return unlikely(m->__data.__kind & KIND_ROBUST);
}

/* A live owner is in the word, neither mark nor zero, and not this thread. */
static bool robust_is_held(const pthread_mutex_t *m) {
    uint32_t word = (uint32_t)__atomic_load_n(&m->__data.__lock, __ATOMIC_RELAXED);
    uint32_t owner = word & FUTEX_TID_MASK;
    return owner && owner != thread_state.tid && !(word & FUTEX_OWNER_DIED);
}

/* Takes a robust mutex by `call`. */
#define ROBUST(m, call)                                                                            \
    (robust_is_held(m) ? CONTENDED(ARENA_WAIT_MUTEX, m, call, EBUSY, EBUSY) : (call))

static COLD int robust_lock(pthread_mutex_t *m) {
    return ROBUST(m, REAL(pthread_mutex_lock)(m));
}

static COLD int robust_timedlock(pthread_mutex_t *m, const struct timespec *until) {
    return ROBUST(m, REAL(pthread_mutex_timedlock)(m, until));
}

static COLD int robust_clocklock(pthread_mutex_t *m, clockid_t clock,
                                 const struct timespec *until) {
    return ROBUST(m, REAL(pthread_mutex_clocklock)(m, clock, until));
}

static COLD int lock_slow(pthread_mutex_t *m) {
    return CONTENDED(ARENA_WAIT_MUTEX, m, REAL(pthread_mutex_lock)(m),
                     REAL(pthread_mutex_trylock)(m), EBUSY);
}

static COLD int lock_odd(pthread_mutex_t *m) {
    int r = is_robust(m) ? robust_lock(m) : REAL(pthread_mutex_trylock)(m);
    return r != EBUSY ? r : lock_slow(m);
}

/* A function of its own, so that the hook saves no registers. */
HOT __attribute__((noinline)) static int lock_by_try(pthread_mutex_t *m) {
    __typeof__(&pthread_mutex_trylock) try_lock = REAL_IF_KNOWN(pthread_mutex_trylock);
    if (is_robust(m) || unlikely(!try_lock))
        return lock_odd(m);
    int r = try_lock(m);
    return likely(r != EBUSY) ? r : lock_slow(m);
}

HOT HOOK int pthread_mutex_lock(pthread_mutex_t *m) {
    __typeof__(&pthread_mutex_lock) lock = REAL_IF_KNOWN(pthread_mutex_lock);
    return is_free_alone(m) && likely(lock) ? lock(m) : lock_by_try(m);
}

static COLD int timedlock_slow(pthread_mutex_t *m, const struct timespec *until) {
    return CONTENDED(ARENA_WAIT_MUTEX, m, REAL(pthread_mutex_timedlock)(m, until),
                     REAL(pthread_mutex_trylock)(m), EBUSY);
}

HOOK int pthread_mutex_timedlock(pthread_mutex_t *restrict m,
                                 const struct timespec *restrict until) {
    if (is_robust(m))
        return robust_timedlock(m, until);
    int r = REAL(pthread_mutex_trylock)(m);
    return likely(r != EBUSY) ? r : timedlock_slow(m, until);
}

static COLD int clocklock_slow(pthread_mutex_t *m, clockid_t clock, const struct timespec *until) {
    return CONTENDED(ARENA_WAIT_MUTEX, m, REAL(pthread_mutex_clocklock)(m, clock, until),
                     REAL(pthread_mutex_trylock)(m), EBUSY);
}

/* Refuses a clock that it does not know whether or not the lock is free. */
HOOK int pthread_mutex_clocklock(pthread_mutex_t *restrict m, clockid_t clock,
                                 const struct timespec *restrict until) {
    if (!wait_clock_is_valid(clock))
        return REAL(pthread_mutex_clocklock)(m, clock, until);
    if (is_robust(m))
        return robust_clocklock(m, clock, until);
    int r = REAL(pthread_mutex_trylock)(m);
    return likely(r != EBUSY) ? r : clocklock_slow(m, clock, until);
}

static COLD int unlock_odd(pthread_mutex_t *m) {
    contention_release(m);
    return REAL(pthread_mutex_unlock)(m);
}

HOT HOOK int pthread_mutex_unlock(pthread_mutex_t *m) {
    __typeof__(&pthread_mutex_unlock) unlock = REAL_IF_KNOWN(pthread_mutex_unlock);
    return waiters_expected(m) || unlikely(!unlock) ? unlock_odd(m) : unlock(m);
}

/* What old libraries call. */
HOOK __typeof__(pthread_mutex_lock) __pthread_mutex_lock
    __attribute__((alias("pthread_mutex_lock"), nothrow, hot));
HOOK __typeof__(pthread_mutex_unlock) __pthread_mutex_unlock
    __attribute__((alias("pthread_mutex_unlock"), nothrow, hot));

/* ---- C11: libc's own do not call pthread's by name */

static COLD int mtx_lock_slow(mtx_t *m) {
    return CONTENDED(ARENA_WAIT_MUTEX, m, REAL(mtx_lock)(m), REAL(mtx_trylock)(m), thrd_busy);
}

HOOK int mtx_lock(mtx_t *m) {
    if (is_free_alone((const pthread_mutex_t *)m)) /* which it is, in glibc */
        return REAL(mtx_lock)(m);
    int r = REAL(mtx_trylock)(m);
    return likely(r != thrd_busy) ? r : mtx_lock_slow(m);
}

static COLD int mtx_timedlock_slow(mtx_t *m, const struct timespec *until) {
    return CONTENDED(ARENA_WAIT_MUTEX, m, REAL(mtx_timedlock)(m, until), REAL(mtx_trylock)(m),
                     thrd_busy);
}

HOOK int mtx_timedlock(mtx_t *restrict m, const struct timespec *restrict until) {
    int r = REAL(mtx_trylock)(m);
    return likely(r != thrd_busy) ? r : mtx_timedlock_slow(m, until);
}

HOOK int mtx_unlock(mtx_t *m) {
    contention_release(m);
    return REAL(mtx_unlock)(m);
}
