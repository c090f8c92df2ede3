/* Dumps: who writes them, and when.
 *
 * Model: the thread that asks makes a dumper, a process that is nobody's child and shares the
 * memory (detached.c), and goes on. The dumper writes the files (dump_files.c) and turns into
 * `cpprof symbolize`, unless it is a direct child.
 *
 * There may be several dumpers, since one that ends may still be there when the next one begins.
 * `state` is one word, so that all of it changes at once: whether a dumper is taking requests,
 * which one, and what has been asked for. What is asked for while it writes makes it go round once
 * more before it takes RUNNING away; whoever finds it dead (its tid is clear) takes over. Only the
 * one in `state` writes, and may use what there is one of.
 *
 * A dumper reads what other threads may unmap meanwhile. A fault in it must end nobody but itself,
 * and where it walks stacks not even itself: it has handlers of its own for that. */
#include "preload/dump.h"

#include <errno.h>
#include <linux/futex.h>
#include <string.h>
#include <sys/wait.h>

#include "preload/agent.h"
#include "preload/cpu.h"
#include "preload/detached.h"
#include "preload/dump_files.h"
#include "preload/http.h"
#include "preload/store.h"
#include "preload/sys.h"
#include "preload/threads/threads_collect.h"
#include "preload/wait.h"

/* `state`: a bit, enum dump_work, the index of the dumper, and how many there have been, so that no
 * value comes back. */
enum { RUNNING = 1, WORK = DUMP_FILES | DUMP_RECORD, INDEX_SHIFT = 8, COUNT_SHIFT = 16 };

#define ENDED UINT32_MAX /* no tid */

#define WAIT_AT_EXIT_NS INT64_C(10000000000)

static uint32_t state;  /* atomic */
static uint32_t ending; /* atomic: tid of the thread that exits; ENDED once it is done */

/* ---- in the dumper */

/* Takes what has been asked for; 0 when there is nothing more, and RUNNING is gone. */
static uint32_t next_work(void) {
    uint32_t now = __atomic_load_n(&state, __ATOMIC_ACQUIRE), want;
    do
        want = now & ~(uint32_t)(now & WORK ? WORK : WORK | RUNNING);
    while (!__atomic_compare_exchange_n(&state, &now, want, false, __ATOMIC_ACQ_REL,
                                        __ATOMIC_ACQUIRE));
    return now & WORK;
}

static void dumper_main(struct detached *d) {
    struct dump_files files = {.n = 0};
    for (uint32_t work; (work = next_work());) {
        if (work & DUMP_FILES)
            dump_files_write(&files, d->at_end);
        if (work & DUMP_RECORD)
            threads_record_write();
    }
    if (!d->direct)
        dump_files_symbolize(&files);
}

/* ---- starting one */

/* `taken`: one that has been taken meanwhile; it was free, so who had it before runs no more. */
static bool is_running(uint32_t s, const struct detached *taken) {
    const struct detached *d = &detached[s >> INDEX_SHIFT & 0xff];
    return s & RUNNING && d != taken && detached_runs(d);
}

/* Adds to what is asked for, and makes `d`, which may be NULL, the one that does it. False when
 * another one does, or nobody can; then d is not needed. */
static bool take_state(uint32_t work, const struct detached *d) {
    uint32_t now = __atomic_load_n(&state, __ATOMIC_ACQUIRE), want;
    bool mine;
    do {
        mine = d && !is_running(now, d);
        want = now | work;
        if (mine)
            want = (now & WORK) | work | RUNNING | (uint32_t)(d - detached) << INDEX_SHIFT |
                   ((now >> COUNT_SHIFT) + 1) << COUNT_SHIFT;
    } while (!__atomic_compare_exchange_n(&state, &now, want, false, __ATOMIC_ACQ_REL,
                                          __ATOMIC_ACQUIRE));
    return mine;
}

/* Sees to it that `work` is done, by a running dumper or a new one; else it is left to dump_retry.
 */
static void start(uint32_t work, bool at_end) {
    uint64_t mask;
    int saved = errno; /* clone sets it */
    /* The dumper starts with what is blocked here, and keeps it so. */
    sys_sigmask(SIG_SETMASK, ~UINT64_C(0), &mask);
    struct detached *d = detached_take();
    if (d) {
        d->at_end = at_end;
        d->awaited = true;
    }
    if (!take_state(work, d)) {
        if (d)
            detached_give(d);
    } else if (!detached_launch(d, dumper_main)) {
        __atomic_fetch_and(&state, ~(uint32_t)RUNNING, __ATOMIC_RELEASE);
        detached_give(d);
    }
    sys_sigmask(SIG_SETMASK, mask, NULL);
    errno = saved;
}

void dump_request(enum dump_work work) {
    agent_fork_check();
    if (agent_sandboxed() || sys_getpid() != agent.pid)
        return;
    uint32_t end = __atomic_load_n(&ending, __ATOMIC_ACQUIRE);
    if (work == DUMP_FILES && agent.config.at_exit && end && end != ENDED)
        return;       /* the last dump has all, or will have */
    if (!store_get()) /* another thread is making it: its next tick sees to the request */
        __atomic_fetch_or(&state, work, __ATOMIC_ACQ_REL);
    else
        start(work, false);
}

