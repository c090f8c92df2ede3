/* The thread whose signal started a dump ends, and its stack is unmapped, while the dumper works.
 */
#include "prog.h"

#include <limits.h>

static volatile pid_t tid;
static volatile int got_it;

static void *worker(void *arg) {
    tid = (pid_t)syscall(SYS_gettid);
    while (!got_it)
        burn_ms(1);
    return NULL;
}

__attribute__((noinline)) static void *leak(unsigned path, int depth) {
    void *p;
    if (depth == 0)
        return malloc(64);
    if (path & 1)
        p = leak(path >> 1, depth - 1);
    else
        p = leak(path >> 1, depth - 1);
    __asm__ volatile("");
    return p;
}

int main(void) {
    pthread_attr_t attr;
    pthread_t t;
    void *volatile sink;
    for (unsigned i = 0; i < 30000; i++)
        sink = leak(i, 15);
    (void)sink;
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, 256 << 20); /* more than libc keeps for later threads */
    for (int i = 0; i < 5; i++) {
        tid = got_it = 0;
        CHECK(pthread_create(&t, &attr, worker, NULL) == 0);
        while (!tid)
            sleep_ms(1);
        pid_t target = getpid(), pid = fork();
        if (pid == 0) {
            if (getenv("CPROF_DIR"))
                syscall(SYS_tgkill, target, tid, SIGUSR2);
            _exit(0);
        }
        CHECK(status_of(pid) == 0);
        burn_ms(2);
        got_it = 1;
        pthread_join(t, NULL);
        burn_ms(50);
    }
    burn_ms(1000);
    printf("done\n");
    return 0;
}
