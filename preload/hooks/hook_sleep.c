/* Hooks: sleeping. After a signal of ours the rest is slept, too; the kernel says how much it is.
 */
#include <threads.h>
#include <time.h>
#include <unistd.h>

#include "preload/real.h"
#include "preload/wait.h"

typedef const struct timespec time_spec;

/* Sleeps what remains of `ns` since the wait began. -1 and errno when a signal of the program ends
 * it. */
static int sleep_rest(struct wait *w, int64_t ns) {
    int r = 0;
    do {
        struct timespec left = timespec_of(wait_left_ns(w, ns));
        r = left.tv_sec || left.tv_nsec ? REAL(nanosleep)(&left, NULL) : 0;
    } while (r != 0 && wait_interrupted(w));
    return r;
}

/* Returns full seconds that are left, also 0 for less; so what was slept is looked at. */
HOOK unsigned sleep(unsigned seconds) {
    struct wait w;
    if (seconds == 0 || !wait_begin(&w, ARENA_WAIT_SLEEP, 0))
        return REAL(sleep)(seconds);
    int64_t whole = seconds * INT64_C(1000000000);
    unsigned left = REAL(sleep)(seconds);
    if (unlikely(wait_was_interrupted(&w))) {
        left = 0;
        if (sleep_rest(&w, whole) != 0)
            left = (unsigned)((wait_left_ns(&w, whole) + 500000000) / 1000000000);
    }
    wait_end(&w);
    return left;
}

HOOK int usleep(useconds_t us) {
    struct wait w;
    if (!wait_begin(&w, ARENA_WAIT_SLEEP, 0))
        return REAL(usleep)(us);
    int r = REAL(usleep)(us);
    if (unlikely(r != 0) && wait_interrupted(&w))
        r = sleep_rest(&w, us * INT64_C(1000));
    wait_end(&w);
    return r;
}

/* `rest` is where the real function writes what remains, which is then the time of the next call;
 * `out` is where the program wants it. */
static void hand_out(int failed, struct timespec *out, const struct timespec *rest) {
    if (failed && out)
        *out = *rest;
}

HOOK int nanosleep(time_spec *time, struct timespec *out) {
    struct wait w;
    struct timespec rest = {0, 0};
    if (!wait_begin(&w, ARENA_WAIT_SLEEP, 0))
        return REAL(nanosleep)(time, out);
    int r = REAL(nanosleep)(time, &rest);
    while (unlikely(r != 0) && wait_interrupted(&w))
        r = REAL(nanosleep)(&rest, &rest);
    hand_out(r != 0 && errno == EINTR, out, &rest);
    wait_end(&w);
    return r;
}

/* Returns the error; what remains is only told of a relative time. */
HOOK int clock_nanosleep(clockid_t clock, int flags, time_spec *time, struct timespec *out) {
    struct wait w;
    struct timespec rest = {0, 0};
    bool absolute = flags & TIMER_ABSTIME;
    if (!wait_begin(&w, ARENA_WAIT_SLEEP, 0))
        return REAL(clock_nanosleep)(clock, flags, time, out);
    int r = REAL(clock_nanosleep)(clock, flags, time, &rest);
    while (unlikely(r == EINTR) && wait_was_interrupted(&w))
        r = REAL(clock_nanosleep)(clock, flags, absolute ? time : &rest, &rest);
    hand_out(r == EINTR && !absolute, out, &rest);
    wait_end(&w);
    return r;
}

/* -1 for a signal, other negative numbers for errors. */
HOOK int thrd_sleep(time_spec *time, struct timespec *out) {
    struct wait w;
    struct timespec rest = {0, 0};
    if (!wait_begin(&w, ARENA_WAIT_SLEEP, 0))
        return REAL(thrd_sleep)(time, out);
    int r = REAL(thrd_sleep)(time, &rest);
    while (unlikely(r == -1) && wait_was_interrupted(&w))
        r = REAL(thrd_sleep)(&rest, &rest);
    hand_out(r == -1, out, &rest);
    wait_end(&w);
    return r;
}

/* Another name that glibc exports. */
HOOK __typeof__(nanosleep) __nanosleep __attribute__((alias("nanosleep")));
