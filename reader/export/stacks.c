/* The tree of stacks: frames get numbers in the order of their names, samples are sorted by these,
 * and the tree is what each has in common with the one before it. So it is written down in
 * preorder, and needs no more than that. */
#include "reader/export/stacks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "reader/export/stack_frames.h"
#include "reader/export/sums.h"
#include "reader/graph/order.h"

struct build {
    struct stacks *s;
    struct stack_frames frames;
    uint32_t *path; /* the nodes from below the root to the last one */
    uint32_t path_length;
};

/* ---- the samples in order */

/* Goes through the frames of a sample, root first. */
struct frame_cursor {
    const struct profile_sample *sample;
    size_t left;  /* locations not begun */
    size_t at, n; /* frames of the location that was begun */
    size_t first; /* where their numbers are */
};

static bool cursor_next(const struct build *b, struct frame_cursor *c, uint32_t *frame,
                        bool *inlined) {
    if (c->at == c->n) {
        if (c->left == 0)
            return false;
        const struct profile_location *l = c->sample->locations[--c->left];
        c->first = b->frames.first[l->id - 1];
        c->n = frames_of_location(l);
        c->at = 0;
    }
    *inlined = c->at > 0;
    *frame = b->frames.numbers[c->first + c->at++];
    return true;
}

/* By their frames from the root on; a stack comes before those that go on from it. */
static int compare_samples(const void *a, const void *b, void *context) {
    const struct profile_sample *x = *(struct profile_sample *const *)a;
    const struct profile_sample *y = *(struct profile_sample *const *)b;
    size_t left_x = x->n_locations, left_y = y->n_locations;
    uint32_t of_x = 0, of_y = 0;
    bool more_x = true, more_y = true, inlined;

    for (; left_x && left_y && x->locations[left_x - 1] == y->locations[left_y - 1]; left_y--)
        left_x--;
    struct frame_cursor at_x = {.sample = x, .left = left_x}, at_y = {.sample = y, .left = left_y};
    while (more_x && more_y && of_x == of_y) {
        more_x = cursor_next(context, &at_x, &of_x, &inlined);
        more_y = cursor_next(context, &at_y, &of_y, &inlined);
    }
    if (more_x && more_y)
        return of_x < of_y ? -1 : 1;
    return (int)more_x - (int)more_y;
}

/* ---- the tree */

/* The node of this frame under the first `depth` nodes of the path: the one that is there already,
 * or a new one. */
static int enter(struct build *b, uint32_t depth, uint32_t frame, bool inlined) {
    struct stacks *s = b->s;

    if (depth < b->path_length) {
        struct stack_node *there = &s->nodes[b->path[depth]];
        if (there->frame == frame) {
            there->inlined &= inlined;
            return 0;
        }
    }
    if (s->n_nodes >= UINT32_MAX - 1 || !grow_array(&s->nodes, s->n_nodes, sizeof *s->nodes))
        return -ENOMEM;
    b->path[depth] = (uint32_t)s->n_nodes;
    b->path_length = depth + 1;
    s->nodes[s->n_nodes++] =
        (struct stack_node){.depth = depth + 1, .frame = frame, .inlined = inlined};
    if (depth + 1 > s->depth)
        s->depth = depth + 1;
    return 0;
}

static bool is_base(const struct profile_sample *sample) {
    for (size_t i = 0; i < sample->n_labels; i++)
        if (strcmp(sample->labels[i].key, "pprof::base") == 0 &&
            strcmp(sample->labels[i].str, "true") == 0)
            return true;
    return false;
}

static int add_sample(struct build *b, const struct profile_sample *sample, int64_t value) {
    struct frame_cursor at = {.sample = sample, .left = sample->n_locations};
    uint32_t depth = 0, frame;
    bool inlined;

    for (; cursor_next(b, &at, &frame, &inlined); depth++)
        if (enter(b, depth, frame, inlined) < 0)
            return -ENOMEM;
    struct stack_node *end = &b->s->nodes[depth ? b->path[depth - 1] : 0];
    if (b->s->diff == STACKS_BASE && is_base(sample))
        add(&end->base, difference(0, value));
    else
        add(&end->value, value);
    return 0;
}

static enum stacks_diff kind_of_diff(const struct report *r) {
    enum stacks_diff diff = STACKS_PLAIN;

