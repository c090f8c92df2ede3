/* All signals are blocked in this process between the first thread's stop and the last one's
 * release: an interrupt from the terminal ends it afterwards.
 *
 * New threads may appear while the listed ones are being stopped, made by those that still run; so
 * the list is read again until it has none that is new. */
#include "collector/threads/threads_stop.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/grow.h"
#include "collector/threads/syscall_waits.h"

enum {
    PATIENCE_MS = 500,
    RED_ZONE = 128,
    STACK_MAX = 256 * 1024, /* copied of one stack; what is behind is read later */
    STACKS_MAX = 256 * 1024 * 1024,
    ERESTARTNOHAND = 514, /* of the kernel: made again unless a handler runs */
};

static int64_t now_ms(void) {
    return clock_ns(CLOCK_MONOTONIC) / 1000000;
}

/* ---- why not */

static void explain_refusal(pid_t pid, char *why, size_t bytes) {
    char value[64], scope = '0';
    int fd = open("/proc/sys/kernel/yama/ptrace_scope", O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        if (read(fd, &scope, 1) != 1)
            scope = '0';
        close(fd);
    }
    if (proc_status_line(pid, "TracerPid", value, sizeof value) && atoi(value) > 0)
        snprintf(why, bytes, "process %d is being traced already, by process %d", (int)pid,
                 atoi(value));
    else if (proc_status_line(pid, "Uid", value, sizeof value) && geteuid() != 0 &&
             (uid_t)strtoul(value, NULL, 10) != geteuid())
        snprintf(why, bytes, "process %d belongs to another user (uid %lu): run this as root",
                 (int)pid, strtoul(value, NULL, 10));
    else if (scope != '0')
        snprintf(why, bytes,
                 "the kernel does not allow to look into process %d "
                 "(kernel.yama.ptrace_scope is %c): run this as root",
                 (int)pid, scope);
    else
        snprintf(why, bytes, "the kernel does not allow to look into process %d", (int)pid);
}

static int refuse(const struct thread_stop *s, int err, char *why, size_t bytes) {
    if (err == -ESRCH || err == -ENOENT)
        snprintf(why, bytes, "no process %d", (int)s->pid);
    else if (err == -EPERM || err == -EACCES)
        explain_refusal(s->pid, why, bytes);
    else
        snprintf(why, bytes, "cannot stop process %d: %s", (int)s->pid, strerror(-err));
    return err;
}

/* ---- stopping */

/* Whether a thread is in the list; the kernel lists them in an order that stays, so it is mostly
 * at `place`. */
static bool has_thread(const struct thread_stop *s, pid_t tid, size_t place) {
    if (place < s->n && s->threads[place].about.tid == tid)
        return true;
    for (size_t i = 0; i < s->n; i++)
        if (s->threads[i].about.tid == tid)
            return true;
    return false;
}

static struct stopped_thread *add_thread(struct thread_stop *s, pid_t tid) {
    if (!grow_array(&s->threads, s->n, sizeof *s->threads))
        return NULL;
    struct stopped_thread *t = &s->threads[s->n++];
    *t = (struct stopped_thread){.about = {.tid = tid}};
    return t;
}

/* Adds the threads that are not in the list; *added says whether there were any. */
static int list_threads(struct thread_stop *s, bool *added) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task", (int)s->pid);
    DIR *d = opendir(path);
    if (!d)
        return -errno;
    size_t place = 0;
    int err = 0;
    *added = false;
    for (struct dirent *e; !err && (e = readdir(d));) {
        pid_t tid = atoi(e->d_name);
        if (tid <= 0 || has_thread(s, tid, place++))
            continue;
        struct stopped_thread *t = add_thread(s, tid);
        if (!t)
            err = -ENOMEM;
        else
            proc_thread_read(&t->about, s->pid, tid);
        *added = true;
    }
    closedir(d);
    return err;
}

static bool has_ended(const struct stopped_thread *t) {
    return t->about.state == 'Z' || t->about.state == 'X' || t->about.state == '?';
}

/* Asks a thread to stop. One that ends is refused like one of another user. */
static int interrupt(const struct thread_stop *s, struct stopped_thread *t) {
    if (t->traced || has_ended(t))
        return 0;
    if (ptrace(PTRACE_SEIZE, t->about.tid, NULL, NULL) != 0) {
        int err = -errno;
        proc_thread_read(&t->about, s->pid, t->about.tid);
        return err == -ESRCH || has_ended(t) ? 0 : err;
    }
    t->traced = true;
    ptrace(PTRACE_INTERRUPT, t->about.tid, NULL, NULL);
    return 0;
}

/* Looks whether a thread has stopped or ended. */
static bool settled(struct stopped_thread *t) {
    int status;
    if (!t->traced || t->stopped)
        return true;
    pid_t got = waitpid(t->about.tid, &status, __WALL | WNOHANG);
    if (got == 0 || (got < 0 && errno == EINTR))
        return false;
    if (got < 0 || !WIFSTOPPED(status)) {
        t->traced = false;
        return true;
    }
    t->stopped = true;
    if (status >> 16 == 0)
        t->signal = WSTOPSIG(status);
    return true;
}

