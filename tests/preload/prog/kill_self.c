/* A program that has asked for nothing gets a signal: kill_self SIGNO self|raise|outside. */
#include "prog.h"

int main(int argc, char **argv) {
    int signo = atoi(argv[1]);
    churn(100); /* there is something to be found afterwards, also where no tick came */
    if (strcmp(argv[2], "self") == 0)
        kill(getpid(), signo);
    else if (strcmp(argv[2], "raise") == 0)
        raise(signo);
    else
        status_of(send_from_outside(signo, 1, 0));
    sleep_ms(100);
    printf("alive\n");
    return 0;
}
