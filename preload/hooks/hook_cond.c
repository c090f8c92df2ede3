/* Hooks: condition variables.
 *
 * Waiting on one lets go of the mutex, within libc; so its waiters are charged to the caller, as by
 * an unlock. glibc has two different functions by each of the names pthread_cond_wait and
 * pthread_cond_timedwait, for two formats of pthread_cond_t; we have both, too. */
#include <pthread.h>
#include <threads.h>

#include "preload/contention.h"
#include "preload/real.h"

typedef const struct timespec time_spec;

HOOK int cond_wait_new(pthread_cond_t *c, pthread_mutex_t *m);
HOOK int cond_wait_old(pthread_cond_t *c, pthread_mutex_t *m);
HOOK int cond_timedwait_new(pthread_cond_t *c, pthread_mutex_t *m, time_spec *until);
HOOK int cond_timedwait_old(pthread_cond_t *c, pthread_mutex_t *m, time_spec *until);

__asm__(".symver cond_wait_new, pthread_cond_wait@@@GLIBC_2.3.2");
__asm__(".symver cond_wait_old, pthread_cond_wait@GLIBC_2.2.5, remove");
__asm__(".symver cond_timedwait_new, pthread_cond_timedwait@@@GLIBC_2.3.2");
__asm__(".symver cond_timedwait_old, pthread_cond_timedwait@GLIBC_2.2.5, remove");

HOOK int cond_wait_new(pthread_cond_t *c, pthread_mutex_t *m) {
    contention_release(m);
    return WAIT_SURE(ARENA_WAIT_COND, c, REAL(pthread_cond_wait)(c, m));
}

HOOK int cond_wait_old(pthread_cond_t *c, pthread_mutex_t *m) {
    contention_release(m);
    return WAIT_SURE(ARENA_WAIT_COND, c, REAL_OF(pthread_cond_wait, cond_wait_old)(c, m));
}

HOOK int cond_timedwait_new(pthread_cond_t *c, pthread_mutex_t *m, time_spec *until) {
    contention_release(m);
    return WAIT_SURE(ARENA_WAIT_COND, c, REAL(pthread_cond_timedwait)(c, m, until));
}

HOOK int cond_timedwait_old(pthread_cond_t *c, pthread_mutex_t *m, time_spec *until) {
    contention_release(m);
    return WAIT_SURE(ARENA_WAIT_COND, c,
                     REAL_OF(pthread_cond_timedwait, cond_timedwait_old)(c, m, until));
}

HOOK int pthread_cond_clockwait(pthread_cond_t *restrict c, pthread_mutex_t *restrict m,
                                clockid_t clock, time_spec *restrict until) {
    contention_release(m);
    return WAIT_SURE(ARENA_WAIT_COND, c, REAL(pthread_cond_clockwait)(c, m, clock, until));
}

HOOK int cnd_wait(cnd_t *c, mtx_t *m) {
    contention_release(m);
    return WAIT_SURE(ARENA_WAIT_COND, c, REAL(cnd_wait)(c, m));
}

HOOK int cnd_timedwait(cnd_t *restrict c, mtx_t *restrict m, time_spec *restrict until) {
    contention_release(m);
    return WAIT_SURE(ARENA_WAIT_COND, c, REAL(cnd_timedwait)(c, m, until));
}
