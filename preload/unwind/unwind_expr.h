/* DWARF expressions of CFI, evaluated symbolically as far as a row can hold the result.
 *
 * The row is made once and used often, so an expression is not kept: it is reduced to "register +
 * offset" or "memory at register + offset, + offset", with at most one scaled register as an index
 * (OpenSSL's big numbers keep the old rsp behind an array of r9 words). Since the row is for one
 * pc, the pc is a constant, and so the PLT's  rsp + 8 + ((rip & 15) >= 11) * 8  becomes rsp + 8 or
 * rsp + 16. */
#ifndef CPPROF_PRELOAD_UNWIND_EXPR_H
#define CPPROF_PRELOAD_UNWIND_EXPR_H

#include "preload/unwind/unwind_bytes.h"

enum expr_kind {
    EXPR_CONST,  /* off */
    EXPR_SCALED, /* [reg] * scale */
    EXPR_REG,    /* [reg] + [index] * scale + off */
    EXPR_DEREF,  /* memory([reg] + [index] * scale + off) + add */
};

struct expr_term {
    uint8_t kind; /* enum expr_kind */
    uint8_t reg;
    uint8_t index;
    uint8_t scale; /* 0: no index */
    int32_t add;
    int64_t off;
};

/* Evaluates `expr` for `pc` to *result. False when it is malformed, or does more than a term can
 * say. Async-signal-safe. */
bool expr_eval(struct bytes expr, uint64_t pc, struct expr_term *result);

#endif
