/* Dumps: who writes them, and when.
 *
 * Model: the thread that asks makes a dumper with two clones and goes on. The first clone, which
 * shares everything and holds up its parent until it ends (CLONE_VFORK), only makes the second one
 * and ends, so that the dumper is nobody's child: no wait of the program can find it. The dumper
 * shares the memory, has descriptors of its own, blocks all signals, writes the files
 * (dump_files.c) and turns into `cpprof symbolize`. Where an orphan would come to somebody who does
 * not expect it (this process is a subreaper, or a program is init of its container), the dumper is
 * our child with exit signal 0, which wait does not show either, does not exec, and is reaped by
 * us.
 *
 * A dumper's stack is in use until the kernel clears its tid, at exec or exit; so there are
 * several. `state` is one word, so that all of it changes at once: whether a dumper is taking
 * requests, which one, and what has been asked for. What is asked for while it writes makes it go
 * round once more before it takes RUNNING away; whoever finds it dead (its tid is clear) takes
 * over. Only the one in `state` writes, and may use what there is one of.
 *
 * A dumper reads what other threads may unmap meanwhile. A fault in it must end nobody but itself,
 * and where it walks stacks not even itself: it has handlers of its own for that. */
#include "preload/dump.h"

#include <errno.h>
#include <linux/futex.h>
#include <sched.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "preload/agent.h"
#include "preload/cpu.h"
#include "preload/dump_files.h"
#include "preload/fault_guard.h"
#include "preload/store.h"
#include "preload/sys.h"
#include "preload/threads/threads_collect.h"
#include "preload/wait.h"

/* A dumper's mapping: the first clone's stack, thread-local storage, the dumper's stack. */
enum { DUMPERS = 4, STACK_BYTES = 256 * 1024, FIRST_STACK_BYTES = 16 * 1024, TLS_AT = 48 * 1024 };
/* `state`: a bit, enum dump_work, the index of the dumper, and how many there have been, so that no
 * value comes back. */
enum { RUNNING = 1, WORK = DUMP_FILES | DUMP_RECORD, INDEX_SHIFT = 8, COUNT_SHIFT = 16 };

#define ENDED UINT32_MAX /* no tid */

#define WAIT_AT_EXIT_NS INT64_C(10000000000)

struct dumper {
    bool failed;  /* there was no second clone */
    uint32_t tid; /* atomic: not 0 while taken; the kernel clears it when our memory is left */
    int zombie;   /* atomic: pid of a direct child that has to be reaped, or 0 */
    bool direct;  /* it is our child */
    bool at_end;  /* the process ends */
    void *stack;  /* STACK_BYTES, kept for the next dump */
};

static struct dumper dumpers[DUMPERS];
static uint32_t state;  /* atomic */
static uint32_t ending; /* atomic: tid of the thread that exits; ENDED once it is done */

/* ---- in the dumper */

static void own_descriptors(void) {
    /* Copies the table without what it closes: quick also where a million are open. */
    if (sys_call3(SYS_close_range, 3, ~0U, CLOSE_RANGE_UNSHARE) == 0)
        return;
    sys_call1(SYS_unshare, CLONE_FILES);
    for (int fd = 3; fd < 65536; fd++)
        sys_close(fd);
}

/* Takes what has been asked for; 0 when there is nothing more, and RUNNING is gone. */
static uint32_t next_work(void) {
    uint32_t now = __atomic_load_n(&state, __ATOMIC_ACQUIRE), want;
    do
        want = now & ~(uint32_t)(now & WORK ? WORK : WORK | RUNNING);
    while (!__atomic_compare_exchange_n(&state, &now, want, false, __ATOMIC_ACQ_REL,
                                        __ATOMIC_ACQUIRE));
    return now & WORK;
}

