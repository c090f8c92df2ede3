/* Which loaded object covers a pc, and which of its memory may be read.
 *
 * Async-signal-safe, but for unwind_objects_refresh (see unwind.h). */
#ifndef CPPROF_PRELOAD_UNWIND_OBJECT_H
#define CPPROF_PRELOAD_UNWIND_OBJECT_H

#include "preload/unwind/unwind_cfi.h"

struct unwind_object {
    uint64_t lo, hi; /* the object's mappings and whatever lies between them, or, of an executable
                      * whose segments lie apart, the one mapping: lo <= pc < hi */
    const uint8_t *hdr; /* its .eh_frame_hdr; NULL: it has none */
};

/* Finds the object that covers `pc`; false when none does (JIT code, or no code at all). */
bool object_find(uint64_t pc, struct unwind_object *object);

/* The readable segment of `object` that contains `p`; false when none does. Segments are told by
 * the object's program headers, where its first page has them; else all of [lo, hi) is taken for
 * one. */
bool object_segment(const struct unwind_object *object, const uint8_t *p,
                    struct unwind_range *segment);

#endif
