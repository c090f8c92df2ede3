/* malloc in a handler of SIGALRM, while main only computes. */
#include "prog.h"

#include <sys/time.h>

static volatile sig_atomic_t alarms;

static void on_alarm(int signo) {
    char *p = malloc(5000);
    p[0] = 1;
    p = realloc(p, 50000);
    free(p);
    alarms++;
}

int main(void) {
    struct itimerval every = {{0, 1000}, {0, 1000}};
    signal(SIGALRM, on_alarm);
    CHECK(setitimer(ITIMER_REAL, &every, NULL) == 0);
    while (alarms < 200)
        burn_ms(5);
    printf("done\n");
    return 0;
}
