/* What is known about one pc: a row of the CFI table, and its compact form, the rule.
 *
 * A *row* says how a frame's caller is found. Its canonical frame address (CFA) is
 *
 *     cfa = base                        where !cfa_deref
 *     cfa = memory(base) + cfa_add      where cfa_deref
 *     base = [cfa_reg] + [cfa_index] * cfa_scale + cfa_off
 *
 * and each of the caller's rbx, rbp, rsp and rip is at a *place*. The other registers are not
 * followed: they are known in the interrupted frame only, where the signal context has them.
 *
 * A *rule* is a row in 64 bits, for the cache. Any row has a rule; one that does not fit becomes
 * RULE_ROW, "decode again". The kinds are ordered: the two that the hot loop of the walk follows
 * come first, and they promise:
 *
 *     RULE_SP:  cfa = rsp + rule_cfa_off        RULE_FP:  cfa = rbp + rule_cfa_off
 *     the caller's rip is at cfa - 8, its rsp is cfa,
 *     its rbp is at cfa + rule_rbp_off if rule_rbp_saved, else unchanged; so too rbx.
 *
 * Registers have their DWARF numbers throughout. */
#ifndef CPPROF_PRELOAD_UNWIND_RULE_H
#define CPPROF_PRELOAD_UNWIND_RULE_H

#include <stdbool.h>
#include <stdint.h>

enum unwind_reg {
    REG_DW_RAX = 0,
    REG_DW_RBX = 3,
    REG_DW_RBP = 6,
    REG_DW_RSP = 7,
    REG_DW_R12 = 12,
    REG_DW_LAST = 15,
    REG_DW_RIP = 16,
    REG_DW_NONE = 255,
};

enum unwind_where {
    WHERE_SAME,      /* the value it has in the callee; of rsp: the CFA */
    WHERE_CFA,       /* in memory at cfa + off */
    WHERE_REG,       /* in memory at [reg] + off */
    WHERE_IN_REG,    /* in register reg */
    WHERE_UNDEFINED, /* not to be had, says the CFI; of rip: this is the outermost frame */
    WHERE_UNKNOWN,   /* described in a way that is not followed here */
};

/* Packed, as rows live on small stacks. */
struct unwind_place {
    uint8_t where; /* enum unwind_where */
    uint8_t reg;   /* WHERE_REG, WHERE_IN_REG */
    int32_t off;   /* WHERE_CFA, WHERE_REG */
} __attribute__((packed, aligned(2)));

enum unwind_follow { FOLLOW_RBX, FOLLOW_RBP, FOLLOW_RSP, FOLLOW_RIP, FOLLOW_COUNT };

struct unwind_row {
    uint8_t cfa_reg; /* REG_DW_NONE: nothing is known */
    uint8_t cfa_index;
    uint8_t cfa_scale; /* 0: no index */
    bool cfa_deref;
    bool signal;        /* the caller was interrupted: its pc is exact */
    bool kernel_signal; /* a signal frame as Linux lays it out, with a ucontext_t at rsp */
    bool eh_return;     /* saves rax: it calls __builtin_eh_return, see landing_sp */
    int32_t cfa_off;
    int32_t cfa_add;
    struct unwind_place place[FOLLOW_COUNT];
};

enum unwind_kind {
    RULE_SP,
    RULE_FP,
    RULE_REG,       /* cfa = [rule_reg] + rule_cfa_off */
    RULE_DEREF,     /* cfa = memory([rule_reg] + rule_cfa_off) + rule_cfa_add */
    RULE_SIGNAL,    /* every register is in the ucontext_t at rsp */
    RULE_OUTERMOST, /* there is no caller */
    RULE_NONE,      /* no CFI covers this pc */
    RULE_ROW,       /* has a row, which does not fit */
};

#define RULE_KIND_MASK 7u

/* Bits, low to high: kind 3, reg 4, where rbp 2, where rbx 2, one free, cfa_add 6, rbx offset 13,
 * rbp offset 13, CFA offset 20. Offsets are signed and count words of 8 bytes. */
enum {
    RULE_REG_SHIFT = 3,
    RULE_RBP_WHERE_SHIFT = 7,
    RULE_RBX_WHERE_SHIFT = 9,
    RULE_CFA_ADD_SHIFT = 12,
    RULE_RBX_OFF_SHIFT = 18,
    RULE_RBP_OFF_SHIFT = 31,
    RULE_CFA_OFF_SHIFT = 44,
    RULE_CFA_ADD_BITS = 6,
    RULE_SAVED_OFF_BITS = 13,
    RULE_CFA_OFF_BITS = 20,
};

static inline enum unwind_kind rule_kind(uint64_t rule) {
    return (enum unwind_kind)(rule & RULE_KIND_MASK);
}

/* A signed field of `bits` at `shift`, times 8. */
static inline int64_t rule_off(uint64_t rule, int shift, int bits) {
    return ((int64_t)(rule << (64 - shift - bits)) >> (64 - bits)) * 8;
}

static inline int64_t rule_cfa_off(uint64_t rule) {
    return rule_off(rule, RULE_CFA_OFF_SHIFT, RULE_CFA_OFF_BITS);
}

static inline int64_t rule_rbp_off(uint64_t rule) {
    return rule_off(rule, RULE_RBP_OFF_SHIFT, RULE_SAVED_OFF_BITS);
}

static inline int64_t rule_rbx_off(uint64_t rule) {
    return rule_off(rule, RULE_RBX_OFF_SHIFT, RULE_SAVED_OFF_BITS);
}

/* In RULE_SP and RULE_FP `where` is WHERE_SAME or WHERE_CFA, so one bit tells. */
static inline bool rule_rbp_saved(uint64_t rule) {
    return rule >> RULE_RBP_WHERE_SHIFT & 1;
}

static inline bool rule_rbx_saved(uint64_t rule) {
    return rule >> RULE_RBX_WHERE_SHIFT & 1;
}

/* The rule of a row. Async-signal-safe; never fails: see RULE_ROW. */
uint64_t rule_pack(const struct unwind_row *row);

/* The row of a rule of kind RULE_SP, RULE_FP, RULE_REG or RULE_DEREF. Async-signal-safe. */
void rule_unpack(uint64_t rule, struct unwind_row *row);

#endif
