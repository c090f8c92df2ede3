/* Processes that are nobody's children.
 *
 * Model: two clones. The first one, which shares everything and holds up its parent until it ends
 * (CLONE_VFORK), only makes the second one and ends, so that this is nobody's child: no wait of the
 * program can find it. Where an orphan would come to somebody who does not expect it (this process
 * is a subreaper, or a program is init of its container), it is our child with exit signal 0, which
 * wait does not show either, does not exec, which would set that signal, and is reaped by us.
 *
 * Its stack is in use until the kernel clears its tid, at exec or exit; so there are several. */
#include "preload/detached.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "preload/agent.h"
#include "preload/fault_guard.h"
#include "preload/glibc.h"
#include "preload/sys.h"

/* A mapping: the first clone's stack, thread-local storage, the second one's stack. */
enum { STACK_BYTES = 256 * 1024, FIRST_STACK_BYTES = 16 * 1024, TLS_AT = 48 * 1024 };

struct detached detached[DETACHED_MAX];

/* ---- in the new process */

static void own_descriptors(void) {
    /* Copies the table without what it closes: quick also where a million are open. */
    if (sys_call3(SYS_close_range, 3, ~0U, CLOSE_RANGE_UNSHARE) == 0)
        return;
    sys_call1(SYS_unshare, CLONE_FILES);
    for (int fd = 3; fd < 65536; fd++)
        sys_close(fd);
}

static int second_main(void *arg) {
    struct detached *d = arg;
    fault_guard_init();
    own_descriptors();
    sys_call0(SYS_setsid); /* the terminal's and the group's signals are not for it */
    d->main(d);
    return 0;
}

/* Returns its pid or -1. Its thread pointer is its own: library code looks there for the stack
 * protector's value, and the thread that asked may end, and its stack be unmapped. Nothing
 * thread-local is there. */
static int clone_second(struct detached *d) {
    const int flags =
        CLONE_VM | CLONE_FILES | CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID;
    void **tls = (void **)((char *)d->stack + TLS_AT);
    tls[0] = tls[2] = tls; /* where x86-64 code finds the pointer itself */
    return __clone(second_main, (char *)d->stack + STACK_BYTES, flags, d, &d->tid, tls, &d->tid);
}

/* The first clone: makes the second, and is gone. */
static int first_main(void *arg) {
    struct detached *d = arg;
    d->failed = clone_second(d) < 0;
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
 * program, whose workers' orphans it would find among its children. */
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

bool detached_orphans_disturb(void) {
    int subreaper = 0;
    sys_call5(SYS_prctl, PR_GET_CHILD_SUBREAPER, (long)&subreaper, 0, 0, 0);
    return subreaper || agent.subreaper_above || sys_getpid() == 1 || !init_takes_orphans();
}

void detached_reap(int options) {
    for (int i = 0; i < DETACHED_MAX; i++) {
        struct detached *d = &detached[i];
        int pid = __atomic_load_n(&d->zombie, __ATOMIC_RELAXED);
        if (pid && sys_call4(SYS_wait4, pid, 0, options | __WCLONE, 0) != 0)
            __atomic_store_n(&d->zombie, 0, __ATOMIC_RELEASE);
    }
}

struct detached *detached_take(void) {
    detached_reap(WNOHANG);
    for (int i = 0; i < DETACHED_MAX; i++) {
        struct detached *d = &detached[i];
        uint32_t free_tid = 0;
        if (__atomic_load_n(&d->zombie, __ATOMIC_ACQUIRE) ||
            !__atomic_compare_exchange_n(&d->tid, &free_tid, UINT32_MAX, false, __ATOMIC_ACQ_REL,
                                         __ATOMIC_RELAXED))
            continue;
        if (d->stack || (d->stack = sys_map_anonymous(STACK_BYTES)))
            return d;
        detached_give(d);
    }
    return NULL;
}

void detached_give(struct detached *d) {
    __atomic_store_n(&d->tid, 0, __ATOMIC_RELEASE);
}

bool detached_launch(struct detached *d, void (*main)(struct detached *)) {
    int pid;
    char *first_stack = (char *)d->stack + FIRST_STACK_BYTES;
    d->main = main;
    d->failed = false;
    d->direct = detached_orphans_disturb();
    if (d->direct) {
        pid = clone_second(d);
        if (pid > 0)
            __atomic_store_n(&d->zombie, pid, __ATOMIC_RELEASE);
    } else {
        pid = __clone(first_main, first_stack, CLONE_VM | CLONE_VFORK | CLONE_FILES, d);
        if (pid > 0)
            sys_call4(SYS_wait4, pid, 0, __WCLONE, 0);
    }
    return pid > 0 && !d->failed;
}

void detached_fork_child(void) {
    for (int i = 0; i < DETACHED_MAX; i++) {
        detached[i].tid = 0;
        detached[i].zombie = 0;
    }
}
