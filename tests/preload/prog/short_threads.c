/* short_threads return|raw: 2000 threads that end at once; then the process may have no more timers
 * than threads. `raw`: they end by the system call alone. */
#include "prog.h"

static volatile int gone;

static void *work(void *raw) {
    free(malloc(100));
    if (raw) {
        __atomic_fetch_add(&gone, 1, __ATOMIC_RELAXED);
        syscall(SYS_exit, 0);
    }
    return NULL;
}

static int timers(void) {
    char line[256];
    int n = 0;
    FILE *f = fopen("/proc/self/timers", "r");
    while (f && fgets(line, sizeof line, f))
        n += strncmp(line, "ID:", 3) == 0;
    if (f)
        fclose(f);
    return n;
}

int main(int argc, char **argv) {
    int raw = strcmp(argv[1], "raw") == 0;
    for (int i = 0; i < 2000; i++) {
        pthread_t t;
        CHECK(pthread_create(&t, NULL, work, raw ? &t : NULL) == 0);
        if (raw)
            pthread_detach(t);
        else
            CHECK(pthread_join(t, NULL) == 0);
        if (raw && i % 100 == 99)
            while (gone < i + 1)
                sleep_ms(1);
    }
    sleep_ms(20);
    int n = timers();
    if (n > 1)
        printf("%d timers of one thread\n", n);
    printf("done\n");
    return 0;
}
