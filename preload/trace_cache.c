/* The trace cache.
 *
 * Model: sets of traces for each thread slot, used by the slot's thread alone; mapped for a block
 * of slots when the first of them has a trace to keep, so that they take no address space from who
 * has none. What another thread left in the slot does no harm: a trace is only used where
 * every word is the same, and within this thread's stack. A set that a forked child has from its
 * parent is of another generation. While a set is in use it is `busy`, and a handler that comes
 * meanwhile goes without. */
#include "preload/trace_cache.h"

#include "preload/sys.h"

enum { TRACES = 4, BLOCK_SLOTS = 64, BLOCKS = AGENT_THREAD_SLOTS / BLOCK_SLOTS };

/* The last traces of a thread. */
struct trace_set {
    uint32_t tag[TRACES]; /* 0: no trace there */
    uint32_t generation;
    uint32_t busy; /* tid of the thread that uses it; of another one: left behind */
    uint32_t next; /* the next one to be replaced */
    struct trace trace[TRACES];
} __attribute__((aligned(64)));

static struct trace_set *blocks[TRACES_OF][BLOCKS]; /* atomic */

/* Words on a stack may have any alignment, as seen from C. */
typedef uint64_t stack_word __attribute__((aligned(1), may_alias));

static struct trace_set *map_block(struct trace_set **block) {
    const size_t bytes = BLOCK_SLOTS * sizeof **block;
    struct trace_set *none = NULL, *fresh = agent_sandboxed() ? NULL : sys_map_anonymous(bytes);
    if (!fresh)
        return NULL;
    if (__atomic_compare_exchange_n(block, &none, fresh, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
        return fresh;
    sys_unmap(fresh, bytes);
    return none;
}

/* The calling thread's set, where `at` is on its own stack; NULL where there is none. */
static struct trace_set *own_set(enum trace_of of, const struct wait_place *at, bool make) {
    const struct thread_state *t = &thread_state;
    if (!t->slot || at->sp < t->stack_lo || at->sp >= t->stack_hi)
        return NULL;
    size_t i = (size_t)(t->slot - fork_page->slots);
    struct trace_set **block = &blocks[of][i / BLOCK_SLOTS],
                     *sets = __atomic_load_n(block, __ATOMIC_ACQUIRE);
    if (!sets && make)
        sets = map_block(block);
    return sets ? &sets[i % BLOCK_SLOTS] : NULL;
}

/* Makes the set empty if it is another process's. */
static void renew(struct trace_set *set) {
    if (set->generation == agent.generation)
        return;
    for (int i = 0; i < TRACES; i++)
        set->tag[i] = 0;
    set->generation = agent.generation;
}

static bool take(struct trace_set *set) {
    bool free = set->busy != thread_state.tid;
    set->busy = thread_state.tid;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    if (free)
        renew(set);
    return free;
}

static void give_back(struct trace_set *set) {
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    set->busy = 0;
}

static uint32_t tag_of(const struct wait_place *at) {
    return (uint32_t)((at->pc ^ at->sp << 13) * UINT64_C(0x9e3779b97f4a7c15) >> 32) | 1;
}

static uint64_t sum_words(uint64_t sp, const uint16_t *word, uint32_t n) {
    uint64_t sum = n;
    for (uint32_t i = 0; i < n; i++) {
        sum = (sum ^ ((const stack_word *)(uintptr_t)sp)[word[i]]) * UINT64_C(0x9e3779b97f4a7c15);
        sum ^= sum >> 32;
    }
    return sum;
}

static bool holds(const struct trace *t, const struct wait_place *at, uint64_t version) {
    return t->pc == at->pc && t->sp == at->sp && (t->fp == at->fp || !t->uses_fp) &&
           t->version == version &&
           (thread_state.stack_hi - at->sp) / sizeof(stack_word) > t->highest &&
           sum_words(at->sp, t->word, t->n) == t->sum;
}

HOT struct trace *trace_find(enum trace_of of, const struct wait_place *at, uint64_t version,
                             arena_ref *stack) {
    struct trace_set *set = own_set(of, at, false);
    struct trace *found = NULL;
    if (!set || !take(set))
        return NULL;
    uint32_t tag = tag_of(at);
    for (int i = 0; i < TRACES && !found; i++)
        if (set->tag[i] == tag && holds(&set->trace[i], at, version))
            found = &set->trace[i];
    if (found)
        *stack = found->stack;
    give_back(set);
    return found;
}

/* The words as places relative to sp; false when one is out of reach. */
static bool set_words(struct trace *t, const struct unwind_words *words) {
    t->highest = 0;
    for (t->n = 0; t->n < words->n; t->n++) {
        uint64_t offset = (words->at[t->n] - t->sp) / sizeof(stack_word);
        if (words->at[t->n] < t->sp || (words->at[t->n] - t->sp) % sizeof(stack_word) ||
            offset > UINT16_MAX)
            return false;
        t->word[t->n] = (uint16_t)offset;
        if (offset > t->highest)
            t->highest = (uint16_t)offset;
    }
    return true;
}

/* A place that has a trace keeps it at the same index. */
static int victim_of(struct trace_set *set, uint32_t tag) {
    for (int i = 0; i < TRACES; i++)
        if (set->tag[i] == tag)
            return i;
    return set->next++ % TRACES;
}

struct trace *trace_keep(enum trace_of of, const struct wait_place *at, uint64_t version,
                         arena_ref stack, const struct unwind_words *words) {
    struct trace_set *set = own_set(of, at, words->whole);
    if (!set || !words->whole || words->n > TRACE_WORDS || !take(set))
        return NULL;
    uint32_t tag = tag_of(at);
    int i = victim_of(set, tag);
    struct trace *t = &set->trace[i];
    t->pc = at->pc;
    t->sp = at->sp;
    t->fp = at->fp;
    t->uses_fp = words->fp;
    t->version = version;
    t->stack = stack;
    t->bucket = 0;
    bool kept = set_words(t, words);
    if (kept)
        t->sum = sum_words(t->sp, t->word, t->n);
    set->tag[i] = kept ? tag : 0;
    give_back(set);
    return kept ? t : NULL;
}
