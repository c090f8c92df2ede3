/* The search table of unwind information for a file that brings none: static executables of some
 * distributions, whose start code registers .eh_frame as a whole.
 *
 * Not async-signal-safe. */
#ifndef CPPROF_COLLECTOR_FRAME_INDEX_H
#define CPPROF_COLLECTOR_FRAME_INDEX_H

#include <stddef.h>
#include <stdint.h>

/* As in .eh_frame_hdr: where a function begins, and where its FDE is, both from `base` on. */
struct frame_entry {
    int32_t function, fde;
};

struct frame_index {
    struct frame_entry *entries; /* by function; owned */
    size_t n;
};

/* Reads .eh_frame of the ELF file open at `fd`, whose addresses are `bias` less than those in
 * memory. A file without it, or that is damaged, gives an index of what could be read. 0 or
 * -ENOMEM; release it in both cases. */
int frame_index_read(struct frame_index *x, int fd, uint64_t bias, uint64_t base);
void frame_index_release(struct frame_index *x);

#endif
