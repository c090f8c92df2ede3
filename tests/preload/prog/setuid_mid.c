/* setuid_mid [early]: root gives its privileges up, with threads running; early: before anything
 * was sampled. */
#include "prog.h"

#include <grp.h>

static volatile int stop;

static void *work(void *arg) {
    while (!stop) {
        burn_ms(1);
        churn(50);
    }
    return NULL;
}

int main(int argc, char **argv) {
    pthread_t t[3];
    if (argc > 1)
        CHECK(setgroups(0, NULL) == 0 && setgid(65534) == 0 && setuid(65534) == 0);
    for (int i = 0; i < 3; i++)
        CHECK(pthread_create(&t[i], NULL, work, NULL) == 0);
    burn_ms(30);
    churn(1000);
    if (argc == 1)
        CHECK(setgroups(0, NULL) == 0 && setgid(65534) == 0 && setuid(65534) == 0);
    CHECK(setuid(0) == -1 && getuid() == 65534 && geteuid() == 65534);
    burn_ms(30);
    stop = 1;
    for (int i = 0; i < 3; i++)
        pthread_join(t[i], NULL);
    printf("done\n");
    return 0;
}
