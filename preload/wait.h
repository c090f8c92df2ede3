/* A wait: what a hook around a call that may block does.
 *
 *     struct wait w;
 *     if (!wait_begin(&w, ARENA_WAIT_READ, fd))
 *         return REAL(read)(fd, buf, n);
 *     do
 *         r = REAL(read)(fd, buf, n);
 *     while (r < 0 && wait_interrupted(&w));
 *     wait_end(&w);
 *
 * Begin publishes in the thread's slot what it waits for, since when and where; end takes that back
 * and records the wait for the block profile. A call that returns within WAIT_LEAST_NS has not
 * waited, where that is not known otherwise: the clock is read twice, and that is all.
 *
 * A wait that is left by a jump or by cancellation needs no end; the slot is put right by the
 * thread's next wait or its exit.
 *
 * Everything here is async-signal-safe and keeps errno. */
#ifndef CPPROF_PRELOAD_WAIT_H
#define CPPROF_PRELOAD_WAIT_H

#include <errno.h>
#include <poll.h>
#include <threads.h>
#include <time.h>

#include "arena/waits.h"
#include "preload/agent.h"
#include "preload/clock.h"

#define WAIT_LEAST_NS 1500

/* What a hook does when a thread is about to wait. */
enum wait_mode {
    WAIT_OFF,  /* calls through: no agent, or a sandbox */
    WAIT_COLD, /* there is no store yet, it may be time to make it */
    WAIT_HOT,
};
extern int wait_mode;             /* atomic */
extern uint64_t wait_least_ticks; /* atomic: WAIT_LEAST_NS, once the rate of ticks is known */

struct wait {
    struct thread_slot *slot; /* NULL: the thread has none */
    uint64_t since;           /* ticks */
    uint32_t seq;             /* of the slot, odd */
    uint32_t kind;            /* enum arena_wait */
    uint64_t object;
    bool nested; /* this wait is in a handler that interrupted another one: `outer` */
    struct wait_place outer;
};

/* From agent_init; in a forked child; around the entry into a sandbox. */
void wait_switch(enum wait_mode mode);

/* The parts of begin and end that are not hot. */
bool wait_begin_slow(struct wait *w, enum arena_wait kind, uint64_t object, const uint64_t *frame);
void wait_leave_nested(struct wait *w);
void wait_record(const struct wait *w, uint64_t now);
bool wait_was_interrupted(struct wait *w);

/* Publishes. `frame` is the frame address of the hook: its saved rbp and return address. */
static inline void wait_publish(struct wait *w, struct thread_slot *slot, enum arena_wait kind,
                                uint64_t object, const uint64_t *frame) {
    w->slot = slot;
    w->kind = kind;
    w->object = object;
    w->seq = slot->seq + 1;
    __atomic_signal_fence(__ATOMIC_SEQ_CST); /* the slot says that nobody waits by now */
    w->since = clock_ticks();
    slot->at =
        (struct wait_place){w->since, frame[1], (uintptr_t)(frame + 2), frame[0], object, kind};
    __atomic_store_n(&slot->seq, w->seq, __ATOMIC_RELEASE);
}

/* False: call the real function and do no more. To be inlined into the hook, whose caller it
 * publishes. */
static inline __attribute__((always_inline)) bool wait_begin(struct wait *w, enum arena_wait kind,
                                                             uint64_t object) {
    const uint64_t *frame = __builtin_frame_address(0);
    struct thread_slot *slot = thread_state.slot;
    if (unlikely(__atomic_load_n(&wait_mode, __ATOMIC_RELAXED) != WAIT_HOT || !slot ||
                 slot->seq & 1))
        return wait_begin_slow(w, kind, object, frame);
    w->nested = false;
    wait_publish(w, slot, kind, object, frame);
    return true;
}

