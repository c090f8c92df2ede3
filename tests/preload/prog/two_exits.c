/* Two threads end the process at once, in different ways, while dumps are being written. */
#include "prog.h"

static pthread_barrier_t together;

static void *leave(void *arg) {
    burn_ms(20);
    churn(500);
    pthread_barrier_wait(&together);
    if (arg)
        _exit(4);
    quick_exit(4);
}

int main(void) {
    pthread_t t;
    pid_t sender = send_from_outside(SIGUSR2, 20, 1);
    pthread_barrier_init(&together, NULL, 2);
    churn(500);
    pthread_create(&t, NULL, leave, &together);
    (void)sender;
    leave(NULL);
    return 0;
}
