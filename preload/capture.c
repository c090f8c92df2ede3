/* Captures: a stack trace into a scratch buffer, then into the store.
 *
 * Scratch buffers are few, shared by all threads and taken by an atomic exchange, because a thread
 * holds one for a microsecond; a buffer for every thread would cost memory in each. A tick that
 * interrupts a hook takes a second one. Which are taken is known in the fork page, so a fork while
 * another thread holds one gives it back in the child. Threads that lose the processor, or wait for
 * memory, while they hold one can hold them all: then a buffer is mapped for that one stack. */
#include "preload/capture.h"

#include <string.h>

#include "preload/objects.h"
#include "preload/sys.h"
#include "preload/thread_entry.h"
#include "preload/trace_cache.h"

enum { SLOT_MAPPED = AGENT_SCRATCH_SLOTS }; /* a capture's own buffer */

static uint64_t *scratch; /* AGENT_SCRATCH_SLOTS buffers of slot_words() */

/* atomic: of the last stack in each buffer */
static uint32_t last_depth[AGENT_SCRATCH_SLOTS] HOT_DATA;

/* Bounds of our own shared object; the linker defines both. */
extern INTERNAL const char __ehdr_start[];
extern INTERNAL const char _end[];

/* The agent's frames at both ends come on top of the wanted depth, and a root mark. */
size_t capture_words(void) {
    return agent.config.stack_depth + 16;
}

/* A stack, and the words that its walk depended on. */
static size_t slot_words(void) {
    return capture_words() + TRACE_WORDS;
}

bool capture_init(void) {
    scratch = sys_map_anonymous(AGENT_SCRATCH_SLOTS * slot_words() * sizeof *scratch);
    return scratch != NULL;
}

static size_t slot_bytes(void) {
    return slot_words() * sizeof *scratch;
}

bool capture_is_own(uint64_t pc) {
    return pc >= (uintptr_t)__ehdr_start && pc < (uintptr_t)_end;
}

HOT static bool take_slot(struct store *s, struct capture *c) {
    uint32_t first = thread_state.tid;
    for (uint32_t i = 0; i < AGENT_SCRATCH_SLOTS; i++) {
        uint32_t slot = (first + i) % AGENT_SCRATCH_SLOTS, *busy = &fork_page->scratch_busy[slot];
        if (__atomic_load_n(busy, __ATOMIC_RELAXED) ||
            __atomic_exchange_n(busy, 1, __ATOMIC_ACQUIRE))
            continue;
        c->slot = slot;
        c->pcs = scratch + slot * slot_words();
        return true;
    }
    c->slot = SLOT_MAPPED;
    c->pcs = agent_sandboxed() ? NULL : sys_map_anonymous(slot_bytes());
    if (!c->pcs)
        store_count(s, ARENA_DROPPED_BUSY, 1);
    return c->pcs != NULL;
}

void capture_release(struct capture *c) {
    if (likely(c->slot != SLOT_MAPPED)) {
        __atomic_store_n(&last_depth[c->slot], c->depth, __ATOMIC_RELAXED);
        __atomic_store_n(&fork_page->scratch_busy[c->slot], 0, __ATOMIC_RELEASE);
    } else if (!agent_sandboxed()) /* since it was mapped: it is left then */
        sys_unmap(c->pcs, slot_bytes());
}

static void drop_own_frames(struct capture *c) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < c->depth; i++)
        if (!capture_is_own(c->pcs[i]))
            c->pcs[kept++] = c->pcs[i];
    c->depth = kept;
}

/* Nothing is mapped that low: the walk went wrong before. */
static void cut_at_nonsense(struct capture *c) {
    for (uint32_t i = 0; i < c->depth; i++) {
        if (c->pcs[i] < ARENA_PC_LIMIT) {
            c->depth = i;
            c->end = UNWIND_LOST;
        }
    }
}

