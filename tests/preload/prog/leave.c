/* leave MS: a daemon whose first process ends at once, and so does the second one. The third one,
 * in which no other program runs, says who it is, waits and works for MS, with a child that only
 * waits, and ends; whoever holds stdout sees when. */
#include "prog.h"

int main(int argc, char **argv) {
    int ms = atoi(argv[1]);
    churn(100);
    if (fork() > 0)
        return 0;
    CHECK(setsid() >= 0);
    if (fork() > 0)
        _exit(0);
    printf("%d\n", (int)getpid());
    fflush(stdout);
    pid_t worker = fork();
    if (worker == 0) {
        sleep_ms(ms);
        _exit(0);
    }
    sleep_ms(ms / 2);
    burn_ms(20);
    sleep_ms(ms / 2);
    CHECK(status_of(worker) == 0);
    int status;
    CHECK(wait(&status) == -1 && errno == ECHILD);
    return 0;
}
