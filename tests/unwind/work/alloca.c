/* Frames whose size is known only at run time. */
#include <alloca.h>
#include <string.h>

void work(void);

static volatile unsigned sink;

static __attribute__((noinline)) unsigned vla(unsigned n) {
    unsigned array[n + 1];

    for (unsigned i = 0; i <= n; i++)
        array[i] = i * n;
    return n == 0 ? array[0] : array[n / 2] + vla(n - 1);
}

static __attribute__((noinline)) unsigned grow(unsigned n) {
    char *p = NULL;

    for (unsigned i = 0; i < n; i++) {
        p = alloca(i + 1);
        memset(p, (int)i, i + 1);
    }
    return p ? (unsigned)p[0] : 0;
}

void work(void) {
    for (unsigned n = 0; n < 20; n++)
        sink += vla(n) + grow(n);
}
