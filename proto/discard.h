/* Gives memory back to the system before it is freed.
 *
 * Private to proto/ and what reads files for it. No state; thread-safe and async-signal-safe. */
#ifndef CPPROF_PROTO_DISCARD_H
#define CPPROF_PROTO_DISCARD_H

#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

/* Loses the content of all whole pages from `from` up to `to`, of private memory of the caller's,
 * which stays his. */
static inline void discard_pages(const void *from, const void *to) {
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), start, end;

    start = ((uintptr_t)from + page - 1) & ~(page - 1);
    end = (uintptr_t)to & ~(page - 1);
    if (start < end)
        madvise((void *)start, end - start, MADV_DONTNEED);
}

#endif
