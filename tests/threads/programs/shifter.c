/* A thread whose stack is never the same for long: one of two rows of calls, a to e or v to z,
 * whose frames lie at the same places. A stack that has both was read while it changed. */
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static volatile unsigned turns;

static __attribute__((noinline)) void row_e(void) {
    for (int i = 0; i < 50; i++)
        turns = turns + 1;
}

static __attribute__((noinline)) void row_v(void) {
    for (int i = 0; i < 50; i++)
        turns = turns + 2;
}

/* One call of a row, with `bytes` on its stack, around the next one. */
#define CALL(name, bytes, next)                                                                    \
    static __attribute__((noinline)) void name(void) {                                             \
        volatile char room[bytes];                                                                 \
        room[0] = 1;                                                                               \
        next();                                                                                    \
        room[1] = room[0];                                                                         \
    }

CALL(row_d, 64, row_e)
CALL(row_c, 200, row_d)
CALL(row_b, 1000, row_c)
CALL(row_a, 24, row_b)
CALL(row_w, 64, row_v)
CALL(row_x, 200, row_w)
CALL(row_y, 1000, row_x)
CALL(row_z, 24, row_y)

static void *shift(void *arg) {
    for (;;) {
        row_a();
        row_z();
    }
    return arg;
}

int main(void) {
    pthread_t thread;
    pthread_create(&thread, NULL, shift, NULL);
    puts("ready");
    fflush(stdout);
    pthread_join(thread, NULL);
    return 0;
}
