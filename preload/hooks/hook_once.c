/* Hooks: initialisation that is done once. A thread that finds another one at it waits; the one
 * that does it does not. */
#include <pthread.h>
#include <threads.h>

#include "preload/real.h"
#include "preload/wait.h"

struct once_run {
    struct once_run *outer; /* of the call that a handler interrupted */
    void (*routine)(void);
    struct wait wait;
    bool on, ran;
};

/* What real functions are given: pthread_once calls it at once, so the thread's newest is meant. */
static void run_routine(void) {
    struct once_run *run = thread_state.once;
    run->ran = true;
    if (run->on)
        wait_leave(&run->wait);
    run->routine();
}

typedef int once_fn(pthread_once_t *, void (*)(void));

/* glibc's mark of what is done: then nothing is worth a look at the clock. */
static bool is_done(const pthread_once_t *once) {
    return __atomic_load_n(once, __ATOMIC_RELAXED) == 2;
}

#define ONCE(call)                                                                                 \
    do {                                                                                           \
        struct once_run run = {.outer = thread_state.once, .routine = routine};                    \
        run.on = wait_begin(&run.wait, ARENA_WAIT_ONCE, (uintptr_t)once);                          \
        thread_state.once = &run;                                                                  \
        call;                                                                                      \
        thread_state.once = run.outer;                                                             \
        if (run.on && !run.ran)                                                                    \
            wait_end(&run.wait);                                                                   \
    } while (0)

HOOK int pthread_once(pthread_once_t *once, void (*routine)(void)) {
    int r = 0;
    if (likely(is_done(once)))
        return REAL(pthread_once)(once, routine);
    ONCE(r = REAL(pthread_once)(once, run_routine));
    return r;
}

HOOK void call_once(once_flag *once, void (*routine)(void)) {
    if (likely(is_done((const pthread_once_t *)once)))
        REAL(call_once)(once, routine);
    else
        ONCE(REAL(call_once)(once, run_routine));
}

/* What old libraries call. */
HOOK __typeof__(pthread_once) __pthread_once __attribute__((alias("pthread_once")));
