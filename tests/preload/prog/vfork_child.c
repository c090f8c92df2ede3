/* What a child that shares its parent's memory does to its own signals, before it execs, is not to
 * be seen in the parent: vfork_child mask|handlers|exec-mask STATE. */
#include "prog.h"

static volatile sig_atomic_t got;

static void on_signal(int signo) {
    got++;
}

static void run_true(int reset_handlers, int how, const sigset_t *set) {
    char *argv[] = {(char *)"true", NULL};
    pid_t pid = vfork();
    if (pid == 0) {
        struct sigaction dfl = {.sa_handler = SIG_DFL};
        for (int s = 1; reset_handlers && s < NSIG; s++)
            sigaction(s, &dfl, NULL);
        if (set)
            sigprocmask(how, set, NULL);
        execv("/bin/true", argv);
        _exit(127);
    }
    CHECK(status_of(pid) == 0);
}

int main(int argc, char **argv) {
    sigset_t all, none, set;
    const char *what = argv[1];
    sigfillset(&all);
    sigemptyset(&none);
    churn(1000);
    if (strcmp(what, "mask") == 0) {
        CHECK(sigprocmask(SIG_SETMASK, &all, NULL) == 0);
        run_true(0, SIG_SETMASK, &none);
        set = mask_now();
        print_set("blocked in the parent", &set);
        kill(getpid(), SIGUSR2);
        sleep_ms(20);
        sigpending(&set);
        printf("pending %d\n", sigismember(&set, SIGUSR2));
    } else if (strcmp(what, "handlers") == 0) {
        struct sigaction act = {.sa_handler = on_signal}, old;
        CHECK(sigaction(SIGUSR2, &act, NULL) == 0 && sigaction(SIGPROF, &act, NULL) == 0);
        run_true(1, 0, NULL);
        CHECK(sigaction(SIGUSR2, NULL, &old) == 0);
        printf("the parent's handlers: %s", old.sa_handler == on_signal ? "kept" : "LOST");
        CHECK(sigaction(SIGPROF, NULL, &old) == 0);
        printf(" %s\n", old.sa_handler == on_signal ? "kept" : "LOST");
        CHECK(sigprocmask(SIG_SETMASK, &all, NULL) == 0);
        kill(getpid(), SIGUSR2);
        kill(getpid(), SIGPROF);
        burn_ms(10);
        printf("while blocked %d\n", (int)got);
        CHECK(sigprocmask(SIG_SETMASK, &none, NULL) == 0);
        printf("after that %d\n", (int)got);
        status_of(send_from_outside(SIGUSR2, 1, 0));
        printf("from outside %d\n", (int)got);
    } else {
        char *state[] = {argv[2], (char *)"brief", NULL};
        signal(SIGUSR2, SIG_IGN);
        CHECK(sigprocmask(SIG_SETMASK, &all, NULL) == 0);
        fflush(stdout);
        pid_t pid = vfork();
        if (pid == 0) {
            signal(SIGUSR2, SIG_DFL);
            sigprocmask(SIG_SETMASK, &none, NULL);
            execv(argv[2], state);
            _exit(127);
        }
        printf("status %d\n", status_of(pid));
        printf("the parent ignores it %s\n",
               signal(SIGUSR2, SIG_DFL) == SIG_IGN ? "still" : "no more");
    }
    return 0;
}
