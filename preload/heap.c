/* The heap sampler, behind the allocator hooks. Its fast path is heap_skip() in the header; what is
 * here runs once in `rate` bytes. */
#include "preload/heap.h"

#include "preload/capture.h"
#include "preload/math.h"
#include "preload/thread_entry.h"

static uint64_t draw_gap(void) {
    uint64_t rate = agent.config.heap_rate_bytes;
    if (rate == 0)
        return UINT64_MAX / 2;
    if (rate == 1)
        return 0; /* every allocation */
    double gap = -math_log(random_unit(thread_rng())) * (double)rate;
    return (uint64_t)gap + 1; /* at least 1: an empty allocation has no bytes to be sampled for */
}

/* Probability that a block is sampled. */
static double sampled_share(uint64_t bytes) {
    uint64_t rate = agent.config.heap_rate_bytes;
    return rate <= 1 ? 1 : math_one_minus_exp_minus((double)bytes / (double)rate);
}

/* What a sampled block counts for: the same integers when it is allocated and when it is freed. */
struct weight {
    int64_t objects, bytes;
};

static struct weight weight_of(uint64_t bytes) {
    double share = sampled_share(bytes);
    return (struct weight){(int64_t)(ARENA_OBJECT_ONE / share + 0.5),
                           (int64_t)((double)bytes / share + 0.5)};
}

static void add_alloc(struct arena_bucket *b, struct weight w) {
    bucket_add(b, 0, w.objects);
    bucket_add(b, 1, w.bytes);
}

static void add_inuse(struct arena_bucket *b, struct weight w, int sign) {
    bucket_add(b, 2, sign * w.objects);
    bucket_add(b, 3, sign * w.bytes);
}

/* Rounds up to one of four sizes in each doubling, multiples of 16 up to 128: blocks of nearly the
 * same size share a bucket, as in Go, whose allocator does the same. */
static uint32_t size_class(uint64_t bytes) {
    if (bytes > UINT32_MAX / 2)
        return UINT32_MAX / 2 + 1;
    uint64_t step = 16;
    if (bytes > 128)
        step = UINT64_C(1) << (63 - __builtin_clzll(bytes - 1) - 2);
    return (uint32_t)((bytes + step - 1) / step * step);
}

HOT bool heap_due(size_t bytes) {
    struct thread_state *t = &thread_state;
    if (unlikely(!agent_on())) {
        if (agent_stage() == AGENT_OFF)
            t->heap_left = UINT64_MAX / 2;
        return false; /* before init the countdown has not started */
    }
    if (!t->heap_ready) {
        t->heap_ready = 1;
        t->heap_left = draw_gap();
        if (bytes < t->heap_left) {
            t->heap_left -= bytes;
            return false;
        }
    }
    t->heap_left = draw_gap();
    return agent.config.heap_rate_bytes != 0;
}

static void record(struct store *s, const void *p, size_t bytes) {
    struct capture_key key;
    if (!capture_key_here(s, &key))
        return;
    struct arena_bucket *b = capture_bucket_of(s, &key, ARENA_EVENT_HEAP, size_class(bytes));
    if (!b)
        return;
    store_count(s, ARENA_HEAP_SAMPLES, 1);
    struct weight w = weight_of(bytes);
    add_alloc(b, w);
    struct live_block block = {bytes, store_ref(s, b), s->generation};
    /* In use first, so that a free on another thread never finds less than it takes away. */
    add_inuse(b, w, 1);
    if (!live_add(p, &block)) {
        add_inuse(b, w, -1);
        store_count(s, ARENA_DROPPED_LIVE, 1);
    }
}

HOT void heap_sample(const void *p, size_t bytes) {
    if (!p)
        return;
    agent_fork_check();
    struct store *s = store_wait();
    if (s)
        record(s, p, bytes);
    else
        store_count_early(ARENA_DROPPED_BUSY, 1);
}

HOT void heap_take(const void *p, struct heap_taken *taken) {
    taken->found = false;
    if (!p || !live_maybe(p))
        return;
    agent_fork_check();
    taken->found = live_take(p, &taken->block);
}

COLD void heap_put_back(const void *p, const struct heap_taken *taken) {
    if (taken->found && !live_add(p, &taken->block))
        heap_drop(taken);
}

HOT void heap_drop(const struct heap_taken *taken) {
    struct store *s = store_peek();
    /* In a forked child without a store of its own, leaving the table is all. */
    if (taken->found && s && s->generation == taken->block.generation)
        add_inuse(store_at(s, taken->block.bucket), weight_of(taken->block.bytes), -1);
}

HOT void heap_freed(const void *p) {
    struct heap_taken taken;
    heap_take(p, &taken);
    heap_drop(&taken);
}

/* ---- a forked child */

/* A bucket of `to` for the stack, thread and size of one of `from`. */
static struct arena_bucket *copy_bucket(struct store *from, struct store *to, arena_ref ref) {
    const struct arena_bucket *b = store_at(from, ref);
    const struct arena_stack *st = store_at(from, b->stack);
    arena_ref stack = store_stack(to, st->pc, st->depth, st->epoch), label = 0;
    if (b->label) {
        const struct arena_string *name = store_at(from, b->label);
        label = store_label(to, name->s, name->len);
    }
    return stack ? store_bucket(to, b->event, stack, label, b->detail) : NULL;
}

/* True when the block at this place now belongs to a bucket of `to`. */
static bool inherit_block(struct store *from, struct store *to, struct live_block *block) {
    if (block->generation != from->generation)
        return false;
    struct arena_bucket *b = copy_bucket(from, to, block->bucket);
    if (!b)
        return false;
    struct weight w = weight_of(block->bytes);
    add_alloc(b, w);
    add_inuse(b, w, 1);
    block->bucket = store_ref(to, b);
    block->generation = to->generation;
    return true;
}

struct inheritance {
    struct store *from, *to;
};

static void inherit(struct live_block *block, void *context) {
    const struct inheritance *i = context;
    if (!inherit_block(i->from, i->to, block))
        store_count(i->to, ARENA_DROPPED_LIVE, 1);
}

void heap_inherit(struct store *from, struct store *to) {
    struct inheritance i = {from, to};
    live_each(inherit, &i);
}
