/* hand_down HOW STATE: ignores and blocks signals, ours among them, and starts the program STATE,
 * which prints what it inherited. */
#include "prog.h"

#include <fcntl.h>
#include <spawn.h>

static void run(const char *how, char *state) {
    char *argv[] = {state, (char *)"brief", NULL};
    char line[512];
    pid_t pid;
    snprintf(line, sizeof line, "%s brief", state);
    fflush(stdout);
    if (strcmp(how, "exec") == 0) {
        execv(state, argv);
    } else if (strcmp(how, "vfork") == 0) {
        if ((pid = vfork()) == 0) {
            execv(state, argv);
            _exit(127);
        }
        printf("status %d\n", status_of(pid));
    } else if (strcmp(how, "spawn") == 0) {
        CHECK(posix_spawn(&pid, state, NULL, NULL, argv, environ) == 0);
        printf("status %d\n", status_of(pid));
    } else if (strcmp(how, "system") == 0) {
        printf("status %d\n", system(line));
    } else if (strcmp(how, "popen") == 0) {
        FILE *f = popen(line, "r");
        while (f && fgets(line, sizeof line, f))
            fputs(line, stdout);
        printf("status %d\n", f ? pclose(f) : -1);
    }
}

int main(int argc, char **argv) {
    sigset_t some, before;
    signal(SIGUSR2, SIG_IGN);
    signal(SIGPROF, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    sigemptyset(&some);
    sigaddset(&some, SIGUSR1);
    sigaddset(&some, SIGUSR2);
    sigaddset(&some, SIGPROF);
    sigprocmask(SIG_BLOCK, &some, &before);
    churn(1000);
    burn_ms(20);
    run(argv[1], argv[2]);
    before = mask_now();
    print_set("the parent's mask", &before);
    CHECK(signal(SIGPROF, SIG_DFL) == SIG_IGN && signal(SIGUSR2, SIG_DFL) == SIG_IGN);
    return 0;
}
