/* Hooks: read-write locks. As for mutexes, a free lock costs the try that takes it. */
#include <pthread.h>

#include "preload/contention.h"
#include "preload/real.h"

#define TRY_READ(l)  REAL(pthread_rwlock_tryrdlock)(l)
#define TRY_WRITE(l) REAL(pthread_rwlock_trywrlock)(l)

/* NAME(parameters) takes the lock by `call`, or by `try_` where it is free. Unlike mutexes', those
 * with a time look at it, and at the clock, before they try: `valid`. */
#define RWLOCK_HOOK(name, try_, parameters, arguments, valid)                                      \
    static COLD int name##_slow parameters {                                                       \
        return CONTENDED(ARENA_WAIT_RWLOCK, l, REAL(name) arguments, try_(l), EBUSY);              \
    }                                                                                              \
    HOOK int name parameters {                                                                     \
        if (unlikely(!(valid)))                                                                    \
            return REAL(name) arguments;                                                           \
        int r = try_(l);                                                                           \
        return likely(r != EBUSY) ? r : name##_slow arguments;                                     \
    }

typedef pthread_rwlock_t rwlock;
typedef const struct timespec time_spec;

static bool clock_is_valid(clockid_t clock, const struct timespec *t) {
    return wait_clock_is_valid(clock) && timespec_is_valid(t);
}

RWLOCK_HOOK(pthread_rwlock_rdlock, TRY_READ, (rwlock * l), (l), true)
RWLOCK_HOOK(pthread_rwlock_wrlock, TRY_WRITE, (rwlock * l), (l), true)
RWLOCK_HOOK(pthread_rwlock_timedrdlock, TRY_READ, (rwlock *restrict l, time_spec *restrict t),
            (l, t), timespec_is_valid(t))
RWLOCK_HOOK(pthread_rwlock_timedwrlock, TRY_WRITE, (rwlock *restrict l, time_spec *restrict t),
            (l, t), timespec_is_valid(t))
RWLOCK_HOOK(pthread_rwlock_clockrdlock, TRY_READ,
            (rwlock *restrict l, clockid_t c, time_spec *restrict t), (l, c, t),
            clock_is_valid(c, t))
RWLOCK_HOOK(pthread_rwlock_clockwrlock, TRY_WRITE,
            (rwlock *restrict l, clockid_t c, time_spec *restrict t), (l, c, t),
            clock_is_valid(c, t))

HOOK int pthread_rwlock_unlock(pthread_rwlock_t *l) {
    contention_release(l);
    return REAL(pthread_rwlock_unlock)(l);
}

/* What old libraries call. */
HOOK __typeof__(pthread_rwlock_rdlock) __pthread_rwlock_rdlock
    __attribute__((alias("pthread_rwlock_rdlock"), nothrow));
HOOK __typeof__(pthread_rwlock_wrlock) __pthread_rwlock_wrlock
    __attribute__((alias("pthread_rwlock_wrlock"), nothrow));
HOOK __typeof__(pthread_rwlock_unlock) __pthread_rwlock_unlock
    __attribute__((alias("pthread_rwlock_unlock"), nothrow));
