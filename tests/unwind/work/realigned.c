/* Frames that align the stack for themselves: their CFA is reached through a saved register. */
#include <alloca.h>

void work(void);

static volatile unsigned sink;

typedef unsigned wide __attribute__((vector_size(32)));

static __attribute__((noinline)) void touch(volatile wide *w) {
    *w = *w + *w;
}

static __attribute__((noinline)) unsigned aligned_locals(unsigned n) {
    volatile wide w __attribute__((aligned(64))) = {n, 1, 2, 3, 4, 5, 6, 7};

    touch(&w);
    return w[0] + (n ? aligned_locals(n - 1) : 0);
}

static __attribute__((noinline)) unsigned aligned_and_dynamic(unsigned n) {
    volatile wide w __attribute__((aligned(128))) = {n};
    volatile char *p = alloca(n * 3 + 1);

    p[0] = (char)n;
    touch(&w);
    return w[1] + aligned_locals(n % 5) + (unsigned)p[0];
}

void work(void) {
    for (unsigned n = 0; n < 12; n++)
        sink += aligned_and_dynamic(n);
}
