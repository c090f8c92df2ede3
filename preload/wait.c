/* Waits.
 *
 * Model: the hot path, wait_begin_at and wait_end, is a few stores in the thread's own slot and two
 * readings of the clock. After the call it looks at nothing but its own stack and the slot: a
 * thread that waited finds all else out of the caches. The rest runs where a thread truly waited,
 * or where something is unusual: no slot, no store, a handler's call within another wait.
 *
 * The block profile is sampled by length: a wait of d ns is kept with probability min(1, d/rate),
 * the rate in force, and counts for the inverse of that (Go's blockevent, and its correction of
 * 2021). */
#include "preload/wait.h"

#include <sys/socket.h>
#include <sys/time.h>

#include "preload/block_rate.h"
#include "preload/capture.h"
#include "preload/descriptors.h"
#include "preload/math.h"
#include "preload/real.h"
#include "preload/slot.h"
#include "preload/sys.h"
#include "preload/thread_entry.h"
#include "preload/waiters.h"

enum { READS_WITHOUT_STORE = 256 };

struct hot hot HOT_DATA = {.wait_least_ticks = WAIT_LEAST_NS, .block_filter = BLOCK_FILTER_NONE};

void wait_switch(enum wait_mode mode) {
    __atomic_store_n(&hot.wait_mode, mode, __ATOMIC_RELAXED);
}

void wait_ticks_changed(void) {
    clock_distrust();
    __atomic_store_n(&hot.wait_least_ticks, WAIT_LEAST_NS, __ATOMIC_RELAXED);
    __atomic_store_n(&hot.block_until, 0, __ATOMIC_RELAXED);
    double none = BLOCK_FILTER_NONE;
    __atomic_store(&hot.block_filter, &none, __ATOMIC_RELAXED);
}

/* ---- begin */

/* Whether a read could be about to wait; only asked until there is a store. */
static bool would_wait(int fd) {
    struct pollfd p = {.fd = fd, .events = POLLIN};
    struct timespec none = {0, 0};
    return sys_call5(SYS_ppoll, (long)&p, 1, (long)&none, 0, sizeof(uint64_t)) == 0;
}

/* Whether a read is reason to make the store: it would wait, or there have been so many that asking
 * costs more. */
static bool read_matters(int fd) {
    static uint32_t reads; /* atomic */
    return __atomic_fetch_add(&reads, 1, __ATOMIC_RELAXED) > READS_WITHOUT_STORE || would_wait(fd);
}

static bool is_reason_for_store(const struct wait *w) {
    if (w->kind == ARENA_WAIT_READ)
        return read_matters((int)w->object);
    return w->kind != ARENA_WAIT_WRITE && w->kind != ARENA_WAIT_SYNC && w->kind != ARENA_WAIT_EXIT;
}

/* Makes the store where a thread may wait for long, so that an idle program can be looked at; not
 * for the few reads of a short command. False in a process that is to be left alone. */
static bool warm_up(const struct wait *w) {
    agent_fork_check();
    if (__atomic_load_n(&hot.wait_mode, __ATOMIC_RELAXED) == WAIT_OFF)
        return false;
    if ((store_peek() || is_reason_for_store(w)) && store_get())
        wait_switch(WAIT_HOT);
    return true;
}

/* A thread that the agent did not see begin, or that found no slot then, may get one now. One that
 * ends would not give it back. */
static struct thread_slot *find_slot(void) {
    struct thread_state *t = &thread_state;
    if (t->slot || t->stage == THREAD_DYING)
        return t->slot;
    if (t->stage == THREAD_NEW && !t->tid)
        thread_notice();
    return t->slot;
}

static inline uint64_t ticks_of(const struct wait *w) {
    return likely(w->has_tsc) ? __rdtsc() : clock_ticks_slow();
}

/* The slot's number changes before anything else of it does, and the tag last. */
static inline void publish(struct wait *w, struct thread_slot *slot, const uint64_t *frame) {
    uint32_t seq = (slot->seq + 1) | 1;
    uint64_t since;
    w->slot = slot;
    w->seq = seq;
    __atomic_store_n(&slot->seq, seq, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_RELEASE);
    w->since = since = ticks_of(w);
    slot->at.wait = w->kind;
    slot->at.since = since;
    slot->at.pc = frame[1];
    slot->at.sp = (uintptr_t)(frame + 2);
    slot->at.fp = frame[0];
    slot->at.object = w->object;
    __atomic_store_n(&slot->at.tag, seq, __ATOMIC_RELEASE);
}

static bool on_own_stack(uint64_t address) {
    return address >= thread_state.stack_lo && address < thread_state.stack_hi;
}

/* Whether the wait that the slot shows is still going on, below a handler that interrupted it, and
 * was not left by a jump: its hook's return address is where it was, on the thread's own stack, and
 * this frame is below it or on another stack. */
static bool still_waits(const struct wait_place *at, const uint64_t *frame) {
    uint64_t here = (uintptr_t)frame;
    return on_own_stack(at->sp - 8) && *(const uint64_t *)(uintptr_t)(at->sp - 8) == at->pc &&
           (here < at->sp || !on_own_stack(here));
}

