/* The tree of stacks: frames get numbers in the order of their names, samples are sorted by these,
 * and the tree is what each has in common with the one before it. So it is written down in
 * preorder, and needs no more than that. */
#include "reader/export/stacks.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "proto/hash.h"
#include "reader/export/index.h"
#include "reader/export/sums.h"
#include "reader/graph/order.h"
#include "reader/paths.h"

struct build {
    struct stacks *s;
    struct index frames;
    /* Per location, by its id less 1: where its frames begin in frame_ids, root first. */
    size_t *first;
    uint32_t *frame_ids;
    size_t n_frame_ids;
    uint32_t *path; /* the nodes from below the root to the last one */
    uint32_t path_length;
    bool by_file;
    const struct options *options;
};

static uint64_t hash_string(const char *s) {
    return hash_bytes(s, strlen(s), 0);
}

static bool same_frame(const void *elements, uint32_t number, const void *key) {
    const struct stack_frame *a = (const struct stack_frame *)elements + number, *b = key;

    return a->line == b->line && a->column == b->column && a->address == b->address &&
           strcmp(a->name, b->name) == 0 && strcmp(a->file, b->file) == 0 &&
           (a->name[0] || a->file[0] || strcmp(a->library, b->library) == 0);
}

/* The number of a frame like this one, or -ENOMEM. The file of one that is told by its name alone
 * is that of the first. */
static int64_t frame_number(struct build *b, struct stack_frame *f) {
    struct stacks *s = b->s;
    struct stack_frame key = *f;
    if (!b->by_file && f->name[0])
        key.file = "";
    uint64_t hash = hash_string(key.name) ^ hash_number((uint64_t)key.line, key.address);
    hash = hash_number(hash, hash_string(key.file));
    if (!grow_array(&s->frames, s->n_frames, sizeof *s->frames))
        return -ENOMEM;
    int64_t n =
        index_find_or_add(&b->frames, hash, same_frame, s->frames, &key, (uint32_t)s->n_frames);
    if (n < 0)
        return -ENOMEM;
    if ((size_t)n == s->n_frames)
        s->frames[s->n_frames++] = key;
    return n;
}

static const char *base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static struct stack_frame frame_of(const struct build *b, const struct profile_location *l,
                                   const struct profile_line *line) {
    struct stack_frame f = {
        .name = "",
        .file = "",
        .address = l->address,
        .library = l->mapping ? base_name(l->mapping->file) : "",
    };
    if (line) {
        f.line = line->line;
        f.column = line->column;
    }
    if (line && line->function) {
        f.name = line->function->name;
        f.file =
            path_trim(line->function->filename, b->options->trim_path, b->options->source_path);
    }
    return f;
}

static size_t frames_of_location(const struct profile_location *l) {
    return l->n_lines ? l->n_lines : 1;
}

static int number_frames(struct build *b, const struct profile *p) {
    size_t total = 0;
    b->first = malloc((p->n_locations + 1) * sizeof *b->first);
    if (!b->first)
        return -ENOMEM;
    for (size_t i = 0; i < p->n_locations; i++) {
        b->first[i] = total;
        total += frames_of_location(p->locations[i]);
    }
    b->n_frame_ids = total;
    b->frame_ids = malloc((total + 1) * sizeof *b->frame_ids);
    if (!b->frame_ids)
        return -ENOMEM;
    for (size_t i = 0; i < p->n_locations; i++) {
        const struct profile_location *l = p->locations[i];
        size_t n = frames_of_location(l);
        for (size_t k = 0; k < n; k++) {
            struct stack_frame f = frame_of(b, l, l->n_lines ? &l->lines[n - 1 - k] : NULL);
            int64_t number = frame_number(b, &f);
            if (number < 0)
                return -ENOMEM;
            b->frame_ids[b->first[i] + k] = (uint32_t)number;
        }
    }
    return 0;
}

/* ---- the frames in order */

static int compare_frames(const void *a, const void *b, void *context) {
    const struct stack_frame *frames = context;
    const struct stack_frame *x = &frames[*(const uint32_t *)a], *y = &frames[*(const uint32_t *)b];
    int order = strcmp(x->name, y->name);

    if (order == 0)
        order = strcmp(x->file, y->file);
    if (order == 0)
        order = (x->line > y->line) - (x->line < y->line);
    if (order == 0)
        order = (x->address > y->address) - (x->address < y->address);
    return order ? order : (x > y) - (x < y);
}

static int sort_frames(struct build *b) {
    struct stacks *s = b->s;
    uint32_t *order = malloc((s->n_frames + 1) * sizeof *order);
    uint32_t *rank = malloc((s->n_frames + 1) * sizeof *rank);
    struct stack_frame *sorted = malloc((s->n_frames + 1) * sizeof *sorted);
    int err = order && rank && sorted ? 0 : -ENOMEM;

    if (!err) {
        for (uint32_t i = 0; i < s->n_frames; i++)
            order[i] = i;
        qsort_r(order, s->n_frames, sizeof *order, compare_frames, s->frames);
        for (uint32_t i = 0; i < s->n_frames; i++) {
            rank[order[i]] = i;
            sorted[i] = s->frames[order[i]];
        }
        for (size_t i = 0; i < b->n_frame_ids; i++)
            b->frame_ids[i] = rank[b->frame_ids[i]];
        free(s->frames);
        s->frames = sorted;
        sorted = NULL;
    }
    free(order);
    free(rank);
    free(sorted);
    return err;
}

/* ---- the samples in order */

/* Goes through the frames of a sample, root first. */
struct frame_cursor {
    const struct profile_sample *sample;
    size_t left;  /* locations not begun */
    size_t at, n; /* frames of the location that was begun */
    size_t first; /* where they are in frame_ids */
};

static bool cursor_next(const struct build *b, struct frame_cursor *c, uint32_t *frame,
                        bool *inlined) {
    if (c->at == c->n) {
        if (c->left == 0)
            return false;
        const struct profile_location *l = c->sample->locations[--c->left];
        c->first = b->first[l->id - 1];
        c->n = frames_of_location(l);
        c->at = 0;
    }
    *inlined = c->at > 0;
    *frame = b->frame_ids[c->first + c->at++];
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
    int err = number_frames(b, r->profile);
    if (!err)
        err = sort_frames(b);
    if (!err)
        err = add_samples(b, r);
    if (!err)
        set_values(s, r->ratio);
    return err;
}

int stacks_build(struct report *r, struct stacks *out) {
    enum granularity g = r->options.granularity;
    *out = (struct stacks){.diff = kind_of_diff(r)};
    struct build b = {
        .s = out,
        .options = &r->options,
        .by_file =
            out->diff == STACKS_PLAIN || g == GRANULARITY_LINES || g == GRANULARITY_ADDRESSES,
    };

    profile_renumber(r->profile);
    int err = build_tree(&b, r);
    index_release(&b.frames);
    free(b.first);
    free(b.frame_ids);
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

char *stack_frame_title(const struct stack_frame *f) {
    const char *name = f->name[0] ? f->name : f->file;
    char *title = NULL;
    int n;

    if (!name[0] && f->address)
        n = asprintf(&title, "%016" PRIx64, f->address);
    else if (!name[0])
        n = f->library[0] ? asprintf(&title, "[%s]", f->library) : asprintf(&title, "<unknown>");
    else if (f->line && f->column)
        n = asprintf(&title, "%s:%" PRId64 ":%" PRId64, name, f->line, f->column);
    else
        n = f->line ? asprintf(&title, "%s:%" PRId64, name, f->line) : asprintf(&title, "%s", name);
    return n < 0 ? NULL : title;
}