HOT void capture_walk(struct capture *c, const struct unwind_start *start) {
    c->depth = (uint32_t)unwind_stack(start, c->pcs, capture_words() - 1, &c->end);
    drop_own_frames(c);
    cut_at_nonsense(c);
    if (c->depth > agent.config.stack_depth) {
        c->depth = agent.config.stack_depth;
        c->end = UNWIND_TRUNCATED;
    }
}

/* The last stack in a buffer is most often this thread's, and much of it is in the next one.
 * Samples are rare, so the rules of the frames are out of the caches, and a walk learns of each by
 * the one before: all at once takes little more than one. */
static void prefetch(const struct capture *c) {
    if (c->slot != SLOT_MAPPED)
        unwind_prefetch(c->pcs, __atomic_load_n(&last_depth[c->slot], __ATOMIC_RELAXED));
}

static void walk_own(struct capture *c, struct unwind_start *start) {
    prefetch(c);
    start->stack_lo = thread_state.stack_lo;
    start->stack_hi = thread_state.stack_hi;
    start->no_syscalls = agent_sandboxed();
    capture_walk(c, start);
}

HOT static bool unwind_into(struct store *s, struct capture *c, struct unwind_start *start) {
    if (!take_slot(s, c))
        return false;
    walk_own(c, start);
    return true;
}

/* __builtin_frame_address makes the compiler keep a frame pointer here. */
HOT __attribute__((noinline)) bool capture_here(struct store *s, struct capture *c) {
    uint64_t *frame = __builtin_frame_address(0); /* saved frame pointer, return address */
    struct unwind_start start = {.pc = frame[1], .sp = (uintptr_t)(frame + 2), .fp = frame[0]};
    return unwind_into(s, c, &start);
}

bool capture_has_room(const ucontext_t *uc) {
    const uint64_t need = 4096, sp = (uintptr_t)__builtin_frame_address(0);
    uint64_t alt = (uintptr_t)uc->uc_stack.ss_sp;
    if (!(uc->uc_stack.ss_flags & SS_DISABLE) && sp >= alt && sp < alt + uc->uc_stack.ss_size)
        return sp - alt >= need;
    if (thread_state.start_pc && sp >= thread_state.stack_lo && sp < thread_state.stack_hi)
        return sp - thread_state.stack_lo >= need;
    return true;
}

bool capture_context(struct store *s, struct capture *c, const ucontext_t *uc) {
    struct unwind_start start = {.uc = uc};
    return unwind_into(s, c, &start);
}

bool capture_frame(struct store *s, struct capture *c, uint64_t pc) {
    if (!take_slot(s, c))
        return false;
    c->pcs[0] = pc;
    c->depth = 1;
    c->end = UNWIND_OUTERMOST;
    return true;
}

/* Where the walk was lost, its last address may be no code at all. The mark after it stays. */
static void drop_unknown_roots(struct capture *c) {
    while (c->depth > 2 && !objects_known(c->pcs[c->depth - 2])) {
        c->pcs[c->depth - 2] = c->pcs[c->depth - 1];
        c->depth--;
    }
}

uint64_t capture_mark(struct capture *c) {
    if (c->end == UNWIND_TRUNCATED)
        return c->pcs[c->depth++] = ARENA_PC_TRUNCATED;
    if (c->end == UNWIND_LOST || c->depth == 0)
        return c->pcs[c->depth++] = ARENA_PC_LOST;
    return 0;
}

/* The stack's reference, its incompleteness marked by a root frame and counted; 0 when full. */
HOT static arena_ref stack_ref(struct store *s, struct capture *c) {
    uint64_t mark = capture_mark(c);
    if (mark)
        store_count(s, mark == ARENA_PC_TRUNCATED ? ARENA_TRUNCATED : ARENA_LOST, 1);
    objects_cover(s, c->pcs, c->depth);
    if (c->end == UNWIND_LOST)
        drop_unknown_roots(c);
    uint32_t epoch = __atomic_load_n(&s->header->epoch, __ATOMIC_ACQUIRE);
    return store_stack(s, c->pcs, c->depth, epoch);
}

