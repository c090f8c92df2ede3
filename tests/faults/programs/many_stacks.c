/* many_stacks N: N allocations, each from another stack, of 16 bytes that stay or go in turn; says
 * `allocated N freed M`. */
#include "tests/preload/prog/prog.h"

static unsigned long path;
static void *last;

/* Two callers at each of as many levels as N needs. */
__attribute__((noinline)) static void level_left(int depth);
__attribute__((noinline)) static void level_right(int depth);

__attribute__((noinline)) static void *site_leaf(void) {
    void *p = malloc(16);
    __asm__ volatile("" : "+r"(p));
    return p;
}

static inline void next_level(int depth) {
    if (depth == 0)
        last = site_leaf();
    else if (path >> (depth - 1) & 1)
        level_left(depth - 1);
    else
        level_right(depth - 1);
}

static void level_left(int depth) {
    next_level(depth);
    __asm__ volatile("");
}

static void level_right(int depth) {
    next_level(depth);
    __asm__ volatile("");
}

int main(int argc, char **argv) {
    unsigned long n = strtoul(argv[1], NULL, 10), freed = 0;
    int depth = 0;
    while (1ul << depth < n)
        depth++;
    for (path = 0; path < n; path++) {
        next_level(depth);
        if (path % 8 != 0) {
            free(last);
            freed++;
        }
    }
    printf("allocated %lu freed %lu\n", n, freed);
    puts("ready");
    fflush(stdout);
    getchar();
    return 0;
}
