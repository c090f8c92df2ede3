/* Functions that end in a call which does not return: the return address is past their end. */
#include <setjmp.h>

void work(void);

static jmp_buf back;
static volatile unsigned sink;

static __attribute__((noinline, noreturn)) void leave(unsigned n) {
    for (unsigned i = 0; i < n * 50; i++)
        sink += i;
    longjmp(back, 1);
}

static __attribute__((noinline, noreturn)) void ends_in_call(unsigned n) {
    volatile unsigned here[8] = {n};

    sink += here[0];
    leave(n);
}

static __attribute__((noinline)) unsigned next(unsigned n) {
    return n * 3 + sink;
}

void work(void) {
    for (volatile unsigned n = 0; n < 20; n = n + 1) {
        if (setjmp(back) == 0)
            ends_in_call(n);
        sink += next(n);
    }
}
