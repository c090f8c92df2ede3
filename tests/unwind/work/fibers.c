/* Two fibers that switch to and fro, on stacks that are not the thread's. */
#include <stdlib.h>
#include <ucontext.h>

void work(void);

enum { FIBER_BYTES = 65536 };

static ucontext_t home, fiber[2];
static volatile unsigned sink;

static __attribute__((noinline)) unsigned spin(unsigned depth) {
    for (unsigned i = 0; i < 300; i++)
        sink += i;
    return depth ? spin(depth - 1) + 1 : sink;
}

static void run(int self) {
    for (;;) {
        sink += spin(10);
        swapcontext(&fiber[self], self ? &home : &fiber[1]);
    }
}

void work(void) {
    static int made;

    for (; made < 2; made++) {
        getcontext(&fiber[made]);
        fiber[made].uc_stack.ss_sp = malloc(FIBER_BYTES);
        fiber[made].uc_stack.ss_size = FIBER_BYTES;
        makecontext(&fiber[made], (void (*)(void))run, 1, made);
    }
    swapcontext(&home, &fiber[0]);
    sink += spin(3);
}
