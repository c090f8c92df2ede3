/* Hooks: spin locks. Who spins uses CPU time, and waits all the same. */
#include <pthread.h>

#include "preload/contention.h"
#include "preload/real.h"

static COLD int lock_slow(pthread_spinlock_t *l) {
    return CONTENDED(ARENA_WAIT_SPIN, l, REAL(pthread_spin_lock)(l), REAL(pthread_spin_trylock)(l),
                     EBUSY);
}

HOOK int pthread_spin_lock(pthread_spinlock_t *l) {
    int r = REAL(pthread_spin_trylock)(l);
    return likely(r != EBUSY) ? r : lock_slow(l);
}

HOOK int pthread_spin_unlock(pthread_spinlock_t *l) {
    contention_release((const void *)l);
    return REAL(pthread_spin_unlock)(l);
}
