/* The walk over a stack.
 *
 * Most frames have a simple rule that is cached, and are on the thread's own stack: walk_hot does
 * these, with everything in registers. It stops in front of anything else, which walk_cold steps
 * over: rules of other kinds, other memory, frames without CFI. Where a frame's caller is not above
 * it on the stack the walk is lost; only a change of stacks (a signal frame, swapcontext) may go
 * anywhere, and the limit on frames ends a walk that would go round in circles.
 *
 * A walk is all on the stack of the caller, in few bytes: it may be an alternate stack of minimal
 * size. */
#include "preload/unwind/unwind.h"

#include "preload/attributes.h"
#include "preload/sys.h"
#include "preload/unwind/unwind_cache.h"
#include "preload/unwind/unwind_walk.h"

/* Words on a stack may have any alignment, as seen from C. */
typedef uint64_t stack_word __attribute__((aligned(1), may_alias));

static uint64_t load(uint64_t at) {
    return *(const stack_word *)(uintptr_t)at;
}

/* True when the word at `at` is within [lo, lo + size); no word is within a size below 8. */
static bool word_within(uint64_t at, uint64_t lo, uint64_t size) {
    return size >= 8 && at - lo <= size - 8;
}

/* The window is where pcs end up last, in the caller's array: it costs no stack, and nothing is
 * lost when pcs overwrite it. */
enum { WINDOW_WORDS = 32 };
enum { PREFETCH_MOST = 48 };

static void window_open(struct walk *walk, uint64_t *pcs, size_t max) {
    bool room = max >= 2 * WINDOW_WORDS;

    walk->window = room ? pcs + max - WINDOW_WORDS : &walk->word;
    walk->window_words = room ? WINDOW_WORDS : 1;
    walk->window_size = 0;
}

/* To be called when `n` pcs have been written: makes way when they are to go into the window. */
static void window_yield(struct walk *walk, const uint64_t *pcs, size_t n) {
    if (walk->window_words > 1 && pcs + n >= walk->window)
        window_open(walk, NULL, 0);
}

static bool window_fill(struct walk *walk, uint64_t at) {
    size_t size = walk->window_words * sizeof walk->word;

    if (walk->no_syscalls)
        return false;
    walk->window_at = at;
    walk->window_size = sys_read_memory(at, walk->window, size);
    return walk->window_size != 0;
}

bool walk_read(struct walk *walk, uint64_t at, uint64_t *value) {
    uint64_t block = at & -(walk->window_words * sizeof walk->word);

    if (word_within(at, walk->stack_lo, walk->stack_size) ||
        word_within(at, walk->start_lo, walk->start_size)) {
        *value = load(at);
        return true;
    }
    /* a block does not cross a page; a word that is not aligned is no stack slot */
    if (at % 8 != 0 || at >= CACHE_PC_LIMIT || at < 4096)
        return false;
    if ((walk->window_at != block || walk->window_size == 0) && !window_fill(walk, block))
        return false;
    if (!word_within(at, block, walk->window_size))
        return false;
    *value = walk->window[(at - block) / 8];
    return true;
}

/* Where gregset_t has the registers 0 to 15 of DWARF. */
static const uint8_t greg_of[REG_DW_LAST + 1] = {
    REG_RAX, REG_RDX, REG_RCX, REG_RBX, REG_RSI, REG_RDI, REG_RBP, REG_RSP,
    REG_R8,  REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15,
};

static uint64_t greg_at(uint64_t regs, int greg) {
    return regs + (uint64_t)greg * sizeof(greg_t);
}

/* Where the value of a register is saved; 0 when it is not known. Not for rsp. */
static uint64_t saved_at(const struct walk *walk, uint8_t reg) {
    if (reg == REG_DW_RBP)
        return walk->rbp_at;
    if (reg == REG_DW_RBX)
        return walk->rbx_at;
    /* a caller's CFA in a scratch register means that what it has called leaves it alone, which is
     * so in assembly; r12 to r15 may have been saved by any frame since */
    if (walk->regs == 0 || (!walk->interrupted && reg >= REG_DW_R12))
        return 0;
    return greg_at(walk->regs, greg_of[reg]);
}

static bool reg_value(struct walk *walk, uint8_t reg, uint64_t *value) {
    if (reg > REG_DW_LAST)
        return false;
    if (reg == REG_DW_RSP) {
        *value = walk->sp;
        return true;
    }
    return walk_read(walk, saved_at(walk, reg), value);
}

