/* A stack machine whose values are terms: see unwind_expr.h. Operators work on two constants, or
 * add a constant to a term. */
#include "preload/unwind/unwind_expr.h"

#include "preload/unwind/unwind_rule.h"

enum {
    DW_OP_DEREF = 0x06,
    DW_OP_CONST1U = 0x08,
    DW_OP_CONST1S = 0x09,
    DW_OP_CONST2U = 0x0a,
    DW_OP_CONST2S = 0x0b,
    DW_OP_CONST4U = 0x0c,
    DW_OP_CONST4S = 0x0d,
    DW_OP_CONST8U = 0x0e,
    DW_OP_CONST8S = 0x0f,
    DW_OP_CONSTU = 0x10,
    DW_OP_CONSTS = 0x11,
    DW_OP_AND = 0x1a,
    DW_OP_MINUS = 0x1c,
    DW_OP_MUL = 0x1e,
    DW_OP_OR = 0x21,
    DW_OP_PLUS = 0x22,
    DW_OP_PLUS_UCONST = 0x23,
    DW_OP_SHL = 0x24,
    DW_OP_SHR = 0x25,
    DW_OP_EQ = 0x29,
    DW_OP_GE = 0x2a,
    DW_OP_GT = 0x2b,
    DW_OP_LE = 0x2c,
    DW_OP_LT = 0x2d,
    DW_OP_NE = 0x2e,
    DW_OP_LIT0 = 0x30,
    DW_OP_LIT31 = 0x4f,
    DW_OP_BREG0 = 0x70,
    DW_OP_BREG16 = 0x80,
    DW_OP_BREGX = 0x92,
    DW_OP_NOP = 0x96,
};

enum { EXPR_DEPTH = 5 };

struct machine {
    struct expr_term stack[EXPR_DEPTH];
    unsigned depth;
    bool bad;
};

static void push(struct machine *m, uint8_t kind, uint64_t reg, int64_t off) {
    if (m->depth == EXPR_DEPTH || reg > REG_DW_LAST) {
        m->bad = true;
        return;
    }
    m->stack[m->depth++] = (struct expr_term){.kind = kind, .reg = (uint8_t)reg, .off = off};
}

static void push_reg(struct machine *m, uint64_t reg, int64_t off, uint64_t pc) {
    if (reg == REG_DW_RIP)
        push(m, EXPR_CONST, 0, (int64_t)(pc + (uint64_t)off));
    else
        push(m, EXPR_REG, reg, off);
}

static struct expr_term *top(struct machine *m) {
    if (m->depth == 0) {
        m->bad = true;
        return &m->stack[0];
    }
    return &m->stack[m->depth - 1];
}

static void deref(struct machine *m) {
    struct expr_term *term = top(m);

    if (term->kind != EXPR_REG)
        m->bad = true;
    term->kind = EXPR_DEREF;
    term->add = 0;
}

static void add(struct machine *m, struct expr_term *term, int64_t value) {
    int32_t sum;

    if (term->kind == EXPR_SCALED)
        m->bad = true;
    else if (term->kind != EXPR_DEREF)
        term->off = (int64_t)((uint64_t)term->off + (uint64_t)value);
    else if (value != (int32_t)value || __builtin_add_overflow(term->add, (int32_t)value, &sum))
        m->bad = true;
    else
        term->add = sum;
}

static int64_t compute(struct machine *m, uint8_t op, int64_t a, int64_t b) {
    uint64_t ua = (uint64_t)a, ub = (uint64_t)b;

    switch (op) {
    case DW_OP_AND:
        return a & b;
    case DW_OP_OR:
        return a | b;
    case DW_OP_MUL:
        return (int64_t)(ua * ub);
    case DW_OP_SHL:
        return ub < 64 ? (int64_t)(ua << ub) : 0;
    case DW_OP_SHR:
        return ub < 64 ? (int64_t)(ua >> ub) : 0;
    case DW_OP_EQ:
        return a == b;
    case DW_OP_NE:
        return a != b;
    case DW_OP_GE:
        return a >= b;
    case DW_OP_GT:
        return a > b;
    case DW_OP_LE:
        return a <= b;
    case DW_OP_LT:
        return a < b;
    }
    m->bad = true;
    return 0;
}