void dump_retry(void) {
    uint32_t now = __atomic_load_n(&state, __ATOMIC_RELAXED);
    if (likely(!(now & (WORK | RUNNING))))
        return;
    detached_reap(WNOHANG);
    if (now & WORK && !is_running(now, NULL) && store_peek())
        start(0, false);
}

/* ---- the end of the process */

/* Waits until `word` may be another value than `value`; false when the time, CLOCK_MONOTONIC, is
 * up. `op`: FUTEX_WAIT or FUTEX_WAIT_PRIVATE. */
static bool sleep_on(const uint32_t *word, int op, uint32_t value, int64_t end_ns) {
    int64_t left = end_ns - sys_clock_ns(CLOCK_MONOTONIC);
    if (left <= 0)
        return false;
    struct timespec ts = timespec_of(left);
    sys_call4(SYS_futex, (long)word, op, value, (long)&ts);
    return true;
}

/* Waits until no dumper uses our memory, also none that a request has made meanwhile. False when
 * that takes too long. */
static bool wait_for_dumpers(void) {
    int64_t end = sys_clock_ns(CLOCK_MONOTONIC) + WAIT_AT_EXIT_NS;
    do {
        for (int i = 0; i < DETACHED_MAX; i++) {
            struct detached *d = &detached[i];
            uint32_t tid;
            while ((tid = __atomic_load_n(&d->tid, __ATOMIC_ACQUIRE)) != 0 && d->awaited) {
                /* Not PRIVATE: the kernel's wake at exec and exit is not either. */
                if (!sleep_on(&d->tid, FUTEX_WAIT, tid, end))
                    return false;
            }
        }
        detached_reap(0);
    } while (is_running(__atomic_load_n(&state, __ATOMIC_ACQUIRE), NULL));
    return true;
}

static bool has_samples(struct store *s) {
    uint64_t n = 0;
    for (int c = ARENA_CPU_SAMPLES; c <= ARENA_CREATE_SAMPLES; c++)
        n |= s->header->counters[c];
    return n != 0;
}

/* True when nothing is left to be written: a dumper could be started, and came to its end. */
static bool dump_and_wait(struct store *s) {
    if (!agent.config.at_exit || !has_samples(s))
        return wait_for_dumpers();
    start(DUMP_FILES, true);
    return wait_for_dumpers() &&
           !(__atomic_load_n(&state, __ATOMIC_ACQUIRE) & (DUMP_FILES | RUNNING));
}

static void end_of_program(void) {
    cpu_settle();
    store_close();
    struct store *s = store_peek();
    /* What could not be written stays in the arena, for `cpprof recover`. */
    if (s && !agent_sandboxed() && dump_and_wait(s))
        store_unlink();
}

static bool is_ours_to_end(void) {
    if (!agent_on())
        return false;
    agent_fork_check();
    return agent_sandboxed() || sys_getpid() == agent.pid;
}

/* Another thread exits: it would be killed in the middle if this one went on. Signals come: a
 * dumper asks this thread for its stack. */
static void wait_for_end(void) {
    int64_t end = sys_clock_ns(CLOCK_MONOTONIC) + WAIT_AT_EXIT_NS;
    uint32_t tid;
    while ((tid = __atomic_load_n(&ending, __ATOMIC_ACQUIRE)) != ENDED) {
        if (!sleep_on(&ending, FUTEX_WAIT_PRIVATE, tid, end))
            return;
    }
}

static void end_once(uint32_t tid) {
    uint32_t other = 0;
    if (!__atomic_compare_exchange_n(&ending, &other, tid, false, __ATOMIC_ACQ_REL,
                                     __ATOMIC_ACQUIRE)) {
        /* else a handler interrupted this one, or a second way out follows */
        if (other != tid && !agent_sandboxed())
            wait_for_end();
        return;
    }
    end_of_program();
    http_end();
    __atomic_store_n(&ending, ENDED, __ATOMIC_RELEASE);
    if (!agent_sandboxed())
        sys_call3(SYS_futex, (long)&ending, FUTEX_WAKE_PRIVATE, INT32_MAX);
}

void dump_at_exit(void) {
    struct wait w;
    if (!is_ours_to_end())
        return;
    bool on = wait_begin(&w, ARENA_WAIT_EXIT, 0);
    end_once(agent_sandboxed() ? 1 : (uint32_t)sys_gettid());
    if (on)
        wait_leave(&w);
}

void dump_at_exec(void) {
    struct wait w;
    if (!is_ours_to_end())
        return;
    bool on = wait_begin(&w, ARENA_WAIT_EXIT, 0);
    end_of_program();
    if (on)
        wait_leave(&w);
}

void dump_fork_child(void) {
    detached_fork_child();
    state = 0;
    ending = 0;
}