HOT struct capture_key capture_key(struct store *s, struct capture *c) {
    struct capture_key key = {.stack = stack_ref(s, c)};
    if (key.stack)
        key.label = thread_label(s);
    return key;
}

/* Keeps the walk of `c` for the next time; not where an address is in no known object, which the
 * next stack is to look for again, nor where the stack is cut, which is counted each time. */
static struct trace *keep_trace(struct store *s, const struct capture *c, arena_ref stack,
                                enum trace_of of, const struct wait_place *at, uint64_t version,
                                const struct unwind_words *words) {
    const struct arena_stack *st = store_at(s, stack);
    if (!stack || !words->whole || c->end != UNWIND_OUTERMOST ||
        !objects_all_known(c->pcs, c->depth))
        return NULL;
    return trace_keep(of, at, version | st->epoch, stack, words);
}

static bool walk_key(struct store *s, enum trace_of of, const struct wait_place *at,
                     struct capture_key *key) {
    struct capture c;
    struct unwind_words words = {.max = TRACE_WORDS};
    struct unwind_start start = {.pc = at->pc, .sp = at->sp, .fp = at->fp, .words = &words};
    if (!take_slot(s, &c))
        return false;
    words.at = c.pcs + capture_words();
    uint64_t version = objects_version(0); /* before anything is looked at */
    walk_own(&c, &start);
    *key = capture_key(s, &c);
    key->trace = keep_trace(s, &c, key->stack, of, at, version, &words);
    capture_release(&c);
    return true;
}

HOT static bool find_key(struct store *s, enum trace_of of, const struct wait_place *at,
                         struct capture_key *key) {
    uint64_t version = objects_version(__atomic_load_n(&s->header->epoch, __ATOMIC_ACQUIRE));
    key->trace = objects_are_stale() ? NULL : trace_find(of, at, version, &key->stack);
    if (!key->trace)
        return walk_key(s, of, at, key);
    key->label = thread_label(s);
    return true;
}

HOT bool capture_key_at(struct store *s, const struct wait_place *at, struct capture_key *key) {
    return find_key(s, TRACE_OF_WAITS, at, key);
}

/* As capture_here. */
HOT __attribute__((noinline)) bool capture_key_here(struct store *s, struct capture_key *key) {
    uint64_t *frame = __builtin_frame_address(0);
    struct wait_place at = {.pc = frame[1], .sp = (uintptr_t)(frame + 2), .fp = frame[0]};
    return find_key(s, TRACE_OF_CALLS, &at, key);
}

/* The last bucket of the key's stack, if it is the one that is wanted. */
static struct arena_bucket *traced_bucket(struct store *s, const struct capture_key *key,
                                          enum arena_event event, uint32_t detail) {
    arena_ref ref = key->trace ? key->trace->bucket : 0;
    struct arena_bucket *b = store_at(s, ref);
    bool same = ref && b->stack == key->stack && b->label == key->label &&
                b->event == (uint32_t)event && b->detail == detail;
    return same ? b : NULL;
}

HOT struct arena_bucket *capture_bucket_of(struct store *s, const struct capture_key *key,
                                           enum arena_event event, uint32_t detail) {
    struct arena_bucket *b = traced_bucket(s, key, event, detail);
    thread_sampled(s, event);
    if (!b && key->stack)
        b = store_bucket(s, event, key->stack, key->label, detail);
    if (b && key->trace)
        key->trace->bucket = store_ref(s, b);
    if (!b) {
        store_count(s, ARENA_DROPPED_FULL, 1);
        b = s->full_bucket[event];
    }
    return b;
}

HOT struct arena_bucket *capture_bucket(struct store *s, struct capture *c, enum arena_event event,
                                        uint32_t detail) {
    struct capture_key key = capture_key(s, c);
    return capture_bucket_of(s, &key, event, detail);
}
