/* waiter [subreaper] [busy]: a program that looks after its children in every way while dumps are
 * written, one for each child: it may only ever see the ones that it made. `busy`: these work too,
 * and so have a dump of their own when they end. */
#include "prog.h"

#include <sys/prctl.h>

static volatile sig_atomic_t child_signals, strangers;
static volatile pid_t mine[256];
static volatile int n_mine, reaped;

static int is_mine(pid_t pid) {
    for (int i = 0; i < n_mine; i++)
        if (mine[i] == pid)
            return 1;
    return 0;
}

static void on_child(int signo, siginfo_t *si, void *uc) {
    child_signals++;
    if (!is_mine(si->si_pid))
        strangers++;
}

static void reap_all(int flags) {
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG | flags)) > 0) {
        reaped++;
        if (!is_mine(pid)) {
            printf("a stranger\n");
            strangers++;
        }
    }
}

int main(int argc, char **argv) {
    struct sigaction act = {.sa_sigaction = on_child, .sa_flags = SA_SIGINFO | SA_RESTART};
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    int busy = argc > 1 && strcmp(argv[argc - 1], "busy") == 0;
    if (argc > 1 && strcmp(argv[1], "subreaper") == 0)
        CHECK(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
    CHECK(sigaction(SIGCHLD, &act, NULL) == 0);
    pid_t me = getpid();
    int profiled = getenv("CPROF_DIR") != NULL;
    for (int i = 0; i < 30; i++) {
        int status, ends[2];
        char c;
        CHECK(pipe(ends) == 0);
        sigprocmask(SIG_BLOCK, &child, NULL);
        pid_t pid = fork();
        if (pid == 0) {
            close(ends[1]);
            if (busy)
                churn(300);
            if (profiled)
                kill(me, SIGUSR2);
            CHECK(read(ends[0], &c, 1) == 1);
            _exit(6);
        }
        mine[n_mine++] = pid;
        sigprocmask(SIG_UNBLOCK, &child, NULL);
        burn_ms(4);
        churn(50);
        reap_all(0);
        CHECK(waitpid(-1, &status, WNOHANG) == 0);
        CHECK(write(ends[1], "", 1) == 1);
        while ((pid = wait(&status)) < 0 && errno == EINTR)
            ;
        CHECK(pid == mine[n_mine - 1] && WEXITSTATUS(status) == 6);
        errno = 0;
        CHECK(wait(&status) == -1 && errno == ECHILD);
        CHECK(!profiled || wait_for_dumps(me, i + 1));
        close(ends[0]);
        close(ends[1]);
    }
    sleep_ms(50);
    reap_all(0);
    printf("strangers %d, signals %d\n", (int)strangers, (int)child_signals);
    return 0;
}
