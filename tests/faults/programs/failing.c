/* failing REPORT FAULT [N] COMMAND...: runs a command whose agent's own system calls fail, or lie.
 * Those of the program, of libc and of everything else go through: whose call it is tells the
 * address that it is made from, in the mapping of libcpprof.so.
 *
 *   none           nothing fails; REPORT gets the number of calls that could
 *   memory N       the N-th call that asks for memory says that there is none: mmap, mremap,
 * madvise, and the clone of a dumper memory-from N  all of them from the N-th on any N          the
 * N-th of all calls that can fail for want of something: also descriptors, room on the disk, timers
 *   any-from N     all of these
 *   clock-back S   CLOCK_REALTIME goes back by S seconds after its first few readings
 *
 * By a seccomp filter that hands the calls to this process (SECCOMP_RET_USER_NOTIF). REPORT: one
 * line, `calls N failed NAME`. The status is the command's, as the shell has it; 125 when the
 * kernel does not have this. */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

enum { UNSUPPORTED = 125 };

/* A call that can fail, and how it does. */
struct call {
    long nr;
    const char *name;
    int error;
    bool memory;
};

static const struct call calls[] = {
    {SYS_mmap, "mmap", ENOMEM, true},
    {SYS_mremap, "mremap", ENOMEM, true},
    {SYS_madvise, "madvise", ENOMEM, true},
    {SYS_clone, "clone", EAGAIN, true},
    {SYS_openat, "openat", EMFILE, false},
    {SYS_ftruncate, "ftruncate", ENOSPC, false},
    {SYS_mkdirat, "mkdirat", ENOSPC, false},
    {SYS_renameat2, "renameat2", ENOSPC, false},
    {SYS_write, "write", ENOSPC, false},
    {SYS_read, "read", EIO, false},
    {SYS_newfstatat, "newfstatat", EACCES, false},
    {SYS_readlinkat, "readlinkat", EACCES, false},
    {SYS_getdents64, "getdents64", ENOENT, false},
    {SYS_timer_create, "timer_create", EAGAIN, false},
    {SYS_process_vm_readv, "process_vm_readv", ENOMEM, false},
    {SYS_prlimit64, "prlimit64", EPERM, false},
};

enum { N_CALLS = sizeof calls / sizeof calls[0] };

static struct {
    const char *report, *fault;
    long n; /* which call; or seconds */
} wanted;

/* Shared with the child before it becomes the command. */
static struct {
    int listener;
    int go;
} * shared;

/* ---- the filter */

