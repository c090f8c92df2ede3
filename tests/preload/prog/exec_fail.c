/* Every exec function, failing: mask, handlers and sampling stay, errno is the right one. Then
 * `exec_fail kill` kills itself after an exec that failed late, for what was recorded to be found.
 */
#include "prog.h"

#include <fcntl.h>

static char file[64];

static void on_signal(int signo) {
}

static int fail(int how) {
    char *args[] = {(char *)"x", NULL};
    const char *missing = "/nonexistent/x";
    switch (how) {
    case 0:
        return execve(missing, args, environ);
    case 1:
        return execv(missing, args);
    case 2:
        return execvp("nonexistent-x", args);
    case 3:
        return execvpe("nonexistent-x", args, environ);
    case 4:
        return execl(missing, "x", (char *)NULL);
    case 5:
        return execlp("nonexistent-x", "x", (char *)NULL);
    case 6:
        return execle(missing, "x", (char *)NULL, environ);
    case 7:
        return execveat(AT_FDCWD, missing, args, environ, 0);
    case 8:
        return execve(file, args, environ); /* may be run, but nothing can run it */
    case 9:
        return execve("/", args, environ);
    case 10:
        return execve("", args, environ);
    case 11:
        return fexecve(-1, args, environ);
    default:
        return 0;
    }
}

int main(int argc, char **argv) {
    sigset_t some, set;
    struct sigaction act = {.sa_handler = on_signal}, old;
    snprintf(file, sizeof file, "/tmp/exec_fail.%d", (int)getpid());
    int fd = open(file, O_WRONLY | O_CREAT | O_EXCL, 0700);
    CHECK(fd >= 0 && write(fd, "\x7f\x7f garbage", 9) == 9 && close(fd) == 0);
    sigemptyset(&some);
    sigaddset(&some, SIGUSR2);
    sigaddset(&some, SIGTERM);
    sigprocmask(SIG_BLOCK, &some, NULL);
    signal(SIGPROF, SIG_IGN);
    sigaction(SIGUSR1, &act, NULL);
    churn(2000);
    for (int how = 0; how < 12; how++) {
        burn_ms(20);
        errno = 0;
        int r = fail(how);
        printf("%d: %d errno %d\n", how, r, errno);
        set = mask_now();
        print_set(" mask", &set);
        CHECK(sigaction(SIGUSR1, NULL, &old) == 0 && old.sa_handler == on_signal);
        CHECK(sigaction(SIGPROF, NULL, &old) == 0 && old.sa_handler == SIG_IGN);
    }
    unlink(file);
    fflush(stdout);
    burn_ms(260);
    if (argc > 1)
        raise(SIGKILL);
    return 0;
}
