/* Hooks: poll, select, epoll, in all their forms.
 *
 * None is restarted by the kernel after a handler of ours; so they are called again with the time
 * that remains (preload/wait.h). Those that set a mask while they wait leave our signals open, as
 * every mask of the program does. */
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/time.h>

#include "preload/real.h"
#include "preload/signals_mask.h"
#include "preload/wait.h"

#define MS_NS INT64_C(1000000)

typedef const struct timespec time_spec;

/* Milliseconds as poll has them: negative is for ever, and the rest is rounded up. */
static int left_ms(const struct wait *w, int timeout) {
    return timeout < 0 ? timeout : (int)((wait_left_ns(w, timeout * MS_NS) + MS_NS - 1) / MS_NS);
}

/* What remains of a timeout that may be NULL, in `left`. */
static time_spec *left_of(const struct wait *w, time_spec *timeout, struct timespec *left) {
    if (!timeout)
        return NULL;
    *left = timespec_of(wait_left_ns(w, timespec_ns(timeout)));
    return left;
}

static bool is_zero(time_spec *t) {
    return t && !t->tv_sec && !t->tv_nsec;
}

/* The mask of a call, as the kernel is to have it. */
struct call_mask {
    struct signals_mask mask;
    const sigset_t *kernel; /* NULL: there is none */
};

static void mask_begin(struct call_mask *m, const sigset_t *set) {
    m->kernel = set;
    if (!set || !agent_on())
        return;
    signals_mask_begin(&m->mask, SIG_SETMASK, set);
    m->kernel = &m->mask.kernel;
}

static void mask_end(const struct call_mask *m) {
    if (m->kernel == &m->mask.kernel)
        signals_mask_undo(&m->mask);
}

/* `call`, in terms of `t`, as often as it is interrupted by us; `next` is the next t. */
#define POLL(type, t, first, next, call)                                                           \
    ({                                                                                             \
        struct wait w_;                                                                            \
        type t = (first);                                                                          \
        int r_;                                                                                    \
        if (likely(wait_begin(&w_, ARENA_WAIT_POLL, 0))) {                                         \
            while (unlikely((r_ = (call)) < 0) && wait_interrupted(&w_))                           \
                t = (next);                                                                        \
            wait_end(&w_);                                                                         \
        } else {                                                                                   \
            r_ = (call);                                                                           \
        }                                                                                          \
        r_;                                                                                        \
    })

HOT HOOK int poll(struct pollfd *fds, nfds_t n, int timeout) {
    if (timeout == 0)
        return REAL(poll)(fds, n, 0);
    return POLL(int, ms, timeout, left_ms(&w_, timeout), REAL(poll)(fds, n, ms));
}

int __poll_chk(struct pollfd *fds, nfds_t n, int timeout, size_t room);
HOOK int __poll_chk(struct pollfd *fds, nfds_t n, int timeout, size_t room) {
    if (timeout == 0)
        return REAL(__poll_chk)(fds, n, 0, room);
    return POLL(int, ms, timeout, left_ms(&w_, timeout), REAL(__poll_chk)(fds, n, ms, room));
}

/* ---- with a mask */

/* The same for calls with a time of nanoseconds and a mask `m.kernel`. */
#define POLL_MASKED(timeout, set, call)                                                            \
    ({                                                                                             \
        struct timespec left_;                                                                     \
        struct call_mask m;                                                                        \
        mask_begin(&m, is_zero(timeout) ? NULL : (set));                                           \
        int result_ = POLL(time_spec *, t, timeout, left_of(&w_, timeout, &left_), call);          \
        mask_end(&m);                                                                              \
        result_;                                                                                   \
    })

HOOK int ppoll(struct pollfd *fds, nfds_t n, time_spec *timeout, const sigset_t *set) {
    if (is_zero(timeout))
        return REAL(ppoll)(fds, n, timeout, set);
    return POLL_MASKED(timeout, set, REAL(ppoll)(fds, n, t, m.kernel));
}

int __ppoll_chk(struct pollfd *fds, nfds_t n, time_spec *timeout, const sigset_t *set, size_t room);
HOOK int __ppoll_chk(struct pollfd *fds, nfds_t n, time_spec *timeout, const sigset_t *set,
                     size_t room) {
    if (is_zero(timeout))
        return REAL(__ppoll_chk)(fds, n, timeout, set, room);
    return POLL_MASKED(timeout, set, REAL(__ppoll_chk)(fds, n, t, m.kernel, room));
}

HOOK int pselect(int n, fd_set *restrict r, fd_set *restrict w, fd_set *restrict x,
                 time_spec *restrict timeout, const sigset_t *restrict set) {
    if (is_zero(timeout))
        return REAL(pselect)(n, r, w, x, timeout, set);
    return POLL_MASKED(timeout, set, REAL(pselect)(n, r, w, x, t, m.kernel));
}

/* ---- select: Linux writes the rest into the timeout, so it is called again as it is */

static void set_timeval(struct timeval *t, int64_t ns) {
    t->tv_sec = ns / 1000000000;
    t->tv_usec = (ns % 1000000000 + 999) / 1000;
    if (t->tv_usec == 1000000) {
        t->tv_sec++;
        t->tv_usec = 0;
    }
}

static int64_t timeval_ns(const struct timeval *t) {
    const struct timespec ts = {t->tv_sec, t->tv_usec * 1000};
    return timespec_ns(&ts);
}

HOOK int select(int n, fd_set *restrict r, fd_set *restrict w, fd_set *restrict x,
                struct timeval *restrict timeout) {
    struct wait wait;
    int result;
    if ((timeout && !timeout->tv_sec && !timeout->tv_usec) ||
        !wait_begin(&wait, ARENA_WAIT_POLL, 0))
        return REAL(select)(n, r, w, x, timeout);
    int64_t whole = timeout ? timeval_ns(timeout) : 0;
    while ((result = REAL(select)(n, r, w, x, timeout)) < 0 && wait_interrupted(&wait))
        if (timeout)
            set_timeval(timeout, wait_left_ns(&wait, whole));
    wait_end(&wait);
    return result;
}

/* ---- epoll */

HOT HOOK int epoll_wait(int fd, struct epoll_event *events, int n, int timeout) {
    if (timeout == 0)
        return REAL(epoll_wait)(fd, events, n, 0);
    return POLL(int, ms, timeout, left_ms(&w_, timeout), REAL(epoll_wait)(fd, events, n, ms));
}

HOOK int epoll_pwait(int fd, struct epoll_event *events, int n, int timeout, const sigset_t *set) {
    struct call_mask m;
    if (timeout == 0)
        return REAL(epoll_pwait)(fd, events, n, 0, set);
    mask_begin(&m, set);
    int r = POLL(int, ms, timeout, left_ms(&w_, timeout),
                 REAL(epoll_pwait)(fd, events, n, ms, m.kernel));
    mask_end(&m);
    return r;
}

HOOK int epoll_pwait2(int fd, struct epoll_event *events, int n, time_spec *timeout,
                      const sigset_t *set) {
    if (is_zero(timeout))
        return REAL(epoll_pwait2)(fd, events, n, timeout, set);
    return POLL_MASKED(timeout, set, REAL(epoll_pwait2)(fd, events, n, t, m.kernel));
}

/* Other names that glibc exports. */
HOOK __typeof__(poll) __poll __attribute__((alias("poll"), hot));
HOOK __typeof__(select) __select __attribute__((alias("select")));
