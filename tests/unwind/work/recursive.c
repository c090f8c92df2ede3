/* Recursion without frame pointers, with and without saved registers. */
void work(void);

static volatile unsigned sink;

static __attribute__((noinline)) unsigned climb(unsigned depth, unsigned a, unsigned b,
                                                unsigned c) {
    unsigned here = a * b + c;

    sink += here;
    if (depth == 0)
        return here;
    return climb(depth - 1, b, c, here) + a + b * here;
}

void work(void) {
    for (unsigned depth = 1; depth < 60; depth++)
        sink += climb(depth, 1, depth, 3);
}
