/* Nanoseconds per frame of one hot stack: unwind_stack, libunwind's unw_backtrace, and a plain walk
 * over frame pointers, in turns, medians of many rounds.
 *   unwind_bench [DEPTH]     so many calls below what main takes; 32
 *
 * Built with frame pointers, so that the third can be; the other two go by the CFI all the same.
 *   gcc -O2 -fno-omit-frame-pointer -fno-optimize-sibling-calls -I. unwind_bench.c
 * preload/unwind/'s objects -lunwind */
#define UNW_LOCAL_ONLY
#include <libunwind.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "preload/unwind/unwind.h"

enum { DEPTH = 32, FRAMES = 1200, ROUNDS = 201, REPEAT = 2000 };

enum { METHOD_UNWIND_STACK, METHOD_LIBUNWIND, METHOD_FRAME_POINTER, METHOD_COUNT };

static const char *const method_name[METHOD_COUNT] = {"unwind_stack", "unw_backtrace",
                                                      "frame pointers"};
static double per_frame_ns[METHOD_COUNT][ROUNDS];
static size_t frames[METHOD_COUNT];
static uint64_t stack_lo, stack_hi;
static int repeat = REPEAT; /* fewer of deeper stacks */

static size_t by_unwind_stack(void) {
    uint64_t pcs[FRAMES];
    struct unwind_start start = {
        .pc = (uint64_t)(uintptr_t)__builtin_return_address(0),
        .sp = (uint64_t)(uintptr_t)__builtin_frame_address(0) + 16,
        .fp = *(uint64_t *)__builtin_frame_address(0),
        .stack_lo = stack_lo,
        .stack_hi = stack_hi,
    };
    enum unwind_end end;
    size_t n = unwind_stack(&start, pcs, FRAMES, &end);

    if (end != UNWIND_OUTERMOST)
        abort();
    return n;
}

static size_t by_libunwind(void) {
    void *pcs[FRAMES];

    return (size_t)unw_backtrace(pcs, FRAMES);
}

static size_t by_frame_pointer(void) {
    uint64_t pcs[FRAMES], *fp = __builtin_frame_address(0);
    size_t n = 0;

    while (n < FRAMES && (uint64_t)(uintptr_t)fp - stack_lo < stack_hi - stack_lo - 16) {
        pcs[n++] = fp[1] - 1;
        fp = (uint64_t *)(uintptr_t)fp[0];
    }
    __asm__ volatile("" ::"r"(pcs) : "memory");
    return n;
}

static size_t (*const method[METHOD_COUNT])(void) = {by_unwind_stack, by_libunwind,
                                                     by_frame_pointer};

static double now_ns(void) {
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void measure(void) {
    for (int round = -1; round < ROUNDS; round++)
        for (int m = 0; m < METHOD_COUNT; m++) {
            double begin = now_ns();

            for (int i = 0; i < repeat; i++)
                frames[m] = method[m]();
            /* the first round fills the caches */
            if (round >= 0)
                per_frame_ns[m][round] = (now_ns() - begin) / repeat / (double)frames[m];
        }
}

/* Frames on the way down, each from a call of its own so that their return addresses differ. */
static __attribute__((noinline)) int descend(int depth) {
    volatile int here = depth;

    if (depth == 0) {
        measure();
        return 0;
    }
    switch (depth & 3) {
    case 0:
        return descend(depth - 1) + here;
    case 1:
        return descend(depth - 1) - here;
    case 2:
        return descend(depth - 1) * here;
    }
    return descend(depth - 1) ^ here;
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

int main(int argc, char **argv) {
    pthread_attr_t attr;
    void *lo;
    size_t size;

    if (pthread_getattr_np(pthread_self(), &attr) != 0)
        return 1;
    pthread_attr_getstack(&attr, &lo, &size);
    pthread_attr_destroy(&attr);
    stack_lo = (uint64_t)(uintptr_t)lo;
    stack_hi = stack_lo + size;
    int depth = argc > 1 ? atoi(argv[1]) : DEPTH;
    if (depth > DEPTH)
        repeat = REPEAT * DEPTH / depth;
    descend(depth);
    for (int m = 0; m < METHOD_COUNT; m++) {
        qsort(per_frame_ns[m], ROUNDS, sizeof per_frame_ns[m][0], compare);
        printf("%-15s %5.2f ns a frame (%zu frames)\n", method_name[m], per_frame_ns[m][ROUNDS / 2],
               frames[m]);
    }
    return 0;
}