static int install(void) {
    struct sock_filter f[N_CALLS + 8];
    size_t n = 0;
    bool clock = strcmp(wanted.fault, "clock-back") == 0;
    f[n++] =
        (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    const size_t count = clock ? 1 : N_CALLS;
    for (size_t i = 0; i < count; i++) /* over what follows, and the one that allows */
        f[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
                                              clock ? SYS_clock_gettime : (uint32_t)calls[i].nr,
                                              (uint8_t)(count - i), 0);
    f[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    f[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF);
    struct sock_fprog program = {(unsigned short)n, f};
    const unsigned long flags =
        SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return -1;
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

/* No call of the filter's before somebody answers them. */
static void become(char **command) {
    int fd = install();
    __atomic_store_n(&shared->listener, fd < 0 ? -1 : fd, __ATOMIC_RELEASE);
    while (!__atomic_load_n(&shared->go, __ATOMIC_ACQUIRE))
        sched_yield();
    if (fd >= 0)
        execvp(command[0], command);
    _exit(UNSUPPORTED);
}

/* ---- whose call it is */

/* Where the library is in a process that was asked about before. */
struct process {
    pid_t pid;
    uint64_t from, to;
};

static void look_for_agent(struct process *p) {
    char path[64], line[4096];
    snprintf(path, sizeof path, "/proc/%d/maps", (int)p->pid);
    FILE *f = fopen(path, "re");
    p->from = p->to = 0;
    while (f && fgets(line, sizeof line, f)) {
        unsigned long from, to;
        if (!strstr(line, "/libcpprof.so") || sscanf(line, "%lx-%lx", &from, &to) != 2)
            continue;
        p->from = p->from ? p->from : from;
        p->to = to;
    }
    if (f)
        fclose(f);
}

/* libc's clone() makes the dumper's for the agent: it shares memory and is no thread. */
static bool is_dumpers_clone(const struct seccomp_data *d) {
    return d->nr == SYS_clone && d->args[0] & CLONE_VM && !(d->args[0] & CLONE_THREAD) &&
           !(d->args[0] & 0xff);
}

static bool is_agents(const struct seccomp_notif *q) {
    static struct process known[256];
    struct process *p = &known[q->pid % 256];
    uint64_t ip = q->data.instruction_pointer;
    if (is_dumpers_clone(&q->data))
        return true;
    if (p->pid != (pid_t)q->pid || !p->to || ip < p->from || ip >= p->to) {
        p->pid = (pid_t)q->pid;
        look_for_agent(p);
    }
    return ip >= p->from && ip < p->to;
}

/* ---- what becomes of it */

static long n_calls;
static const char *failed = "none";

static const struct call *find_call(int nr) {
    for (size_t i = 0; i < N_CALLS; i++)
        if (calls[i].nr == nr)
            return &calls[i];
    return NULL;
}

static void answer_clock(const struct seccomp_notif *q, struct seccomp_notif_resp *r) {
    struct timespec now;
    struct iovec from = {&now, sizeof now}, to = {(void *)(uintptr_t)q->data.args[1], sizeof now};
    if (q->data.args[0] != CLOCK_REALTIME || ++n_calls <= 3)
        return;
    clock_gettime(CLOCK_REALTIME, &now);
    now.tv_sec -= wanted.n;
    if (process_vm_writev((pid_t)q->pid, &from, 1, &to, 1, 0) == sizeof now) {
        r->flags = 0;
        failed = "clock_gettime";
    }
}

static void answer(const struct seccomp_notif *q, struct seccomp_notif_resp *r) {
    const struct call *c = find_call(q->data.nr);
    r->id = q->id;
    r->flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    if (!is_agents(q))
        return;
    if (!c) {
        answer_clock(q, r);
        return;
    }
    if (strncmp(wanted.fault, "memory", 6) == 0 && !c->memory)
        return;
    n_calls++;
    bool fails = strstr(wanted.fault, "-from") ? n_calls >= wanted.n : n_calls == wanted.n;
    if (strcmp(wanted.fault, "none") == 0 || !fails)
        return;
    r->flags = 0;
    r->error = -c->error;
    failed = c->name;
}

/* Until nobody has the filter any more: the dumper and the symbolizer have it, too. */
static void serve(int listener) {
    for (;;) {
        struct seccomp_notif q = {0};
        struct seccomp_notif_resp r = {0};
        struct pollfd p = {.fd = listener, .events = POLLIN};
        if (poll(&p, 1, -1) < 0 || (p.revents & POLLHUP && !(p.revents & POLLIN)))
            return;
        if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &q) != 0)
            continue; /* it was killed meanwhile */
        answer(&q, &r);
        ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &r);
    }
}

static void report(void) {
    FILE *f = fopen(wanted.report, "we");
    if (f) {
        fprintf(f, "calls %ld failed %s\n", n_calls, failed);
        fclose(f);
    }
}

static int take_listener(pid_t child) {
    int fd;
    while ((fd = __atomic_load_n(&shared->listener, __ATOMIC_ACQUIRE)) == 0)
        usleep(100);
    int pidfd = fd < 0 ? -1 : (int)syscall(SYS_pidfd_open, child, 0);
    fd = pidfd < 0 ? -1 : (int)syscall(SYS_pidfd_getfd, pidfd, fd, 0);
    close(pidfd);
    __atomic_store_n(&shared->go, 1, __ATOMIC_RELEASE);
    return fd;
}

int main(int argc, char **argv) {
    bool takes_n = argc > 4 && strcmp(argv[2], "none") != 0;
    char **command = argv + (takes_n ? 4 : 3);
    int status;
    if (argc < 4)
        return 2;
    wanted.report = argv[1];
    wanted.fault = argv[2];
    wanted.n = takes_n ? atol(argv[3]) : 0;
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t child = fork();
    if (child == 0)
        become(command);
    int listener = take_listener(child);
    if (listener >= 0)
        serve(listener);
    report();
    if (waitpid(child, &status, 0) != child)
        return UNSUPPORTED;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