static int dumper_main(void *arg) {
    struct dumper *d = arg;
    struct dump_files files = {.n = 0};
    fault_guard_init();
    own_descriptors();
    sys_call0(SYS_setsid); /* the terminal's and the group's signals are not for it */
    for (uint32_t work; (work = next_work());) {
        if (work & DUMP_FILES)
            dump_files_write(&files, d->at_end);
        if (work & DUMP_RECORD)
            threads_record_write();
    }
    if (!d->direct)
        dump_files_symbolize(&files);
    return 0;
}

/* Starts the dumper; returns its pid or -1. Its thread pointer is its own: library code looks there
 * for the stack protector's value, and the thread that asked may end, and its stack be unmapped.
 * Nothing thread-local is there: what a dumper does must not touch `thread_state`, nor errno. */
static int clone_dumper(struct dumper *d) {
    const int flags =
        CLONE_VM | CLONE_FILES | CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID;
    void **tls = (void **)((char *)d->stack + TLS_AT);
    tls[0] = tls[2] = tls; /* where x86-64 code finds the pointer itself */
    return clone(dumper_main, (char *)d->stack + STACK_BYTES, flags, d, &d->tid, tls, &d->tid);
}

/* The first clone: makes the dumper, and is gone. */
static int first_main(void *arg) {
    struct dumper *d = arg;
    d->failed = clone_dumper(d) < 0;
    return 0;
}

/* ---- starting one */

static size_t read_text(const char *path, char *out, size_t room) {
    int fd = sys_open(path, O_RDONLY | O_CLOEXEC, 0);
    long n = fd < 0 ? 0 : sys_read(fd, out, room - 1);
    if (fd >= 0)
        sys_close(fd);
    n = n > 0 ? n : 0;
    out[n] = '\0';
    return (size_t)n;
}

/* Whether process 1 expects orphans: outside of containers it does; in one it may be just the
 * program, whose workers' dumpers it would find among its children. */
static bool init_takes_orphans(void) {
    static const char *const inits[] = {"systemd",   "init",      "tini",
                                        "dumb-init", "catatonit", "docker-init",
                                        "s6-svscan", "runit",     "cpprof"};
    char name[32];
    long n =
        sys_call4(SYS_readlinkat, AT_FDCWD, (long)"/proc/self/ns/pid", (long)name, sizeof name - 1);
    name[n > 0 ? n : 0] = '\0';
    if (strcmp(name, "pid:[4026531836]") == 0) /* PROC_PID_INIT_INO: the first namespace */
        return true;
    n = (long)read_text("/proc/1/comm", name, sizeof name);
    if (n > 0)
        name[n - 1] = '\0';
    for (size_t i = 0; i < sizeof inits / sizeof inits[0]; i++)
        if (strcmp(name, inits[i]) == 0)
            return true;
    return false;
}

/* Whether somebody who does not expect it would find the dumper among its children. */
static bool orphans_disturb(void) {
    int subreaper = 0;
    sys_call5(SYS_prctl, PR_GET_CHILD_SUBREAPER, (long)&subreaper, 0, 0, 0);
    return subreaper || agent.subreaper_above || sys_getpid() == 1 || !init_takes_orphans();
}

/* `options`: WNOHANG, or 0 when they are known to be at their end. */
static void reap(int options) {
    for (int i = 0; i < DUMPERS; i++) {
        struct dumper *d = &dumpers[i];
        int pid = __atomic_load_n(&d->zombie, __ATOMIC_RELAXED);
        if (pid && sys_call4(SYS_wait4, pid, 0, options | __WCLONE, 0) != 0)
            __atomic_store_n(&d->zombie, 0, __ATOMIC_RELEASE);
    }
}

