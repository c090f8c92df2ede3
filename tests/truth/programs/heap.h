/* What programs whose heap is known say, one line for each site and size of block,
 *
 *   truth SITE bytes=CLASS ALLOC_OBJECTS ALLOC_BYTES INUSE_OBJECTS INUSE_BYTES
 *
 * CLASS being the size class that the profile has them under, and when they wait for a line: after
 * `live`, when all blocks are, and after `freed`. Without stdio's buffers, which are blocks, too.
 */
#ifndef CPPROF_TESTS_TRUTH_HEAP_H
#define CPPROF_TESTS_TRUTH_HEAP_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline void wait_for_line(const char *say) {
    char c = 0;
    dprintf(1, "%s\n", say);
    while (read(0, &c, 1) == 1 && c != '\n')
        ;
}

/* Blocks of one size that are kept until the end. */
enum { KEPT_BYTES = 48, KEPT_MOST = 100000 };

static struct {
    void *block[KEPT_MOST];
    int n;
} kept __attribute__((unused));

static inline void keep_block(void *p) {
    if (!p || kept.n == KEPT_MOST)
        _exit(1);
    kept.block[kept.n++] = p;
}

/* Of the site `PREFIX ID`. */
static inline void say_kept(const char *prefix, char id, int count) {
    dprintf(1, "truth %s%c bytes=%d %d %d %d %d\n", prefix, id, KEPT_BYTES, count,
            KEPT_BYTES * count, count, KEPT_BYTES * count);
}

/* The end of the program, once all is said. */
static inline void free_when_asked(void) {
    wait_for_line("live");
    while (kept.n > 0)
        free(kept.block[--kept.n]);
    wait_for_line("freed");
}

#endif