/* [a] * b */
static void scale(struct machine *m, struct expr_term *a, int64_t b) {
    if (a->kind != EXPR_REG || a->scale != 0 || a->off != 0 || b < 1 || b > 8)
        m->bad = true;
    a->kind = EXPR_SCALED;
    a->scale = (uint8_t)b;
}

/* a + [b] * scale */
static void add_index(struct machine *m, struct expr_term *a, const struct expr_term *b) {
    if (a->kind != EXPR_REG || a->scale != 0)
        m->bad = true;
    a->index = b->reg;
    a->scale = b->scale;
}

static void binary(struct machine *m, uint8_t op) {
    struct expr_term *b = top(m), *a;

    if (m->depth < 2) {
        m->bad = true;
        return;
    }
    m->depth--;
    a = top(m);
    if (op == DW_OP_PLUS && a->kind == EXPR_CONST) {
        int64_t value = a->off;
        *a = *b;
        add(m, a, value);
    } else if (op == DW_OP_PLUS && b->kind == EXPR_SCALED) {
        add_index(m, a, b);
    } else if (b->kind != EXPR_CONST) {
        m->bad = true;
    } else if (op == DW_OP_PLUS) {
        add(m, a, b->off);
    } else if (op == DW_OP_MINUS) {
        add(m, a, (int64_t)(0 - (uint64_t)b->off));
    } else if (op == DW_OP_MUL && a->kind != EXPR_CONST) {
        scale(m, a, b->off);
    } else if (a->kind != EXPR_CONST) {
        m->bad = true;
    } else {
        a->off = compute(m, op, a->off, b->off);
    }
}

static int64_t constant(struct bytes *expr, uint8_t op) {
    switch (op) {
    case DW_OP_CONST1U:
        return bytes_u8(expr);
    case DW_OP_CONST1S:
        return (int8_t)bytes_u8(expr);
    case DW_OP_CONST2U:
        return bytes_u16(expr);
    case DW_OP_CONST2S:
        return (int16_t)bytes_u16(expr);
    case DW_OP_CONST4U:
        return bytes_u32(expr);
    case DW_OP_CONST4S:
        return (int32_t)bytes_u32(expr);
    case DW_OP_CONSTU:
        return (int64_t)bytes_uleb(expr);
    case DW_OP_CONSTS:
        return bytes_sleb(expr);
    }
    return (int64_t)bytes_u64(expr);
}

static void step(struct machine *m, struct bytes *expr, uint64_t pc) {
    uint8_t op = bytes_u8(expr);

    if (op >= DW_OP_LIT0 && op <= DW_OP_LIT31) {
        push(m, EXPR_CONST, 0, op - DW_OP_LIT0);
    } else if (op >= DW_OP_BREG0 && op <= DW_OP_BREG16) {
        push_reg(m, op - DW_OP_BREG0, bytes_sleb(expr), pc);
    } else if (op == DW_OP_BREGX) {
        uint64_t reg = bytes_uleb(expr);
        push_reg(m, reg, bytes_sleb(expr), pc);
    } else if (op >= DW_OP_CONST1U && op <= DW_OP_CONSTS) {
        push(m, EXPR_CONST, 0, constant(expr, op));
    } else if (op == DW_OP_DEREF) {
        deref(m);
    } else if (op == DW_OP_PLUS_UCONST) {
        add(m, top(m), (int64_t)bytes_uleb(expr));
    } else if (op != DW_OP_NOP) {
        binary(m, op);
    }
}

bool expr_eval(struct bytes expr, uint64_t pc, struct expr_term *result) {
    struct machine m = {.depth = 0};

    while (expr.at < expr.end && !m.bad)
        step(&m, &expr, pc);
    *result = m.stack[0];
    return !m.bad && !bytes_bad(&expr) && m.depth == 1;
}
