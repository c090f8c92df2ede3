/* Hooks: futexes, called from the hook of syscall().
 *
 * A wait for a lock whose word tells that it is one (preload/contention.h), and for the kernel's
 * own (FUTEX_LOCK_PI), goes into the mutex profile as well; who wakes up a waiter has held the
 * lock. */
#include "preload/hooks/hook_futex.h"

#include <linux/futex.h>
#include <sys/syscall.h>

#include "preload/contention.h"

#ifndef FUTEX_LOCK_PI2
#define FUTEX_LOCK_PI2 13
#endif

static bool is_wait(int command) {
    return command == FUTEX_WAIT || command == FUTEX_WAIT_BITSET ||
           command == FUTEX_WAIT_REQUEUE_PI || command == FUTEX_LOCK_PI ||
           command == FUTEX_LOCK_PI2;
}

static bool is_pi_lock(int command) {
    return command == FUTEX_LOCK_PI || command == FUTEX_LOCK_PI2;
}

/* Whether a wait may turn out to be one for a lock. */
static bool may_be_lock(int command, long value, long timeout) {
    return (command == FUTEX_WAIT || command == FUTEX_WAIT_BITSET) && !timeout &&
           (uint32_t)value == CONTENTION_WORD;
}

static bool was_lock(int command, const void *word) {
    return is_pi_lock(command) ||
           contention_is_lock(__atomic_load_n((const uint32_t *)word, __ATOMIC_RELAXED));
}

/* What remains of a relative time-out; those of other commands are absolute. */
static long left_of(const struct wait *w, int command, long timeout, struct timespec *left) {
    if (!timeout || command != FUTEX_WAIT)
        return timeout;
    *left = timespec_of(wait_left_ns(w, timespec_ns((const struct timespec *)timeout)));
    return (long)left;
}

static COLD long futex_wait(syscall_fn *real, long word, long op, long value, long timeout,
                            long word2, long value3) {
    const int command = (int)op & FUTEX_CMD_MASK;
    struct waiter *waiter = NULL;
    struct timespec left;
    struct wait w;
    long r, t = timeout;
    if (!wait_begin(&w, ARENA_WAIT_FUTEX, (uint64_t)word))
        return real(SYS_futex, word, op, value, timeout, word2, value3);
    if (is_pi_lock(command) || may_be_lock(command, value, timeout))
        waiter = contention_begin(&w, !is_pi_lock(command));
    while ((r = real(SYS_futex, word, op, value, t, word2, value3)) < 0 && wait_interrupted(&w))
        t = left_of(&w, command, timeout, &left);
    bool waited = r == 0 || errno == ETIMEDOUT;
    uint64_t now = wait_leave(&w);
    if (waiter && waited && !was_lock(command, (const void *)word)) {
        waiters_finish(waiter, (uint64_t)word);
        waiters_remove(waiter, (uint64_t)word);
        waiter = NULL;
    }
    contention_end(waiter, &w, now, waited);
    return r;
}

long futex_call(syscall_fn *real, long word, long op, long value, long timeout, long word2,
                long value3) {
    if (is_wait((int)op & FUTEX_CMD_MASK))
        return futex_wait(real, word, op, value, timeout, word2, value3);
    /* wake, requeue, unlock */
    contention_release((const void *)word);
    return real(SYS_futex, word, op, value, timeout, word2, value3);
}