static bool cfa_value(struct walk *walk, const struct unwind_row *row, uint64_t *cfa) {
    uint64_t index = 0;

    if (!reg_value(walk, row->cfa_reg, cfa) ||
        (row->cfa_scale != 0 && !reg_value(walk, row->cfa_index, &index)))
        return false;
    *cfa += index * row->cfa_scale + (uint64_t)(int64_t)row->cfa_off;
    if (!row->cfa_deref)
        return true;
    if (!walk_read(walk, *cfa, cfa))
        return false;
    *cfa += (uint64_t)(int64_t)row->cfa_add;
    return true;
}

/* Where the caller's value of a register is saved, by its place in the callee's row; 0 when that
 * is not known. */
static uint64_t place_at(struct walk *walk, const struct unwind_place *place, uint64_t cfa,
                         uint64_t same) {
    uint64_t value;

    switch (place->where) {
    case WHERE_SAME:
        return same;
    case WHERE_CFA:
        return cfa + (uint64_t)(int64_t)place->off;
    case WHERE_REG:
        return reg_value(walk, place->reg, &value) ? value + (uint64_t)(int64_t)place->off : 0;
    case WHERE_IN_REG:
        return place->reg == REG_DW_RSP ? 0 : saved_at(walk, place->reg);
    }
    return 0;
}

/* Makes `pc` and `sp` the frame at hand, if they can be. */
static enum walk_step arrive(struct walk *walk, uint64_t pc, uint64_t sp) {
    if (pc >= CACHE_PC_LIMIT / 2)
        return WALK_LOST;
    walk->pc = pc;
    walk->sp = sp;
    return WALK_ON;
}

enum walk_step walk_to(struct walk *walk, uint64_t ra, uint64_t sp, uint64_t rbp_at) {
    if (ra == 0)
        return WALK_OUTERMOST;
    walk->rbp_at = rbp_at;
    walk->rbx_at = 0;
    walk->interrupted = false;
    return arrive(walk, ra - 1, sp);
}

/* A slot outside of the frame is not the place that its CFI meant: gcc leaves "rbp is at [rbp]"
 * standing after the epilogue of a realigned function has restored rbp. */
static uint64_t restored_or(uint64_t at, const struct unwind_place *place, uint64_t sp,
                            uint64_t cfa, uint64_t same) {
    return place->where == WHERE_REG && (at < sp || at >= cfa) ? same : at;
}

/* The caller's rsp, given that the frame's CFA is `cfa`. */
static bool caller_sp(struct walk *walk, const struct unwind_row *row, uint64_t cfa, uint64_t *sp) {
    const struct unwind_place *rsp = &row->place[FOLLOW_RSP];

    *sp = cfa;
    if (rsp->where != WHERE_SAME)
        return walk_read(walk, place_at(walk, rsp, cfa, 0), sp);
    /* a frame has at least its return address, unless that was taken off the stack already */
    return cfa > walk->sp || (cfa == walk->sp && row->place[FOLLOW_RIP].where == WHERE_IN_REG);
}

enum { LANDING_SCAN_WORDS = 16384 };

/* The rsp of the frame that `ra` returns to, when libgcc leaves a function that throws. It writes
 * the handler's frame over what its own has saved, the return address last; from then on that is
 * followed to a frame far above, which begins where its call has left the same address. */
__attribute__((noinline)) static uint64_t landing_sp(struct walk *walk, uint64_t ra, uint64_t sp) {
    uint64_t word;

    for (uint64_t at = sp; at < sp + LANDING_SCAN_WORDS * 8; at += 8) {
        if (!walk_read(walk, at, &word))
            break;
        if (word == ra)
            return at + 8;
    }
    return sp;
}

static enum walk_step step_row(struct walk *walk, const struct unwind_row *row) {
    const struct unwind_place *rip = &row->place[FOLLOW_RIP], *rbp = &row->place[FOLLOW_RBP],
                              *rbx = &row->place[FOLLOW_RBX];
    uint64_t cfa, sp, ra, rbp_at, rbx_at;
    bool leaving, exact;

    if (rip->where == WHERE_UNDEFINED)
        return WALK_OUTERMOST;
    if (!cfa_value(walk, row, &cfa) || !caller_sp(walk, row, cfa, &sp) ||
        !walk_read(walk, place_at(walk, rip, cfa, 0), &ra))
        return WALK_LOST;
    if (ra == 0)
        return WALK_OUTERMOST;
    walk->saw_eh_return |= row->eh_return;
    leaving = walk->landing && row->eh_return && !walk_is_call_of(ra, walk->pc);
    /* before it has moved the stack, and after: then the address is the handler's, and exact */
    if (leaving && row->cfa_reg == REG_DW_RBP)
        sp = landing_sp(walk, ra, sp);
    exact = row->signal || (leaving && row->cfa_reg != REG_DW_RBP);
    rbp_at = place_at(walk, rbp, cfa, walk->rbp_at);
    rbx_at = place_at(walk, rbx, cfa, walk->rbx_at);
    walk->rbp_at = restored_or(rbp_at, rbp, walk->sp, cfa, walk->rbp_at);
    walk->rbx_at = restored_or(rbx_at, rbx, walk->sp, cfa, walk->rbx_at);
    walk->interrupted = false;
    return arrive(walk, exact ? ra : ra - 1, sp);
}