static void wait_for_all(struct thread_stop *s, int64_t deadline_ms) {
    for (long pause_ns = 20000;; pause_ns = pause_ns < 500000 ? pause_ns * 2 : 1000000) {
        struct timespec ts = {.tv_nsec = pause_ns};
        bool all = true;
        for (size_t i = 0; i < s->n; i++)
            all &= settled(&s->threads[i]);
        if (all || now_ms() > deadline_ms)
            return;
        nanosleep(&ts, NULL);
    }
}

static int stop_all(struct thread_stop *s) {
    int64_t deadline_ms = now_ms() + PATIENCE_MS;
    bool added;
    int err = list_threads(s, &added);
    while (!err && added) {
        for (size_t i = 0; i < s->n && !err; i++)
            err = interrupt(s, &s->threads[i]);
        if (err)
            break;
        wait_for_all(s, deadline_ms);
        err = list_threads(s, &added);
        if (err == -ENOENT && s->n) /* it has ended meanwhile */
            return -ESRCH;
    }
    return err;
}

/* ---- copying */

static void copy_stack(struct thread_stop *s, struct stopped_thread *t) {
    uint64_t from = t->regs.rsp - RED_ZONE;
    if (s->memory < 0 || s->copied_bytes >= STACKS_MAX)
        return;
    t->stack.bytes = malloc(STACK_MAX);
    if (!t->stack.bytes)
        return;
    /* Ends where the mapping does. */
    ssize_t n = pread(s->memory, t->stack.bytes, STACK_MAX, (off_t)from);
    uint8_t *fitting = n > 0 ? realloc(t->stack.bytes, (size_t)n) : NULL;
    if (!fitting) {
        free(t->stack.bytes);
        t->stack.bytes = NULL;
        return;
    }
    t->stack = (struct stack_copy){from, (size_t)n, fitting};
    s->copied_bytes += (size_t)n;
}

/* The memory is every thread's, but cannot be opened by one that has ended, as the main one may
 * have. */
static void open_memory(struct thread_stop *s) {
    char path[64];
    for (size_t i = 0; i < s->n && s->memory < 0; i++) {
        if (has_ended(&s->threads[i]))
            continue;
        s->living = s->threads[i].about.tid;
        snprintf(path, sizeof path, "/proc/%d/task/%d/mem", (int)s->pid, (int)s->living);
        s->memory = open(path, O_RDONLY | O_CLOEXEC);
    }
}

static void copy_thread(struct thread_stop *s, struct stopped_thread *t) {
    if (!t->stopped || ptrace(PTRACE_GETREGS, t->about.tid, NULL, &t->regs) != 0)
        return;
    t->copied = true;
    copy_stack(s, t);
    if (t->regs.orig_rax == SYS_futex && s->memory >= 0 &&
        pread(s->memory, t->lock, sizeof t->lock, (off_t)t->regs.rdi) != sizeof t->lock)
        memset(t->lock, 0, sizeof t->lock);
}

/* ---- letting go */

/* A call that the stop made return EINTR is made again, unless there is a handler to run first. */
static void mend_call(struct stopped_thread *t) {
    if (!t->copied || (int64_t)t->regs.rax != -EINTR ||
        !syscall_restartable((long)t->regs.orig_rax))
        return;
    t->regs.rax = (unsigned long long)-ERESTARTNOHAND;
    ptrace(PTRACE_SETREGS, t->about.tid, NULL, &t->regs);
}

static void let_go(struct stopped_thread *t) {
    if (!t->traced)
        return;
    if (t->stopped)
        mend_call(t);
    if (ptrace(PTRACE_DETACH, t->about.tid, NULL, (void *)(intptr_t)t->signal) != 0)
        waitpid(t->about.tid, NULL, __WALL | WNOHANG); /* killed: its parent shall hear of it */
    t->traced = t->stopped = false;
}

struct stop_job {
    struct thread_stop *stop;
    int err;
};

static void *run_job(void *arg) {
    struct stop_job *job = arg;
    struct thread_stop *s = job->stop;
    job->err = stop_all(s);
    open_memory(s);
    for (size_t i = 0; i < s->n && !job->err; i++)
        copy_thread(s, &s->threads[i]);
    for (size_t i = 0; i < s->n; i++)
        let_go(&s->threads[i]);
    return NULL;
}

/* In a thread of its own: of a tracee that does not stop, and so cannot be let go, the kernel lets
 * go when its tracer ends. */
static int run_traced(struct thread_stop *s) {
    struct stop_job job = {.stop = s};
    pthread_t tracer;
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int err = -pthread_create(&tracer, NULL, run_job, &job);
    if (!err)
        pthread_join(tracer, NULL);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return err ? err : job.err;
}

int thread_stop_copy(struct thread_stop *s, pid_t pid, char *why, size_t why_bytes) {
    *s = (struct thread_stop){.pid = pid, .memory = -1};
    int err = run_traced(s);
    if (!err && !s->living)
        err = -ESRCH;
    return err ? refuse(s, err, why, why_bytes) : 0;
}

void thread_stop_release(struct thread_stop *s) {
    for (size_t i = 0; i < s->n; i++)
        free(s->threads[i].stack.bytes);
    free(s->threads);
    if (s->memory >= 0)
        close(s->memory);
    *s = (struct thread_stop){.memory = -1};
}