static COLD bool begin_slow(struct wait *w, const uint64_t *frame) {
    int mode = __atomic_load_n(&hot.wait_mode, __ATOMIC_RELAXED);
    w->saved_errno = errno;
    if (mode == WAIT_OFF || (mode == WAIT_COLD && !warm_up(w)))
        return false;
    struct thread_slot *slot = find_slot();
    if (!slot) {
        w->slot = NULL;
        w->since = clock_ticks();
        return true;
    }
    if (slot->seq & 1) {
        w->outer = slot->at;
        w->outer_is_whole = slot->at.tag == slot->seq;
        w->nested = !w->outer_is_whole || still_waits(&slot->at, frame);
        if (!w->nested)
            waiters_abandon();
    }
    publish(w, slot, frame);
    return true;
}

/* Not inlined, as wait_end is not: hooks of several calls then have these lines in common. From
 * here on to the end of what is HOT, that is hooks of what servers call most, all fits on one page.
 */
HOT __attribute__((aligned(4096))) bool wait_begin_at(struct wait *w, enum arena_wait kind,
                                                      uint64_t object, const uint64_t *frame) {
    struct thread_slot *slot = thread_state.slot;
    w->kind = kind;
    w->object = object;
    w->nested = false;
    w->has_tsc = hot.has_tsc;
    w->least_ticks = __atomic_load_n(&hot.wait_least_ticks, __ATOMIC_RELAXED);
    w->block_until = __atomic_load_n(&hot.block_until, __ATOMIC_RELAXED);
    __atomic_load(&hot.block_filter, &w->block_filter, __ATOMIC_RELAXED);
    if (unlikely(__atomic_load_n(&hot.wait_mode, __ATOMIC_RELAXED) != WAIT_HOT || !slot ||
                 slot->seq & 1))
        return begin_slow(w, frame);
    w->saved_errno = *thread_state.errno_at;
    publish(w, slot, frame);
    return true;
}

/* ---- end */

static COLD void leave_nested(struct wait *w) {
    struct thread_slot *slot = w->slot;
    if (!slot)
        return;
    uint32_t seq = (slot->seq | 1) + 2;
    __atomic_store_n(&slot->seq, seq, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_RELEASE);
    slot->at = w->outer;
    __atomic_store_n(&slot->at.tag, w->outer_is_whole ? seq : 0, __ATOMIC_RELEASE);
}

static bool is_transfer(const struct wait *w) {
    return w->kind >= ARENA_WAIT_READ && w->kind <= ARENA_WAIT_CONNECT;
}

/* A long transfer on a descriptor that never blocks is no wait. */
static bool never_blocks(const struct wait *w) {
    return is_transfer(w) && descriptor_kernel_says((int)w->object);
}

static bool asked_whether_it_blocks(const struct wait *w) {
    if (!never_blocks(w))
        return false;
    descriptor_learn((int)w->object, true);
    return true;
}

/* The rate of ticks becomes known with the first waits. */
static COLD void look(uint64_t now) {
    block_rate_look(now);
    __atomic_store_n(&hot.wait_least_ticks, clock_ticks_of(WAIT_LEAST_NS), __ATOMIC_RELAXED);
}

/* The share of a wait that passed the filter. */
static double share_of(const struct wait *w, uint64_t now, double x) {
    if (!block_rate_passed(x) || agent_sandboxed())
        return 0;
    uint64_t ns = clock_ns(w->since, now);
    double passes = block_rate_passes(x), share = block_rate_share(ns);
    if (share > passes)
        share = passes;
    if (!ns || ns < agent.config.block_threshold_ns ||
        (share < passes && random_unit(thread_rng()) * passes > share) ||
        asked_whether_it_blocks(w))
        return 0;
    block_rate_kept();
    return share;
}

/* 0 almost always, and then nothing else is looked at. */
static inline double share(const struct wait *w, uint64_t now) {
    double x = (double)(int64_t)(now - w->since) * w->block_filter;
    if (unlikely(x < 0)) /* counters of two processors */
        return 0;
    if (unlikely(now >= w->block_until))
        look(now);
    return likely(!block_rate_filter(x)) ? 0 : share_of(w, now, x);
}

double wait_share(const struct wait *w, uint64_t now) {
    return share(w, now);
}

void wait_count(struct store *s, const struct capture_key *key, const struct wait *w, uint64_t ns,
                double share) {
    struct arena_bucket *b = capture_bucket_of(s, key, ARENA_EVENT_BLOCK, w->kind);
    if (!b)
        return;
    bucket_add(b, 0, (int64_t)(ARENA_OBJECT_ONE / share + 0.5));
    bucket_add(b, 1, (int64_t)((double)ns / share + 0.5));
    store_count(s, ARENA_BLOCK_SAMPLES, 1);
}

bool wait_key(struct store *s, const struct wait *w, struct capture_key *key) {
    if (!w->slot || w->nested)
        return capture_key_here(s, key);
    struct wait_place at = w->slot->at;
    /* A handler that came since the end of the wait may have published another one. */
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    return w->slot->at.tag == w->seq ? capture_key_at(s, &at, key) : capture_key_here(s, key);
}

