/* An interpreter of CFA instructions that keeps track of the four registers that are followed.
 *
 * Expressions are noted while it runs (where in the range they stand) and reduced at the end, when
 * it is known which of them hold at the pc. Rows that remember_state puts aside live on the stack
 * of whoever was interrupted, so there are few: compilers nest to a depth of one. */
#include "preload/unwind/unwind_program.h"

#include "preload/unwind/unwind_expr.h"

enum {
    DW_CFA_NOP = 0x00,
    DW_CFA_SET_LOC = 0x01,
    DW_CFA_ADVANCE_LOC1 = 0x02,
    DW_CFA_ADVANCE_LOC2 = 0x03,
    DW_CFA_ADVANCE_LOC4 = 0x04,
    DW_CFA_OFFSET_EXTENDED = 0x05,
    DW_CFA_RESTORE_EXTENDED = 0x06,
    DW_CFA_UNDEFINED = 0x07,
    DW_CFA_SAME_VALUE = 0x08,
    DW_CFA_REGISTER = 0x09,
    DW_CFA_REMEMBER_STATE = 0x0a,
    DW_CFA_RESTORE_STATE = 0x0b,
    DW_CFA_DEF_CFA = 0x0c,
    DW_CFA_DEF_CFA_REGISTER = 0x0d,
    DW_CFA_DEF_CFA_OFFSET = 0x0e,
    DW_CFA_DEF_CFA_EXPRESSION = 0x0f,
    DW_CFA_EXPRESSION = 0x10,
    DW_CFA_OFFSET_EXTENDED_SF = 0x11,
    DW_CFA_DEF_CFA_SF = 0x12,
    DW_CFA_DEF_CFA_OFFSET_SF = 0x13,
    DW_CFA_VAL_OFFSET = 0x14,
    DW_CFA_VAL_OFFSET_SF = 0x15,
    DW_CFA_VAL_EXPRESSION = 0x16,
    DW_CFA_GNU_ARGS_SIZE = 0x2e,
    DW_CFA_GNU_NEGATIVE_OFFSET_EXTENDED = 0x2f,
    DW_CFA_ADVANCE_LOC = 0x40, /* the operand is in the low six bits */
    DW_CFA_OFFSET = 0x80,
    DW_CFA_RESTORE = 0xc0,
};

/* Only while the program runs: cfa_off or place.off is where in the range the expression stands. */
enum { WHERE_EXPR = WHERE_UNKNOWN + 1, REG_DW_EXPR = REG_DW_NONE - 1 };

enum { SAVED_ROWS = 2 };

struct program {
    const struct cfi_cie *cie;
    struct unwind_row *row;
    const uint8_t *lo; /* the range's */
    struct bytes code;
    uint64_t loc;
    unsigned depth;
    bool bad;
    struct unwind_place initial[FOLLOW_COUNT]; /* what the CIE says, for restore */
    struct unwind_row saved[SAVED_ROWS];
};

static int follow_of(uint64_t reg) {
    switch (reg) {
    case REG_DW_RBX:
        return FOLLOW_RBX;
    case REG_DW_RBP:
        return FOLLOW_RBP;
    case REG_DW_RSP:
        return FOLLOW_RSP;
    case REG_DW_RIP:
        return FOLLOW_RIP;
    }
    return -1;
}

static void set_place(struct program *p, uint64_t reg, uint8_t where, uint64_t in, int64_t off) {
    int follow = follow_of(reg);

    if (reg == REG_DW_RAX && where == WHERE_CFA)
        p->row->eh_return = true;
    if (follow < 0)
        return;
    if (off != (int32_t)off || in > REG_DW_LAST)
        where = WHERE_UNKNOWN;
    p->row->place[follow] =
        (struct unwind_place){.where = where, .reg = (uint8_t)in, .off = (int32_t)off};
}

static void restore_place(struct program *p, uint64_t reg) {
    int follow = follow_of(reg);

    if (follow >= 0)
        p->row->place[follow] = p->initial[follow];
}

/* The operand of an offset instruction, in bytes; anything absurd stays absurd and is refused by
 * the check of set_place. */
static int64_t factored(const struct program *p, uint64_t n) {
    return (int64_t)(n * (uint64_t)(int64_t)p->cie->data_align);
}

/* Steps over an expression; where it stands. */
static int64_t note_expr(struct program *p) {
    int64_t at = p->code.at - p->lo;

    bytes_skip(&p->code, bytes_uleb(&p->code));
    return at;
}

static void set_cfa_off(struct program *p, int64_t off) {
    if (off != (int32_t)off)
        p->bad = true;
    p->row->cfa_off = (int32_t)off;
}