/* Takes back what was published; returns the time, in ticks. */
static inline uint64_t wait_leave(struct wait *w) {
    uint64_t now = clock_ticks();
    if (likely(w->slot && !w->nested))
        __atomic_store_n(&w->slot->seq, w->seq + 1, __ATOMIC_RELEASE);
    else
        wait_leave_nested(w);
    return now;
}

/* The end of a call that may have waited. */
static inline void wait_end(struct wait *w) {
    uint64_t now = wait_leave(w);
    if (unlikely(now - w->since >= __atomic_load_n(&wait_least_ticks, __ATOMIC_RELAXED)))
        wait_record(w, now);
}

/* The end of a call of which it is known whether it `waited`. */
static inline void wait_end_sure(struct wait *w, bool waited) {
    uint64_t now = wait_leave(w);
    if (waited)
        wait_record(w, now);
}

/* After a call of the wait failed: true when errno is EINTR through a signal of ours alone and the
 * program, which has no handler of any signal, cannot expect that: call again. */
static inline bool wait_interrupted(struct wait *w) {
    return unlikely(errno == EINTR) && wait_was_interrupted(w);
}

/* The same for a call on the descriptor `object`, which may be a socket with a time-out of its own
 * (SO_RCVTIMEO for POLLIN, SO_SNDTIMEO for POLLOUT): waits for the rest of that; false, with errno
 * as that time-out has it, when it is over. */
bool wait_io_again(struct wait *w, short events);

static inline bool wait_io_interrupted(struct wait *w, short events) {
    return unlikely(errno == EINTR) && wait_io_again(w, events);
}

/* The rest of a relative time-out that began with the wait, not below 0. */
int64_t wait_left_ns(const struct wait *w, int64_t timeout_ns);

int64_t timespec_ns(const struct timespec *ts); /* saturates */
struct timespec timespec_of(int64_t ns);

/* A hook around a call whose failure is -1 and errno, and that is called again as it was. */
#define WAIT_CALL(kind, object, call)                                                              \
    ({                                                                                             \
        struct wait w_;                                                                            \
        __typeof__(call) r_;                                                                       \
        if (likely(wait_begin(&w_, kind, (uint64_t)(object)))) {                                   \
            do                                                                                     \
                r_ = (call);                                                                       \
            while (unlikely(r_ == -1) && wait_interrupted(&w_));                                   \
            wait_end(&w_);                                                                         \
        } else {                                                                                   \
            r_ = (call);                                                                           \
        }                                                                                          \
        r_;                                                                                        \
    })

/* A hook around a call on a descriptor, which waits for `events`. */
#define WAIT_IO(kind, fd, events, call)                                                            \
    ({                                                                                             \
        struct wait w_;                                                                            \
        __typeof__(call) r_;                                                                       \
        if (likely(wait_begin(&w_, kind, (uint64_t)(fd)))) {                                       \
            do                                                                                     \
                r_ = (call);                                                                       \
            while (unlikely(r_ == -1) && wait_io_interrupted(&w_, events));                        \
            wait_end(&w_);                                                                         \
        } else {                                                                                   \
            r_ = (call);                                                                           \
        }                                                                                          \
        r_;                                                                                        \
    })

/* Whether a result of a thread function, pthread's or C11's, means that it waited as long as it had
 * to: it has what it wants, or its time was up. */
static inline bool wait_result(int r) {
    return r == 0 || r == ETIMEDOUT || r == EOWNERDEAD || r == thrd_timedout;
}

/* A hook around a thread function that is known to wait, unless it fails. */
#define WAIT_SURE(kind, object, call)                                                              \
    ({                                                                                             \
        struct wait w_;                                                                            \
        bool on_ = wait_begin(&w_, kind, (uint64_t)(uintptr_t)(object));                           \
        __typeof__(call) r_ = (call);                                                              \
        if (on_)                                                                                   \
            wait_end_sure(&w_, wait_result(r_));                                                   \
        r_;                                                                                        \
    })

#endif