static inline uint64_t leave(struct wait *w) {
    uint64_t now = ticks_of(w);
    if (likely(w->slot && !w->nested))
        __atomic_store_n(&w->slot->seq, (w->slot->seq | 1) + 1, __ATOMIC_RELEASE);
    else
        leave_nested(w);
    return now;
}

uint64_t wait_leave(struct wait *w) {
    return leave(w);
}

static void record(const struct wait *w, uint64_t now, double kept) {
    struct capture_key key;
    agent_fork_check();
    struct store *s = store_get();
    if (s && wait_key(s, w, &key))
        wait_count(s, &key, w, clock_ns(w->since, now), kept);
}

static inline void finish(const struct wait *w, uint64_t now) {
    double kept = share(w, now);
    if (unlikely(kept > 0))
        record(w, now, kept);
}

HOT void wait_end(struct wait *w) {
    uint64_t now = leave(w);
    if (now - w->since >= w->least_ticks)
        finish(w, now);
}

void wait_end_sure(struct wait *w, bool waited) {
    uint64_t now = leave(w);
    if (waited)
        finish(w, now);
}

/* ---- interruptions */

COLD bool wait_was_interrupted(struct wait *w) {
    struct thread_state *t = &thread_state;
    if (!w->slot || t->interrupted != w->seq || agent_sandboxed())
        return false;
    t->interrupted = 0; /* the next one may be another's */
    errno = w->saved_errno;
    return true;
}

COLD bool wait_begin_late(struct wait *w, enum arena_wait kind, int fd, ssize_t r,
                          const uint64_t *frame) {
    struct thread_state *t = &thread_state;
    uint32_t noted = t->interrupted;
    /* It stays for a wait below this handler, not for one that is over and ended by itself. */
    if (noted & 1 && (!t->slot || t->slot->seq & 1))
        return false;
    t->interrupted = 0;
    if (!t->slot || noted != t->slot->seq || (r == -1 && errno != EINTR) ||
        !descriptor_is_nonblocking(fd) || agent_sandboxed() || descriptor_kernel_says(fd))
        return false;
    descriptor_forget(fd);
    if (!wait_begin_at(w, kind, (uint64_t)fd, frame) || !w->slot)
        return false;
    t->interrupted = w->seq;
    return true;
}

COLD bool wait_io_retry(struct wait *w, bool *on, enum arena_wait kind, int fd, short events,
                        const uint64_t *frame) {
    return (*on || (*on = wait_begin_late(w, kind, fd, -1, frame))) &&
           wait_io_interrupted(w, events);
}

COLD bool wait_was_cut(struct wait *w) {
    return w->slot && thread_state.interrupted == w->seq && !never_blocks(w) &&
           wait_was_interrupted(w);
}

static bool socket_option(int fd, int option, void *value, socklen_t bytes) {
    return sys_call5(SYS_getsockopt, fd, SOL_SOCKET, option, (long)value, (long)&bytes) == 0;
}

/* What a call says whose socket's time-out is over. */
static int timeout_error(const struct wait *w) {
    int domain = AF_UNSPEC;
    if (w->kind != ARENA_WAIT_CONNECT)
        return EAGAIN;
    socket_option((int)w->object, SO_DOMAIN, &domain, sizeof domain);
    return domain == AF_UNIX ? EAGAIN : EINPROGRESS;
}

/* A socket's own time-out, in ns; 0 for none, or no socket. */
static int64_t socket_timeout(int fd, short events) {
    struct timeval t;
    if (!socket_option(fd, events == POLLIN ? SO_RCVTIMEO : SO_SNDTIMEO, &t, sizeof t))
        return 0;
    return t.tv_sec * INT64_C(1000000000) + t.tv_usec * INT64_C(1000);
}

COLD bool wait_io_again(struct wait *w, short events) {
    struct pollfd p = {.fd = (int)w->object, .events = events};
    if (!wait_was_interrupted(w))
        return false;
    int64_t timeout = socket_timeout(p.fd, events), left;
    while (timeout && (left = wait_left_ns(w, timeout)) > 0) {
        struct timespec ts = timespec_of(left);
        int n = REAL(ppoll)(&p, 1, &ts, NULL); /* a point of cancellation, as the call is */
        if (n > 0)
            return true;
        if (n < 0 && errno == EINTR && !wait_was_interrupted(w))
            return false; /* by a handler of the program */
    }
    errno = timeout ? timeout_error(w) : w->saved_errno;
    return !timeout;
}

int64_t timespec_ns(const struct timespec *ts) {
    const int64_t second = 1000000000;
    if (ts->tv_sec >= INT64_MAX / second)
        return INT64_MAX;
    return ts->tv_sec * second + ts->tv_nsec;
}

struct timespec timespec_of(int64_t ns) {
    return (struct timespec){ns / 1000000000, ns % 1000000000};
}

int64_t wait_left_ns(const struct wait *w, int64_t timeout_ns) {
    uint64_t waited = clock_ns(w->since, clock_ticks());
    return waited < (uint64_t)timeout_ns ? timeout_ns - (int64_t)waited : 0;
}