/* For instructions that keep half of a CFA, which an expression does not have. */
static void change_cfa_off(struct program *p, int64_t off) {
    if (p->row->cfa_reg == REG_DW_EXPR)
        p->bad = true;
    set_cfa_off(p, off);
}

static void set_cfa_reg(struct program *p, uint64_t reg) {
    p->row->cfa_reg = reg > REG_DW_LAST ? REG_DW_NONE : (uint8_t)reg;
}

/* Instructions that say what the CFA is; false if `op` is none of them. */
static bool run_cfa(struct program *p, uint8_t op) {
    struct bytes *code = &p->code;

    switch (op) {
    case DW_CFA_DEF_CFA:
        set_cfa_reg(p, bytes_uleb(code));
        set_cfa_off(p, (int64_t)bytes_uleb(code));
        return true;
    case DW_CFA_DEF_CFA_SF:
        set_cfa_reg(p, bytes_uleb(code));
        set_cfa_off(p, factored(p, (uint64_t)bytes_sleb(code)));
        return true;
    case DW_CFA_DEF_CFA_REGISTER:
        change_cfa_off(p, p->row->cfa_off);
        set_cfa_reg(p, bytes_uleb(code));
        return true;
    case DW_CFA_DEF_CFA_OFFSET:
        change_cfa_off(p, (int64_t)bytes_uleb(code));
        return true;
    case DW_CFA_DEF_CFA_OFFSET_SF:
        change_cfa_off(p, factored(p, (uint64_t)bytes_sleb(code)));
        return true;
    case DW_CFA_DEF_CFA_EXPRESSION:
        p->row->cfa_reg = REG_DW_EXPR;
        set_cfa_off(p, note_expr(p));
        return true;
    }
    return false;
}

/* Instructions that say where a register is; false if `op` is none of them. */
static bool run_place(struct program *p, uint8_t op) {
    struct bytes *code = &p->code;
    uint64_t reg;

    if (op < DW_CFA_OFFSET_EXTENDED ||
        (op > DW_CFA_VAL_EXPRESSION && op != DW_CFA_GNU_NEGATIVE_OFFSET_EXTENDED))
        return false;
    reg = bytes_uleb(code);
    switch (op) {
    case DW_CFA_OFFSET_EXTENDED:
        set_place(p, reg, WHERE_CFA, 0, factored(p, bytes_uleb(code)));
        return true;
    case DW_CFA_OFFSET_EXTENDED_SF:
        set_place(p, reg, WHERE_CFA, 0, factored(p, (uint64_t)bytes_sleb(code)));
        return true;
    case DW_CFA_GNU_NEGATIVE_OFFSET_EXTENDED:
        set_place(p, reg, WHERE_CFA, 0, factored(p, 0 - bytes_uleb(code)));
        return true;
    case DW_CFA_RESTORE_EXTENDED:
        restore_place(p, reg);
        return true;
    case DW_CFA_UNDEFINED:
        set_place(p, reg, WHERE_UNDEFINED, 0, 0);
        return true;
    case DW_CFA_SAME_VALUE:
        set_place(p, reg, WHERE_SAME, 0, 0);
        return true;
    case DW_CFA_REGISTER:
        set_place(p, reg, WHERE_IN_REG, bytes_uleb(code), 0);
        return true;
    case DW_CFA_EXPRESSION:
        set_place(p, reg, WHERE_EXPR, 0, note_expr(p));
        return true;
    case DW_CFA_VAL_EXPRESSION:
        note_expr(p);
        set_place(p, reg, WHERE_UNKNOWN, 0, 0);
        return true;
    case DW_CFA_VAL_OFFSET:
    case DW_CFA_VAL_OFFSET_SF:
        /* rsp = cfa + 0 is what holds anyway; the size of the operand does not depend on its sign
         */
        set_place(p, reg, bytes_uleb(code) == 0 && reg == REG_DW_RSP ? WHERE_SAME : WHERE_UNKNOWN,
                  0, 0);
        return true;
    }
    return false;
}

static void run_state(struct program *p, uint8_t op) {
    if (op == DW_CFA_REMEMBER_STATE && p->depth < SAVED_ROWS)
        p->saved[p->depth++] = *p->row;
    else if (op == DW_CFA_RESTORE_STATE && p->depth > 0)
        *p->row = p->saved[--p->depth];
    else
        p->bad = true;
}

