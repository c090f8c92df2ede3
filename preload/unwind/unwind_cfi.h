/* Call frame information: from .eh_frame_hdr and .eh_frame bytes to the row of one pc.
 *
 * The bytes are not trusted: nothing is read outside of the range given with them, and every loop
 * is bounded by its length. All functions are async-signal-safe and allocate nothing. */
#ifndef CPPROF_PRELOAD_UNWIND_CFI_H
#define CPPROF_PRELOAD_UNWIND_CFI_H

#include "preload/unwind/unwind_rule.h"

/* Readable memory: lo <= p < hi. */
struct unwind_range {
    const uint8_t *lo, *hi;
};

enum cfi_search {
    CFI_FDE,  /* *found: the FDE that may cover the pc, by the header's table */
    CFI_SCAN, /* no usable table; *found: the first entry of .eh_frame, for cfi_scan */
    CFI_NONE, /* no entry covers the pc, or the header cannot be read */
};

/* Looks `pc` up in the .eh_frame_hdr at `hdr`, which `range` contains. *found may point anywhere:
 * the caller finds the range that contains it. */
enum cfi_search cfi_search(struct unwind_range range, const uint8_t *hdr, uint64_t pc,
                           const uint8_t **found);

/* Goes through the entries from `eh_frame` on; the FDE that covers `pc`, or NULL. */
const uint8_t *cfi_scan(struct unwind_range range, const uint8_t *eh_frame, const uint8_t *hdr,
                        uint64_t pc);

/* Decodes the row for `pc` of the FDE at `fde`; `hdr` is the base of data-relative pointers. False
 * when the FDE does not cover `pc` or cannot be read. A row whose CFA is described in a way that
 * is not followed has cfa_reg REG_DW_NONE.
 *
 * It works in two halves, so that what each needs of the stack does not add up: cfi_decode, which
 * leaves expressions where they stand, and cfi_reduce, which reduces them to registers and
 * offsets. */
bool cfi_decode(struct unwind_range range, const uint8_t *fde, const uint8_t *hdr, uint64_t pc,
                struct unwind_row *row);
void cfi_reduce(struct unwind_range range, uint64_t pc, struct unwind_row *row);

static inline bool cfi_row(struct unwind_range range, const uint8_t *fde, const uint8_t *hdr,
                           uint64_t pc, struct unwind_row *row) {
    if (!cfi_decode(range, fde, hdr, pc, row))
        return false;
    cfi_reduce(range, pc, row);
    return true;
}

#endif
