/* The parent's part of `cpprof run`.
 *
 * This process is a child subreaper: a dumper, which is nobody's child in the program, becomes its
 * child when what made it is gone. So it reaps whatever ends, and knows by /proc which of the
 * children that are left are dumpers: `cpprof symbolize`, or a process with a session of its own in
 * which all signals are blocked, as a dumper is until it turns into that.
 *
 * Signals are taken synchronously: all that matter are blocked, and sigtimedwait tells who sent
 * one. The terminal's own come from the kernel and have gone to the program as well. */
#include "collector/supervise.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const int handed_on[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2};

enum { N_HANDED_ON = sizeof handed_on / sizeof handed_on[0] };

/* What the program gets back before it starts. */
struct inherited {
    sigset_t mask;
    struct sigaction child_action;
};

static void watched_signals(sigset_t *set) {
    sigemptyset(set);
    sigaddset(set, SIGCHLD);
    for (int i = 0; i < N_HANDED_ON; i++)
        sigaddset(set, handed_on[i]);
}

static void block_signals(struct inherited *before) {
    const struct sigaction by_default = {.sa_handler = SIG_DFL};
    sigset_t set;
    watched_signals(&set);
    sigprocmask(SIG_BLOCK, &set, &before->mask);
    /* Ignored, children would vanish without a status. */
    sigaction(SIGCHLD, &by_default, &before->child_action);
}

/* In the child; tells the parent through `report` when exec failed. */
static void __attribute__((noreturn))
become(const char *file, char *const argv[], const struct inherited *before, int report) {
    sigaction(SIGCHLD, &before->child_action, NULL);
    sigprocmask(SIG_SETMASK, &before->mask, NULL);
    execvp(file, argv);
    int err = errno;
    if (write(report, &err, sizeof err) != sizeof err)
        _exit(126);
    _exit(127);
}

/* Returns the pid, or the negative errno of fork or exec. */
static pid_t start(const char *file, char *const argv[], const struct inherited *before) {
    int report[2], err = 0;
    if (pipe2(report, O_CLOEXEC) != 0)
        return -errno;
    pid_t pid = fork();
    if (pid == 0)
        become(file, argv, before, report[1]);
    if (pid < 0)
        err = errno;
    close(report[1]);
    ssize_t n;
    while (pid > 0 && (n = read(report[0], &err, sizeof err)) < 0 && errno == EINTR)
        ;
    close(report[0]);
    if (err && pid > 0)
        waitpid(pid, NULL, 0);
    return err ? -err : pid;
}

/* Reaps all children that have ended. True when `pid` was one of them; its status is in *status. */
static bool reap(pid_t pid, int *status) {
    bool ended = false;
    int st;
    for (pid_t p; (p = waitpid(-1, &st, WNOHANG | __WALL)) > 0;)
        if (p == pid) {
            *status = st;
            ended = true;
        }
    return ended;
}

int supervise(const char *file, char *const argv[], int *status) {
    struct inherited before;
    sigset_t set;
    siginfo_t info;
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    block_signals(&before);
    watched_signals(&set);
    pid_t pid = start(file, argv, &before);
    if (pid < 0)
        return pid;
    while (!reap(pid, status)) {
        int signo = sigwaitinfo(&set, &info);
        if (signo > 0 && signo != SIGCHLD && info.si_code != SI_KERNEL)
            kill(pid, signo);
    }
    return 0;
}

/* ---- dumpers */

/* The parts of /proc/PID/status that tell what a child is. */
struct child {
    char name[64];
    int parent;
    uint64_t blocked;
    char state;
};

static bool read_child(const char *pid, struct child *c) {
    char path[320], line[256];
    memset(c, 0, sizeof *c);
    snprintf(path, sizeof path, "/proc/%s/status", pid);
    FILE *f = fopen(path, "re");
    if (!f)
        return false;
    while (fgets(line, sizeof line, f)) {
        sscanf(line, "Name: %63s", c->name);
        sscanf(line, "State: %c", &c->state);
        sscanf(line, "PPid: %d", &c->parent);
        sscanf(line, "SigBlk: %" SCNx64, &c->blocked);
    }
    fclose(f);
    return true;
}

static bool is_symbolizer(const char *pid, const struct child *c) {
    char path[320], command[PATH_MAX + 16] = "";
    if (strcmp(c->name, "cpprof") != 0)
        return false;
    snprintf(path, sizeof path, "/proc/%s/cmdline", pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t n = read(fd, command, sizeof command - 1);
    close(fd);
    size_t first = strlen(command) + 1;
    return n > (ssize_t)first && strcmp(command + first, "symbolize") == 0;
}

static bool is_dumper(const char *pid) {
    struct child c;
    const uint64_t never_blocked = UINT64_C(1) << (SIGKILL - 1) | UINT64_C(1) << (SIGSTOP - 1);
    pid_t p = (pid_t)atoi(pid);
    if (!read_child(pid, &c) || c.parent != getpid() || c.state == 'Z')
        return false;
    return is_symbolizer(pid, &c) || (c.blocked == ~never_blocked && getsid(p) == p);
}

static int count_dumpers(void) {
    int n = 0;
    DIR *d = opendir("/proc");
    if (!d)
        return 0;
    for (struct dirent *e; (e = readdir(d));)
        n += e->d_name[0] >= '1' && e->d_name[0] <= '9' && is_dumper(e->d_name);
    closedir(d);
    return n;
}

int supervise_dumpers(int seconds) {
    const struct timespec step = {.tv_nsec = 50000000};
    struct timespec now, end;
    sigset_t set;
    int status, left;
    watched_signals(&set);
    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec += seconds;
    for (reap(-1, &status); (left = count_dumpers()) > 0; reap(-1, &status)) {
        int signo = sigtimedwait(&set, NULL, &step);
        clock_gettime(CLOCK_MONOTONIC, &now);
        if ((signo > 0 && signo != SIGCHLD) || now.tv_sec >= end.tv_sec)
            break;
    }
    reap(-1, &status);
    return left;
}

int supervise_exit_status(int status) {
    if (!WIFSIGNALED(status))
        return WEXITSTATUS(status);
    const struct rlimit no_core = {0, 0};
    const struct sigaction by_default = {.sa_handler = SIG_DFL};
    int signo = WTERMSIG(status);
    sigset_t set;
    setrlimit(RLIMIT_CORE, &no_core); /* the program's own core is the one of interest */
    sigaction(signo, &by_default, NULL);
    sigemptyset(&set);
    sigaddset(&set, signo);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    raise(signo);
    return 128 + signo; /* a signal that does not kill us: we are init of a container */
}