static struct dumper *take_dumper(void) {
    reap(WNOHANG);
    for (int i = 0; i < DUMPERS; i++) {
        struct dumper *d = &dumpers[i];
        uint32_t free_tid = 0;
        if (__atomic_load_n(&d->zombie, __ATOMIC_ACQUIRE) ||
            !__atomic_compare_exchange_n(&d->tid, &free_tid, UINT32_MAX, false, __ATOMIC_ACQ_REL,
                                         __ATOMIC_RELAXED))
            continue;
        if (d->stack || (d->stack = sys_map_anonymous(STACK_BYTES)))
            return d;
        __atomic_store_n(&d->tid, 0, __ATOMIC_RELEASE);
    }
    return NULL;
}

static void give_dumper(struct dumper *d) {
    __atomic_store_n(&d->tid, 0, __ATOMIC_RELEASE);
}

static bool launch(struct dumper *d) {
    int pid;
    char *first_stack = (char *)d->stack + FIRST_STACK_BYTES;
    d->failed = false;
    d->direct = orphans_disturb();
    if (d->direct) {
        pid = clone_dumper(d);
        if (pid > 0)
            __atomic_store_n(&d->zombie, pid, __ATOMIC_RELEASE);
    } else {
        pid = clone(first_main, first_stack, CLONE_VM | CLONE_VFORK | CLONE_FILES, d);
        if (pid > 0)
            sys_call4(SYS_wait4, pid, 0, __WCLONE, 0);
    }
    return pid > 0 && !d->failed;
}

static bool is_running(uint32_t s) {
    return s & RUNNING &&
           __atomic_load_n(&dumpers[s >> INDEX_SHIFT & 0xff].tid, __ATOMIC_ACQUIRE) != 0;
}

/* Adds to what is asked for, and makes `d`, which may be NULL, the one that does it. False when
 * another one does, or nobody can; then d is not needed. */
static bool take_state(uint32_t work, const struct dumper *d) {
    uint32_t now = __atomic_load_n(&state, __ATOMIC_ACQUIRE), want;
    bool mine;
    do {
        mine = d && !is_running(now);
        want = now | work;
        if (mine)
            want = (now & WORK) | work | RUNNING | (uint32_t)(d - dumpers) << INDEX_SHIFT |
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
    struct dumper *d = take_dumper();
    if (d)
        d->at_end = at_end;
    if (!take_state(work, d)) {
        if (d)
            give_dumper(d);
    } else if (!launch(d)) {
        __atomic_fetch_and(&state, ~(uint32_t)RUNNING, __ATOMIC_RELEASE);
        give_dumper(d);
    }
    sys_sigmask(SIG_SETMASK, mask, NULL);
    errno = saved;
}

void dump_request(enum dump_work work) {
    agent_fork_check();
    if (agent_sandboxed() || sys_getpid() != agent.pid)
        return;
    if (!store_get()) /* another thread is making it: its next tick sees to the request */
        __atomic_fetch_or(&state, work, __ATOMIC_ACQ_REL);
    else
        start(work, false);
}

void dump_retry(void) {
    uint32_t now = __atomic_load_n(&state, __ATOMIC_RELAXED);
    if (likely(!(now & (WORK | RUNNING))))
        return;
    reap(WNOHANG);
    if (now & WORK && !is_running(now) && store_peek())
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

/* Waits until no dumper uses our memory. False when that takes too long. */
static bool wait_for_dumpers(void) {
    int64_t end = sys_clock_ns(CLOCK_MONOTONIC) + WAIT_AT_EXIT_NS;
    for (int i = 0; i < DUMPERS; i++) {
        uint32_t tid;
        while ((tid = __atomic_load_n(&dumpers[i].tid, __ATOMIC_ACQUIRE)) != 0) {
            /* Not PRIVATE: the kernel's wake at exec and exit is not either. */
            if (!sleep_on(&dumpers[i].tid, FUTEX_WAIT, tid, end))
                return false;
        }
    }
    reap(0);
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
    if (store_peek())
        cpu_settle();
    end_of_program();
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
    for (int i = 0; i < DUMPERS; i++) {
        dumpers[i].tid = 0;
        dumpers[i].zombie = 0;
    }
    state = 0;
    ending = 0;
}
