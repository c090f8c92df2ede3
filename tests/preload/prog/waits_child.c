/* waits_child: waiting for children, by every function for it. */
#include "waits.h"

#include <sys/resource.h>

static pid_t child_for(int ms, int status) {
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        if (ms)
            sleep_ms(ms);
        _exit(status);
    }
    return pid;
}

static pid_t killed_child(void) {
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        kill(getpid(), SIGKILL);
        pause();
    }
    return pid;
}

static pid_t expected;
static int status;
static struct rusage usage;

static long right(pid_t pid) {
    return pid > 0 ? (pid == expected ? 1 : 2) : pid;
}

static long by_wait(int flags) {
    return right(wait(&status));
}

static long by_waitpid(int flags) {
    return right(waitpid(-1, &status, flags));
}

static long by_wait3(int flags) {
    return right(wait3(&status, flags, &usage));
}

static long by_wait4(int flags) {
    return right(wait4(expected, &status, flags, &usage));
}

static long by_waitid(int flags) {
    siginfo_t si;
    memset(&si, 0, sizeof si);
    int r = waitid(P_ALL, 0, &si, WEXITED | flags);
    status = si.si_status << 8;
    return r ? r : right(si.si_pid);
}

static struct {
    const char *name;
    long (*fn)(int flags);
} waits[] = {{"wait", by_wait},
             {"waitpid", by_waitpid},
             {"wait3", by_wait3},
             {"wait4", by_wait4},
             {"waitid", by_waitid}};

static void release(void *fd) {
    CHECK(write(*(int *)fd, "x", 1) == 1);
}

static pid_t held_child(int *fd, int code) {
    int ends[2];
    CHECK(pipe(ends) == 0);
    pid_t pid = fork();
    if (pid == 0) {
        char c;
        close(ends[1]);
        if (read(ends[0], &c, 1) != 1)
            _exit(99);
        _exit(code);
    }
    close(ends[0]);
    *fd = ends[1];
    return pid;
}

static void each(long (*fn)(int)) {
    int fd, none = fn == by_wait ? 0 : WNOHANG;
    expected = -1;
    R(fn(0));
    R(fn(none));
    expected = child_for(0, 3);
    R(fn(0));
    R(status >> 8);
    expected = held_child(&fd, 7);
    if (none)
        R(fn(WNOHANG));
    MEANWHILE(release, &fd, R(fn(0)));
    R(status >> 8);
    close(fd);
    expected = held_child(&fd, 8);
    handle(SIGALRM, 0);
    INTERRUPTED(R(fn(0)));
    release(&fd);
    R(fn(0));
    R(status >> 8);
    close(fd);
    expected = killed_child();
    R(fn(0));
    R(fn == by_waitid ? status >> 8 : WTERMSIG(status));
    R(fn(0));
}

static void others(void) {
    siginfo_t si;
    SAY("== others");
    expected = child_for(0, 4);
    memset(&si, 0, sizeof si);
    R(waitid(P_PID, (id_t)expected, &si, WEXITED | WNOWAIT));
    R(si.si_pid == expected);
    R(si.si_code == CLD_EXITED);
    R(waitpid(expected, NULL, 0) == expected);
    R(waitid(P_PID, (id_t)expected, &si, WEXITED));
    R(waitid(P_PID, (id_t)expected, &si, 0));
    R(waitpid(-1, NULL, 0x40000000));
    R(wait4(-1, NULL, 0, NULL));
    pid_t stopped = fork();
    if (stopped == 0) {
        raise(SIGSTOP);
        _exit(5);
    }
    R(waitpid(stopped, &status, WUNTRACED) == stopped);
    R(WIFSTOPPED(status));
    R(WSTOPSIG(status));
    kill(stopped, SIGCONT);
    R(waitpid(stopped, &status, WCONTINUED) == stopped);
    R(WIFCONTINUED(status) || WIFEXITED(status));
    if (!WIFEXITED(status))
        CHECK(waitpid(stopped, &status, 0) == stopped);
    R(WEXITSTATUS(status));
    R(system("exit 6") >> 8);
    FILE *f = popen("exit 9", "r");
    CHECK(f);
    R(pclose(f) >> 8);
    signal(SIGCHLD, SIG_IGN); /* nobody is left to wait for */
    expected = child_for(20, 0);
    R(waitpid(expected, NULL, 0));
    R(wait(NULL));
    signal(SIGCHLD, SIG_DFL);
    setpgid(0, 0);
    expected = child_for(10, 2);
    R(waitpid(0, &status, 0) == expected);
    R(WEXITSTATUS(status));
    R(waitpid(-getpid(), &status, 0));
}

int main(void) {
    for (size_t i = 0; i < sizeof waits / sizeof *waits; i++) {
        SAY("== %s", waits[i].name);
        each(waits[i].fn);
    }
    others();
    return 0;
}