    for (size_t i = 0; i < r->profile->n_samples; i++) {
        const struct profile_sample *sample = &r->profile->samples[i];
        int64_t divisor;
        if (is_base(sample))
            return STACKS_BASE;
        if (report_sample_value(r, sample, &divisor) < 0)
            diff = STACKS_DIFFERENCE;
    }
    return diff;
}

/* ---- from outside */

static void set_values(struct stacks *s, double ratio) {
    for (size_t i = 0; i < s->n_nodes; i++) {
        struct stack_node *n = &s->nodes[i];
        if (ratio != 1) {
            n->base = integer_part((double)n->base * ratio);
            n->value = integer_part((double)n->value * ratio);
        }
        if (s->diff == STACKS_DIFFERENCE && n->value < 0) {
            n->base = difference(0, n->value);
            n->value = 0;
        }
    }
}

/* Samples come in the order of their stacks, so each node comes once, after its caller. */
static int add_samples(struct build *b, struct report *r) {
    const struct profile *p = r->profile;
    struct profile_sample **samples = malloc((p->n_samples + 1) * sizeof(struct profile_sample *));
    int64_t divisor;
    size_t n = 0;
    int err = samples ? 0 : -ENOMEM;

    for (size_t i = 0; i < p->n_samples && !err; i++)
        if (report_sample_value(r, &p->samples[i], &divisor) != 0)
            samples[n++] = &p->samples[i];
    if (n > 1)
        qsort_r(samples, n, sizeof(struct profile_sample *), compare_samples, b);
    for (size_t i = 0; i < n && !err; i++)
        err = add_sample(b, samples[i], report_sample_value(r, samples[i], &divisor));
    free(samples);
    return err;
}

/* The frames of the deepest stack. */
static size_t deepest(const struct profile *p) {
    size_t most = 0;

    for (size_t i = 0; i < p->n_samples; i++) {
        size_t n = 0;
        for (size_t k = 0; k < p->samples[i].n_locations; k++)
            n += frames_of_location(p->samples[i].locations[k]);
        if (n > most)
            most = n;
    }
    return most;
}

static int build_tree(struct build *b, struct report *r) {
    struct stacks *s = b->s;

    b->path = malloc((deepest(r->profile) + 1) * sizeof *b->path);
    if (!b->path || !grow_array(&s->nodes, 0, sizeof *s->nodes))
        return -ENOMEM;
    s->nodes[s->n_nodes++] = (struct stack_node){0};
    int err = add_samples(b, r);
    if (!err)
        set_values(s, r->ratio);
    return err;
}

int stacks_build(struct report *r, struct stacks *out) {
    enum granularity g = r->options.granularity;
    *out = (struct stacks){.diff = kind_of_diff(r)};
    bool by_file =
        out->diff == STACKS_PLAIN || g == GRANULARITY_LINES || g == GRANULARITY_ADDRESSES;
    struct build b = {.s = out};

    profile_renumber(r->profile);
    int err = stack_frames_build(r->profile, &r->options, by_file, &b.frames);
    if (!err)
        err = build_tree(&b, r);
    out->frames = b.frames.frames;
    out->n_frames = b.frames.n;
    b.frames.frames = NULL; /* the tree's now */
    stack_frames_release(&b.frames);
    free(b.path);
    if (err)
        stacks_release(out);
    return err;
}

void stacks_release(struct stacks *s) {
    free(s->frames);
    free(s->nodes);
    *s = (struct stacks){0};
}

/* Backwards, so that what is below a node has been summed up when it comes: `below` has a sum for
 * each depth. */
struct stack_total *stacks_totals(const struct stacks *s) {
    struct stack_total *totals = malloc(s->n_nodes * sizeof *totals);
    struct stack_total *below = calloc((size_t)s->depth + 2, sizeof *below);

    for (size_t i = s->n_nodes; i-- > 0 && totals && below;) {
        const struct stack_node *n = &s->nodes[i];
        struct stack_total *sums = &below[n->depth + 1];
        int64_t value = magnitude(n->value), base = magnitude(n->base);
        totals[i] = (struct stack_total){
            .value = sum(n->value, sums->value),
            .base = sum(n->base, sums->base),
            .width = sum(value > base ? value : base, sums->width),
        };
        *sums = (struct stack_total){0};
        sums = &below[n->depth];
        add(&sums->value, totals[i].value);
        add(&sums->base, totals[i].base);
        add(&sums->width, totals[i].width);
    }
    if (!below) {
        free(totals);
        totals = NULL;
    }
    free(below);
    return totals;
}
