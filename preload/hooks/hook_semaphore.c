/* Hooks: semaphores, POSIX and System V.
 *
 * POSIX makes sem_wait a point of cancellation also where it need not wait, so that is looked at
 * before the try; but not in sem_clockwait, where glibc does not look either. */
#include <pthread.h>
#include <semaphore.h>
#include <sys/sem.h>

#include "preload/real.h"
#include "preload/wait.h"

typedef const struct timespec time_spec;

static bool taken(sem_t *s) {
    int saved = errno;
    bool ok = REAL(sem_trywait)(s) == 0;
    if (!ok)
        errno = saved;
    return ok;
}

/* Whether a wait for a semaphore came to its end, not to an error. */
static void end(struct wait *w, int r) {
    wait_end_sure(w, r == 0 || errno == ETIMEDOUT);
}

#define SEMAPHORE_WAIT(s, call)                                                                    \
    ({                                                                                             \
        struct wait w_;                                                                            \
        int r_ = 0;                                                                                \
        if (!taken(s)) {                                                                           \
            bool on_ = wait_begin(&w_, ARENA_WAIT_SEMAPHORE, (uintptr_t)(s));                      \
            do                                                                                     \
                r_ = (call);                                                                       \
            while (r_ != 0 && on_ && wait_interrupted(&w_));                                       \
            if (on_)                                                                               \
                end(&w_, r_);                                                                      \
        }                                                                                          \
        r_;                                                                                        \
    })

HOOK int sem_wait(sem_t *s) {
    REAL(pthread_testcancel)();
    return SEMAPHORE_WAIT(s, REAL(sem_wait)(s));
}

/* These two look at the time before they try. */

HOOK int sem_timedwait(sem_t *restrict s, time_spec *restrict until) {
    if (!timespec_is_valid(until))
        return REAL(sem_timedwait)(s, until);
    REAL(pthread_testcancel)();
    return SEMAPHORE_WAIT(s, REAL(sem_timedwait)(s, until));
}

HOOK int sem_clockwait(sem_t *restrict s, clockid_t clock, time_spec *restrict until) {
    if (!timespec_is_valid(until) || !wait_clock_is_valid(clock))
        return REAL(sem_clockwait)(s, clock, until);
    return SEMAPHORE_WAIT(s, REAL(sem_clockwait)(s, clock, until));
}

HOOK int semop(int id, struct sembuf *ops, size_t n) {
    return WAIT_CALL(ARENA_WAIT_SEMAPHORE, 0, REAL(semop)(id, ops, n));
}

HOOK int semtimedop(int id, struct sembuf *ops, size_t n, time_spec *timeout) {
    struct wait w;
    struct timespec left;
    int r;
    if (!timeout)
        return WAIT_CALL(ARENA_WAIT_SEMAPHORE, 0, REAL(semtimedop)(id, ops, n, NULL));
    if (!wait_begin(&w, ARENA_WAIT_SEMAPHORE, 0))
        return REAL(semtimedop)(id, ops, n, timeout);
    left = *timeout;
    while ((r = REAL(semtimedop)(id, ops, n, &left)) < 0 && wait_interrupted(&w))
        left = timespec_of(wait_left_ns(&w, timespec_ns(timeout)));
    wait_end(&w);
    return r;
}