enum walk_step walk_signal(struct walk *walk) {
    uint64_t regs = walk->sp + offsetof(ucontext_t, uc_mcontext.gregs), pc, sp;

    if (!walk_read(walk, greg_at(regs, REG_RIP), &pc) ||
        !walk_read(walk, greg_at(regs, REG_RSP), &sp))
        return WALK_LOST;
    walk->regs = regs;
    walk->interrupted = true;
    walk->rbp_at = greg_at(regs, REG_RBP);
    walk->rbx_at = greg_at(regs, REG_RBX);
    return arrive(walk, pc, sp);
}

uint64_t walk_rule(const struct walk *walk, uint64_t pc) {
    struct cache_entry *pair = cache_pair(pc);
    uint64_t key = cache_key(pc, walk->epoch), rule;

    if (cache_match(pair, key, &rule) || cache_match(pair + 1, key, &rule))
        return rule;
    return cache_fill(pc, walk->epoch);
}

__attribute__((noinline)) static enum walk_step step_rule(struct walk *walk, uint64_t rule) {
    struct unwind_row row;

    rule_unpack(rule, &row);
    return step_row(walk, &row);
}

__attribute__((noinline)) static enum walk_step step_uncached(struct walk *walk) {
    struct unwind_row row;

    if (cache_row(walk->pc, &row) != CACHE_ROW)
        return WALK_LOST;
    return step_row(walk, &row);
}

/* One step from any frame. The steps, and walk_hot, are not inlined into their callers: what each
 * needs of the stack would add up. */
static enum walk_step walk_cold(struct walk *walk) {
    uint64_t rule = walk_rule(walk, walk->pc);

    switch (rule_kind(rule)) {
    case RULE_SIGNAL:
        return walk_signal(walk);
    case RULE_OUTERMOST:
        return WALK_OUTERMOST;
    case RULE_NONE:
        return walk_guess(walk);
    case RULE_ROW:
        return step_uncached(walk);
    default:
        return step_rule(walk, rule);
    }
}

static void words_add(struct unwind_words *words, uint64_t at) {
    if (words->n < words->max)
        words->at[words->n++] = at;
    else
        words->whole = false;
}

/* The frame pointer is read; that to start from is no word of the stack. */
static void words_add_fp(struct unwind_words *words, const struct walk *walk, uint64_t rbp_at) {
    if (rbp_at == walk->start_lo)
        words->fp = true;
    else
        words_add(words, rbp_at);
}

/* Steps as far as rules are cached and simple and the stack is the thread's own. Writes the pcs of
 * the frames it arrives at to pcs[0..max); returns how many. */
static inline __attribute__((always_inline)) size_t follow(struct walk *walk, uint64_t *pcs,
                                                           size_t max, struct unwind_words *words) {
    uint64_t pc = walk->pc, sp = walk->sp, rbp_at = walk->rbp_at, rbx_at = walk->rbx_at;
    const uint64_t lo = walk->stack_lo, last = walk->stack_size - 8,
                   epoch = cache_key(0, walk->epoch);
    size_t n = 0;

    if (walk->stack_size < 8)
        return 0;
    while (n < max) {
        struct cache_entry *pair = cache_pair(pc);
        uint64_t rule, base = sp, cfa, ra;

        if (!cache_match(pair, pc | epoch, &rule) && !cache_match(pair + 1, pc | epoch, &rule))
            break;
        if (rule_kind(rule) > RULE_FP)
            break;
        if (rule_kind(rule) == RULE_FP) {
            if (rbp_at - lo > last)
                break;
            base = load(rbp_at);
            if (words)
                words_add_fp(words, walk, rbp_at);
        }
        cfa = base + (uint64_t)rule_cfa_off(rule);
        if (cfa - 8 - lo > last || cfa <= sp)
            break;
        ra = load(cfa - 8);
        if (ra - 1 >= CACHE_PC_LIMIT / 2)
            break;
        rbp_at = rule_rbp_saved(rule) ? cfa + (uint64_t)rule_rbp_off(rule) : rbp_at;
        rbx_at = rule_rbx_saved(rule) ? cfa + (uint64_t)rule_rbx_off(rule) : rbx_at;
        sp = cfa;
        pc = ra - 1;
        pcs[n++] = pc;
        if (words)
            words_add(words, cfa - 8);
    }
    if (n != 0) {
        walk->pc = pc;
        walk->sp = sp;
        walk->rbp_at = rbp_at;
        walk->rbx_at = rbx_at;
        walk->interrupted = false;
    }
    return n;
}

