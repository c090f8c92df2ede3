/* Memory for code that must run both inside a profiled process, where malloc is out of bounds, and
 * outside of it: the caller says where arrays come from.
 *
 * Nothing in this header has state; thread and signal safety are those of the resize function. */
#ifndef CPPROF_PROTO_MEM_H
#define CPPROF_PROTO_MEM_H

#include <stddef.h>

struct mem {
    /* Changes an array of `old_bytes` at `old` (NULL, 0: a new one) to `new_bytes` (0: frees it),
     * keeping its content; new bytes of a grown array are zero only if the implementation says so.
     * Returns the array, possibly moved, or NULL when there is no memory: `old` is then intact. */
    void *(*resize)(void *ctx, void *old, size_t old_bytes, size_t new_bytes);
    void *ctx;
};

#endif
