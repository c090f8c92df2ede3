/* The CFA programs of a CIE and an FDE: instructions that, up to a pc, build a row. */
#ifndef CPPROF_PRELOAD_UNWIND_PROGRAM_H
#define CPPROF_PRELOAD_UNWIND_PROGRAM_H

#include "preload/unwind/unwind_bytes.h"
#include "preload/unwind/unwind_cfi.h"

/* What a CIE says. */
struct cfi_cie {
    struct bytes instructions;
    uint32_t code_align;
    int32_t data_align;
    uint8_t pointer_encoding; /* of its FDEs' pc_begin and pc_range */
    bool augmented;           /* its FDEs have augmentation data */
    bool signal;              /* 'S' */
};

/* One FDE: it covers pc_begin <= pc < pc_end. */
struct cfi_fde {
    uint64_t pc_begin, pc_end;
    struct bytes instructions;
};

/* Runs the instructions of `cie`, then those of `fde` up to `pc`. `range` contains both. False
 * when they are malformed. The row is of use after cfi_reduce only. Async-signal-safe. */
bool program_run(struct unwind_range range, const struct cfi_cie *cie, const struct cfi_fde *fde,
                 uint64_t pc, struct unwind_row *row);

#endif