/* What is not noted costs nothing. */
HOT __attribute__((noinline)) static size_t walk_hot(struct walk *walk, uint64_t *pcs, size_t max) {
    return follow(walk, pcs, max, NULL);
}

__attribute__((noinline)) static size_t walk_hot_noted(struct walk *walk, uint64_t *pcs,
                                                       size_t max) {
    return follow(walk, pcs, max, walk->words);
}

/* A step of walk_cold's. Noted are those by rules that walk_hot follows, too: the others' words are
 * not known, nor those by which it is seen, where no rule says so, that this is the last frame. */
__attribute__((noinline)) static enum walk_step walk_cold_noted(struct walk *walk) {
    uint64_t rule = walk_rule(walk, walk->pc), rbp_at = walk->rbp_at;
    enum walk_step step = walk_cold(walk);

    if (rule_kind(rule) > RULE_FP ? rule_kind(rule) != RULE_OUTERMOST : step == WALK_OUTERMOST)
        walk->words->whole = false;
    if (step == WALK_ON && rule_kind(rule) == RULE_FP)
        words_add_fp(walk->words, walk, rbp_at);
    if (step == WALK_ON)
        words_add(walk->words, walk->sp - 8);
    return step;
}

static enum walk_step walk_begin(struct walk *walk, const struct unwind_start *start) {
    const ucontext_t *uc = start->uc;

    walk->epoch = cache_epoch();
    walk->stack_lo = start->stack_lo;
    walk->stack_size = start->stack_hi > start->stack_lo ? start->stack_hi - start->stack_lo : 0;
    walk->no_syscalls = start->no_syscalls != 0;
    if (uc) {
        walk->start_lo = (uint64_t)(uintptr_t)uc->uc_mcontext.gregs;
        walk->start_size = sizeof uc->uc_mcontext.gregs;
        walk->sp = (uint64_t)(uintptr_t)uc;
        return walk_signal(walk);
    }
    walk->start_lo = (uint64_t)(uintptr_t)&start->fp;
    walk->start_size = sizeof start->fp;
    walk->regs = 0;
    return walk_to(walk, start->pc, start->sp, walk->start_lo);
}

static size_t walk_all(struct walk *walk, const struct unwind_start *start, uint64_t *pcs,
                       size_t max, enum unwind_end *end) {
    enum walk_step step;
    size_t n = 0;

    window_open(walk, pcs, max);
    if (walk->words)
        *walk->words =
            (struct unwind_words){.at = walk->words->at, .max = walk->words->max, .whole = true};
    step = walk_begin(walk, start);
    while (step == WALK_ON && n < max) {
        pcs[n++] = walk->pc;
        n +=
            walk->words ? walk_hot_noted(walk, pcs + n, max - n) : walk_hot(walk, pcs + n, max - n);
        window_yield(walk, pcs, n);
        bool interrupted = walk->interrupted;
        step = walk->words ? walk_cold_noted(walk) : walk_cold(walk);
        /* the kernel, not a call, made a handler's return address: the trampoline's first byte */
        if (walk->interrupted && !interrupted)
            pcs[n - 1]++;
    }
    /* the last step may have found that its return address was made up, and is exact */
    if (step == WALK_OUTERMOST && n != 0)
        pcs[n - 1] = walk->pc;
    *end = step == WALK_ON          ? UNWIND_TRUNCATED
           : step == WALK_OUTERMOST ? UNWIND_OUTERMOST
                                    : UNWIND_LOST;
    if (walk->words)
        walk->words->whole &= *end == UNWIND_OUTERMOST;
    return n;
}

HOT void unwind_prefetch(const uint64_t *pcs, size_t n) {
    for (size_t i = 0; i < n && i < PREFETCH_MOST; i++)
        __builtin_prefetch(cache_pair(pcs[i]));
}

size_t unwind_stack(const struct unwind_start *start, uint64_t *pcs, size_t max,
                    enum unwind_end *end) {
    struct walk walk;
    size_t n;

    walk.landing = walk.saw_eh_return = false;
    walk.words = start->words;
    n = walk_all(&walk, start, pcs, max, end);
    if (*end != UNWIND_LOST || !walk.saw_eh_return)
        return n;
    /* Lost where libgcc enters a handler? Only then may a look for the handler's frame be believed.
     */
    walk.landing = true;
    n = walk_all(&walk, start, pcs, max, end);
    if (*end != UNWIND_LOST)
        return n;
    walk.landing = false;
    return walk_all(&walk, start, pcs, max, end);
}
