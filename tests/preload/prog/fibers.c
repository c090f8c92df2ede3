/* Fibers by swapcontext on small stacks, between areas that nobody may write to. */
#include "prog.h"

#include <sys/mman.h>
#include <ucontext.h>

enum { FIBERS = 8, STACK = 16384, GUARD = 4096 };

static ucontext_t main_context, fibers[FIBERS];
static int steps;

__attribute__((noinline)) static int work(int depth) {
    volatile char frame[64] = {0};
    if (depth > 0)
        return work(depth - 1) + frame[0];
    burn_ms(1);
    free(malloc(2000));
    return 1;
}

static void fiber(int i) {
    for (int k = 0; k < 30; k++) {
        steps += work(10);
        swapcontext(&fibers[i], k == 29 ? &main_context : &fibers[(i + 1) % FIBERS]);
    }
}

int main(void) {
    size_t size = FIBERS * (STACK + GUARD) + GUARD;
    unsigned char *area =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(area != MAP_FAILED);
    memset(area, 0x5a, size);
    for (int i = 0; i < FIBERS; i++) {
        getcontext(&fibers[i]);
        fibers[i].uc_stack.ss_sp = area + GUARD + i * (STACK + GUARD);
        fibers[i].uc_stack.ss_size = STACK;
        fibers[i].uc_link = &main_context;
        makecontext(&fibers[i], (void (*)(void))fiber, 1, i);
    }
    CHECK(swapcontext(&main_context, &fibers[0]) == 0);
    for (int i = 0; i <= FIBERS; i++)
        for (int k = 0; k < GUARD; k++)
            CHECK(area[i * (STACK + GUARD) + k] == 0x5a);
    printf("steps %d\n", steps);
    return 0;
}
