/* A library that allocates, waits and computes when it is called: its code is on stacks that are
 * walked, and is gone soon after. */
#include <stdlib.h>
#include <time.h>

int walked_work(int n);

static volatile unsigned sink;

__attribute__((noinline)) static int walked_inside(int n) {
    struct timespec moment = {0, 50000};
    void *volatile kept = malloc(100 + (size_t)n);
    for (int i = 0; i < 20000; i++)
        sink = sink * 31 + (unsigned)i;
    nanosleep(&moment, NULL);
    free(kept);
    return n > 0 ? walked_inside(n - 1) + 1 : 0;
}

int walked_work(int n) {
    return walked_inside(n);
}
