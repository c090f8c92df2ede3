/* Hooks: barriers. The last thread to arrive does not wait; it is told so. */
#include <pthread.h>

#include "preload/real.h"
#include "preload/wait.h"

HOOK int pthread_barrier_wait(pthread_barrier_t *b) {
    return WAIT_SURE(ARENA_WAIT_BARRIER, b, REAL(pthread_barrier_wait)(b));
}
