/* The library of heap_reloaded; SITE is its function. */
#include <stdlib.h>

void *SITE(void);

void *SITE(void) {
    void *p = malloc(48);
    __asm__ volatile("" : "+r"(p)); /* no tail call */
    return p;
}