static void run_extended(struct program *p, uint8_t op) {
    switch (op) {
    case DW_CFA_NOP:
        return;
    case DW_CFA_ADVANCE_LOC1:
        p->loc += (uint64_t)bytes_u8(&p->code) * p->cie->code_align;
        return;
    case DW_CFA_ADVANCE_LOC2:
        p->loc += (uint64_t)bytes_u16(&p->code) * p->cie->code_align;
        return;
    case DW_CFA_ADVANCE_LOC4:
        p->loc += (uint64_t)bytes_u32(&p->code) * p->cie->code_align;
        return;
    case DW_CFA_SET_LOC:
        /* no x86-64 assembler writes it, and its encoding would have to be carried here */
        p->bad = true;
        return;
    case DW_CFA_GNU_ARGS_SIZE:
        bytes_uleb(&p->code);
        return;
    case DW_CFA_REMEMBER_STATE:
    case DW_CFA_RESTORE_STATE:
        run_state(p, op);
        return;
    }
    if (!run_cfa(p, op) && !run_place(p, op))
        p->bad = true;
}

/* Runs `code` until the location is past `pc`. Not inlined, as its caller's frame is large. */
__attribute__((noinline)) static bool run(struct program *p, struct bytes code, uint64_t pc) {
    p->code = code;
    while (p->code.at < p->code.end && p->loc <= pc) {
        uint8_t op = bytes_u8(&p->code), low = op & 0x3f;

        switch (op & 0xc0) {
        case DW_CFA_ADVANCE_LOC:
            p->loc += (uint64_t)low * p->cie->code_align;
            break;
        case DW_CFA_OFFSET:
            set_place(p, low, WHERE_CFA, 0, factored(p, bytes_uleb(&p->code)));
            break;
        case DW_CFA_RESTORE:
            restore_place(p, low);
            break;
        default:
            run_extended(p, op);
        }
        if (p->bad || bytes_bad(&p->code))
            return false;
    }
    return true;
}

__attribute__((noinline)) static bool reduce(struct unwind_range range, int32_t at, uint64_t pc,
                                             struct expr_term *term) {
    struct bytes expr = {.at = range.lo + at, .end = range.hi};
    uint64_t size = bytes_uleb(&expr);

    if (bytes_bad(&expr) || size > bytes_left(&expr))
        return false;
    expr.end = expr.at + size;
    return expr_eval(expr, pc, term) && term->kind != EXPR_CONST && term->off == (int32_t)term->off;
}

/* Where the kernel puts the interrupted rsp, counted from rsp at the trampoline: it tells its
 * frames from others that a runtime marks 'S'. */
enum { UCONTEXT_RSP = 160 };

static void finish_cfa(struct unwind_range range, uint64_t pc, struct unwind_row *row) {
    struct expr_term term;

    if (row->cfa_reg != REG_DW_EXPR)
        return;
    row->cfa_reg = REG_DW_NONE;
    if (!reduce(range, row->cfa_off, pc, &term))
        return;
    row->cfa_reg = term.reg;
    row->cfa_index = term.index;
    row->cfa_scale = term.scale;
    row->cfa_off = (int32_t)term.off;
    row->cfa_add = term.add;
    row->cfa_deref = term.kind == EXPR_DEREF;
    row->kernel_signal = row->signal && row->cfa_deref && row->cfa_reg == REG_DW_RSP &&
                         row->cfa_off == UCONTEXT_RSP && row->cfa_add == 0 && row->cfa_scale == 0;
}

static void finish_place(struct unwind_range range, uint64_t pc, struct unwind_place *place) {
    struct expr_term term;

    if (place->where != WHERE_EXPR)
        return;
    if (!reduce(range, place->off, pc, &term) || term.kind != EXPR_REG || term.scale != 0)
        place->where = WHERE_UNKNOWN;
    else
        *place =
            (struct unwind_place){.where = WHERE_REG, .reg = term.reg, .off = (int32_t)term.off};
}

bool program_run(struct unwind_range range, const struct cfi_cie *cie, const struct cfi_fde *fde,
                 uint64_t pc, struct unwind_row *row) {
    struct program p;

    *row = (struct unwind_row){.cfa_reg = REG_DW_NONE, .signal = cie->signal};
    row->place[FOLLOW_RIP].where = WHERE_UNKNOWN;
    p.cie = cie;
    p.row = row;
    p.lo = range.lo;
    p.loc = 0;
    p.depth = 0;
    p.bad = false;
    memcpy(p.initial, row->place, sizeof p.initial);
    if (!run(&p, cie->instructions, UINT64_MAX))
        return false;
    memcpy(p.initial, row->place, sizeof p.initial);
    p.loc = fde->pc_begin;
    return run(&p, fde->instructions, pc);
}

void cfi_reduce(struct unwind_range range, uint64_t pc, struct unwind_row *row) {
    finish_cfa(range, pc, row);
    for (int i = 0; i < FOLLOW_COUNT; i++)
        finish_place(range, pc, &row->place[i]);
}
