/* The library of heap_reloaded; SITE is its function. */
#include "tests/truth/programs/heap.h"

void *SITE(void);

void *SITE(void) {
    void *p = malloc(KEPT_BYTES);
    __asm__ volatile("" : "+r"(p)); /* no tail call */
    return p;
}
