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
 * A wait that is left by a jump or by cancellation needs no end; what is published, and a waiter
 * that is listed, are put right by the thread's next wait or its exit.
 *
 * Everything here is async-signal-safe and keeps errno. */
#ifndef CPPROF_PRELOAD_WAIT_H
#define CPPROF_PRELOAD_WAIT_H

#include <errno.h>
#include <poll.h>
#include <threads.h>
#include <time.h>

#include "arena/waits.h"
#include "preload/capture.h"
#include "preload/clock.h"
#include "preload/descriptors.h"

#define WAIT_LEAST_NS 4000

/* What a hook does when a thread is about to wait. */
enum wait_mode {
    WAIT_OFF,  /* calls through: no agent, or a sandbox */
    WAIT_COLD, /* there is no store yet, it may be time to make it */
    WAIT_HOT,
};

struct wait {
    struct thread_slot *slot; /* NULL: the thread has none */
    uint64_t since;           /* ticks */
    uint64_t object;
    uint32_t kind; /* enum arena_wait */
    uint32_t seq;  /* of the slot, odd */
    int saved_errno;
    bool has_tsc; /* as in `hot`, when it began, as what follows */
    uint64_t least_ticks;
    uint64_t block_until;
    double block_filter;
    bool nested;         /* this wait is in a handler that interrupted another one: `outer` */
    bool outer_is_whole; /* which had been published when the handler came */
    struct wait_place outer;
};

/* From agent_init; in a forked child; around the entry into a sandbox. */
void wait_switch(enum wait_mode mode);

/* The program makes reading the counter a fault (PR_SET_TSC): ticks are another clock's from now
 * on. */
void wait_ticks_changed(void);

/* The stack of a wait's caller, after it was left, in the calling thread; false when no scratch
 * buffer is free. */
bool wait_key(struct store *s, const struct wait *w, struct capture_key *key);

/* What a wait that is over at `now` counts for in the block profile, the share of such waits that
 * is kept; 0: this one is not. And adding one that is. */
double wait_share(const struct wait *w, uint64_t now);
void wait_count(struct store *s, const struct capture_key *key, const struct wait *w, uint64_t ns,
                double share);
bool wait_was_interrupted(struct wait *w);

/* False: call the real function and do no more. `frame` is the frame address of the hook, whose
 * caller is published: its saved rbp and return address. */
bool wait_begin_at(struct wait *w, enum arena_wait kind, uint64_t object, const uint64_t *frame);

/* For hooks themselves: the frame is that of the function where this stands. */
static inline __attribute__((always_inline)) bool wait_begin(struct wait *w, enum arena_wait kind,
                                                             uint64_t object) {
    return wait_begin_at(w, kind, object, __builtin_frame_address(0));
}

/* Takes back what was published; returns the time, in ticks. */
uint64_t wait_leave(struct wait *w);

/* The end of a call that may have waited. */
void wait_end(struct wait *w);

/* The end of a call of which it is known whether it `waited`. */
void wait_end_sure(struct wait *w, bool waited);

/* After a call of the wait failed: true when errno is EINTR through a signal of ours alone and the
 * program, which has no handler of any signal, cannot expect that: call again. errno is then what
 * it was before the wait. */
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

/* What glibc's timed functions refuse, some of them before they try: other nanoseconds, and other
 * clocks. */
static inline bool timespec_is_valid(const struct timespec *ts) {
    return ts->tv_nsec >= 0 && ts->tv_nsec < 1000000000;
}

static inline bool wait_clock_is_valid(clockid_t clock) {
    return clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC;
}

/* A hook around a call whose failure is -1 and errno. */
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

/* A call on the descriptor `fd`, which was taken not to block and so was no wait, said `r`, -1 or
 * less than it was asked for. True if a signal of ours has ended it, and the descriptor blocks
 * after all: then a wait has begun, which that signal has interrupted. */
bool wait_begin_late(struct wait *w, enum arena_wait kind, int fd, ssize_t r,
                     const uint64_t *frame);

/* After a call on a descriptor failed, for `events`: whether to make it again. It is a wait if
 * `*on`, and after one that is to be made again. */
bool wait_io_retry(struct wait *w, bool *on, enum arena_wait kind, int fd, short events,
                   const uint64_t *frame);

/* After a transfer of less than was asked for: true when a signal of ours alone has cut it short,
 * on a descriptor that blocks, so that the rest may be asked for. */
bool wait_was_cut(struct wait *w);

/* Whether a transfer is a wait, which has begun then. */
#define WAIT_BEGIN_IO(kind, fd)                                                                    \
    (!descriptor_never_blocks((int)(fd)) && likely(wait_begin(&w_, kind, (uint64_t)(fd))))

/* A hook around a call on a descriptor, which waits for `events`. Nothing has to be done about a
 * failure where no signal of ours was noted. */
#define WAIT_IO(kind, fd, events, call)                                                            \
    ({                                                                                             \
        struct wait w_;                                                                            \
        __typeof__(call) r_;                                                                       \
        bool on_ = WAIT_BEGIN_IO(kind, fd);                                                        \
        do                                                                                         \
            r_ = (call);                                                                           \
        while (unlikely(r_ == -1) && unlikely(thread_state.interrupted) &&                         \
               wait_io_retry(&w_, &on_, kind, (int)(fd), events, __builtin_frame_address(0)));     \
        if (on_)                                                                                   \
            wait_end(&w_);                                                                         \
        r_;                                                                                        \
    })

/* The same for a transfer of `n` bytes. Where the first `call` did not do all, `rest`, a function
 * call with `w_` and `r_`, what that call said, goes on: what it says is returned. */
#define WAIT_TRANSFER(kind, fd, n, call, rest)                                                     \
    ({                                                                                             \
        struct wait w_;                                                                            \
        bool on_ = WAIT_BEGIN_IO(kind, fd);                                                        \
        ssize_t r_ = (call);                                                                       \
        if (unlikely(r_ != (ssize_t)(n)) && unlikely(thread_state.interrupted) &&                  \
            (on_ || (on_ = wait_begin_late(&w_, kind, fd, r_, __builtin_frame_address(0)))))       \
            r_ = (rest);                                                                           \
        if (on_)                                                                                   \
            wait_end(&w_);                                                                         \
        r_;                                                                                        \
    })

/* What such a function is. `call` is made with `done_`, how many bytes are done. What fails after
 * some were done is not told, as by a short transfer. */
#define WAIT_TRANSFER_REST(w, r, events, n, call)                                                  \
    ({                                                                                             \
        size_t done_ = 0;                                                                          \
        ssize_t r_ = (r);                                                                          \
        for (;;) {                                                                                 \
            while (r_ == -1 && wait_io_interrupted(w, events))                                     \
                r_ = (call);                                                                       \
            done_ += r_ > 0 ? (size_t)r_ : 0;                                                      \
            if (r_ <= 0 || done_ >= (n) || !wait_was_cut(w))                                       \
                break;                                                                             \
            r_ = (call);                                                                           \
        }                                                                                          \
        if (r_ == -1 && done_)                                                                     \
            errno = (w)->saved_errno;                                                              \
        done_ ? (ssize_t)done_ : r_;                                                               \
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
