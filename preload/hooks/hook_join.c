/* Hooks: waiting for the end of a thread. One that has ended is joined without a wait. */
#include <pthread.h>
#include <threads.h>

#include "preload/real.h"
#include "preload/wait.h"

typedef const struct timespec time_spec;

#define TRY(t, result) REAL(pthread_tryjoin_np)(t, result)

HOOK int pthread_join(pthread_t t, void **result) {
    int r = TRY(t, result);
    return r != EBUSY ? r : WAIT_SURE(ARENA_WAIT_JOIN, t, REAL(pthread_join)(t, result));
}

HOOK int pthread_timedjoin_np(pthread_t t, void **result, time_spec *until) {
    int r = TRY(t, result);
    return r != EBUSY ? r
                      : WAIT_SURE(ARENA_WAIT_JOIN, t, REAL(pthread_timedjoin_np)(t, result, until));
}

HOOK int pthread_clockjoin_np(pthread_t t, void **result, clockid_t clock, time_spec *until) {
    struct wait w;
    bool on = wait_begin(&w, ARENA_WAIT_JOIN, t);
    int r = REAL(pthread_clockjoin_np)(t, result, clock, until);
    if (on && wait_result(r))
        wait_end(&w);
    else if (on)
        wait_leave(&w);
    return r;
}

HOOK int thrd_join(thrd_t t, int *result) {
    struct wait w;
    bool on = wait_begin(&w, ARENA_WAIT_JOIN, t);
    int r = REAL(thrd_join)(t, result);
    if (on)
        wait_end(&w);
    return r;
}
