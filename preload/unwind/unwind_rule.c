/* Rows to rules and back: see unwind_rule.h for what fits. */
#include "preload/unwind/unwind_rule.h"

/* Adds a signed field; false when `off` does not fit into it. */
static bool put_off(uint64_t *rule, int64_t off, int shift, int bits) {
    int64_t words = off / 8;
    if (off % 8 != 0 || words < -(1 << (bits - 1)) || words >= 1 << (bits - 1))
        return false;
    *rule |= ((uint64_t)words & ((1u << bits) - 1)) << shift;
    return true;
}

/* Two bits hold WHERE_SAME, WHERE_CFA, WHERE_REG with rbp as the register, and "not to be had". */
enum { PACKED_LOST = 3 };

static bool put_place(uint64_t *rule, const struct unwind_place *place, int where_shift,
                      int off_shift) {
    uint64_t where = place->where;
    int64_t off = place->off;

    switch (place->where) {
    case WHERE_SAME:
        off = 0;
        break;
    case WHERE_CFA:
        break;
    case WHERE_REG:
        if (place->reg != REG_DW_RBP)
            return false;
        break;
    case WHERE_UNDEFINED:
    case WHERE_UNKNOWN:
        where = PACKED_LOST;
        off = 0;
        break;
    default:
        return false;
    }
    *rule |= where << where_shift;
    return put_off(rule, off, off_shift, RULE_SAVED_OFF_BITS);
}

static enum unwind_kind kind_of(const struct unwind_row *row) {
    const struct unwind_place *rbp = &row->place[FOLLOW_RBP], *rbx = &row->place[FOLLOW_RBX];

    if (row->cfa_deref)
        return RULE_DEREF;
    if (rbp->where > WHERE_CFA || rbx->where > WHERE_CFA)
        return RULE_REG;
    if (row->cfa_reg == REG_DW_RSP)
        return RULE_SP;
    return row->cfa_reg == REG_DW_RBP ? RULE_FP : RULE_REG;
}

uint64_t rule_pack(const struct unwind_row *row) {
    const struct unwind_place *rip = &row->place[FOLLOW_RIP];
    uint64_t rule = kind_of(row);

    if (row->kernel_signal)
        return RULE_SIGNAL;
    if (rip->where == WHERE_UNDEFINED)
        return RULE_OUTERMOST;
    if (row->signal || row->eh_return || row->cfa_reg > REG_DW_LAST || row->cfa_scale != 0 ||
        rip->where != WHERE_CFA || rip->off != -8 || row->place[FOLLOW_RSP].where != WHERE_SAME)
        return RULE_ROW;
    rule |= (uint64_t)row->cfa_reg << RULE_REG_SHIFT;
    if (!put_place(&rule, &row->place[FOLLOW_RBP], RULE_RBP_WHERE_SHIFT, RULE_RBP_OFF_SHIFT) ||
        !put_place(&rule, &row->place[FOLLOW_RBX], RULE_RBX_WHERE_SHIFT, RULE_RBX_OFF_SHIFT) ||
        !put_off(&rule, row->cfa_off, RULE_CFA_OFF_SHIFT, RULE_CFA_OFF_BITS) ||
        !put_off(&rule, row->cfa_add, RULE_CFA_ADD_SHIFT, RULE_CFA_ADD_BITS))
        return RULE_ROW;
    return rule;
}

static struct unwind_place get_place(uint64_t rule, int where_shift, int64_t off) {
    static const uint8_t where[4] = {WHERE_SAME, WHERE_CFA, WHERE_REG, WHERE_UNKNOWN};

    return (struct unwind_place){
        .where = where[rule >> where_shift & 3], .reg = REG_DW_RBP, .off = (int32_t)off};
}

void rule_unpack(uint64_t rule, struct unwind_row *row) {
    *row = (struct unwind_row){
        .cfa_reg = rule >> RULE_REG_SHIFT & 15,
        .cfa_deref = rule_kind(rule) == RULE_DEREF,
        .cfa_off = (int32_t)rule_cfa_off(rule),
        .cfa_add = (int32_t)rule_off(rule, RULE_CFA_ADD_SHIFT, RULE_CFA_ADD_BITS),
        .place[FOLLOW_RBX] = get_place(rule, RULE_RBX_WHERE_SHIFT, rule_rbx_off(rule)),
        .place[FOLLOW_RBP] = get_place(rule, RULE_RBP_WHERE_SHIFT, rule_rbp_off(rule)),
        .place[FOLLOW_RIP] = {.where = WHERE_CFA, .off = -8},
    };
}
