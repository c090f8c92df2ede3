/* Waits in code of its own that lies in memory of its own, as on huge pages. */
#include <stdio.h>

#include "tests/truth/programs/remap.h"

static __attribute__((noinline)) void waits_inside(void) {
    pause();
    __asm__ volatile("" ::: "memory");
}

static __attribute__((noinline)) void waits_outside(void) {
    waits_inside();
    __asm__ volatile("" ::: "memory");
}

int main(void) {
    remap_own_code();
    puts("ready");
    fflush(stdout);
    waits_outside();
    return 0;
}
