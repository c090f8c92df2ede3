/* The tree of stacks. A node is found by its parent and its frame in one hash table, so the time is
 * that of the frames of all samples. */
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
    struct index frames, nodes;
    /* Per location, by its id less 1: where its frames begin in frame_ids, root first. */
    size_t *first;
    uint32_t *frame_ids;
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

/* ---- the tree */

static bool same_node(const void *elements, uint32_t number, const void *key) {
    const struct stack_node *a = (const struct stack_node *)elements + number, *b = key;
    return a->parent == b->parent && a->frame == b->frame;
}

/* The node of a frame called by `parent`, or -ENOMEM. */
static int64_t node_number(struct build *b, uint32_t parent, uint32_t frame, bool inlined) {
    struct stacks *s = b->s;
    struct stack_node key = {.parent = parent, .frame = frame, .inlined = inlined};

    if (s->n_nodes >= UINT32_MAX - 1 || !grow_array(&s->nodes, s->n_nodes, sizeof *s->nodes))
        return -ENOMEM;
    int64_t n = index_find_or_add(&b->nodes, hash_number(parent, frame), same_node, s->nodes, &key,
                                  (uint32_t)s->n_nodes);
    if (n < 0)
        return -ENOMEM;
    if ((size_t)n == s->n_nodes) {
        key.depth = s->nodes[parent].depth + 1;
        key.sibling = s->nodes[parent].child;
        s->nodes[parent].child = (uint32_t)n;
        s->nodes[s->n_nodes++] = key;
    }
    s->nodes[n].inlined &= inlined;
    return n;
}

static bool is_base(const struct profile_sample *sample) {
    for (size_t i = 0; i < sample->n_labels; i++)
        if (strcmp(sample->labels[i].key, "pprof::base") == 0 &&
            strcmp(sample->labels[i].str, "true") == 0)
            return true;
    return false;
}

static int add_sample(struct build *b, const struct profile_sample *sample, int64_t value) {
    int64_t node = 0;

    for (size_t i = sample->n_locations; i-- > 0;) {
        const struct profile_location *l = sample->locations[i];
        size_t n = frames_of_location(l);
        for (size_t k = 0; k < n; k++) {
            uint32_t frame = b->frame_ids[b->first[l->id - 1] + k];
            node = node_number(b, (uint32_t)node, frame, k > 0);
            if (node < 0)
                return -ENOMEM;
        }
    }
    if (b->s->diff == STACKS_BASE && is_base(sample))
        add(&b->s->nodes[node].base, difference(0, value));
    else
        add(&b->s->nodes[node].value, value);
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

/* ---- sums and order */

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
        n->width =
            magnitude(n->base) > magnitude(n->value) ? magnitude(n->base) : magnitude(n->value);
        n->base_total = n->base;
        n->value_total = n->value;
        n->width_total = n->width;
    }
    /* A node comes after its parent. */
    for (size_t i = s->n_nodes; i-- > 1;) {
        struct stack_node *n = &s->nodes[i], *parent = &s->nodes[n->parent];
        add(&parent->base_total, n->base_total);
        add(&parent->value_total, n->value_total);
        add(&parent->width_total, n->width_total);
    }
}

static int compare_frames(const struct stack_frame *a, const struct stack_frame *b) {
    int order = strcmp(a->name, b->name);
    if (order == 0)
        order = strcmp(a->file, b->file);
    if (order == 0)
        order = a->line != b->line ? (a->line < b->line ? -1 : 1) : 0;
    if (order == 0)
        order = a->address != b->address ? (a->address < b->address ? -1 : 1) : 0;
    return order;
}

static int compare_nodes(const void *a, const void *b, void *context) {
    const struct stacks *s = context;
    const struct stack_node *x = &s->nodes[*(const uint32_t *)a];
    const struct stack_node *y = &s->nodes[*(const uint32_t *)b];
    int order = compare_frames(&s->frames[x->frame], &s->frames[y->frame]);

    return order ? order : x->frame < y->frame ? -1 : x->frame > y->frame;
}

static int sort_children(struct stacks *s) {
    uint32_t *children = malloc((s->n_nodes + 1) * sizeof *children);
    if (!children)
        return -ENOMEM;
    for (size_t i = 0; i < s->n_nodes; i++) {
        size_t n = 0;
        for (uint32_t c = s->nodes[i].child; c; c = s->nodes[c].sibling)
            children[n++] = c;
        if (n < 2)
            continue;
        qsort_r(children, n, sizeof *children, compare_nodes, s);
        s->nodes[i].child = children[0];
        for (size_t k = 0; k < n; k++)
            s->nodes[children[k]].sibling = k + 1 < n ? children[k + 1] : 0;
    }
    free(children);
    return 0;
}

/* ---- from outside */

static int build_tree(struct build *b, struct report *r) {
    struct stacks *s = b->s;

    if (!grow_array(&s->nodes, 0, sizeof *s->nodes))
        return -ENOMEM;
    s->nodes[s->n_nodes++] = (struct stack_node){0};
    int err = number_frames(b, r->profile);
    for (size_t i = 0; i < r->profile->n_samples && !err; i++) {
        const struct profile_sample *sample = &r->profile->samples[i];
        int64_t divisor, value = report_sample_value(r, sample, &divisor);
        if (value != 0)
            err = add_sample(b, sample, value);
    }
    if (err)
        return err;
    set_values(s, r->ratio);
    return sort_children(s);
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
    index_release(&b.nodes);
    free(b.first);
    free(b.frame_ids);
    if (err)
        stacks_release(out);
    return err;
}

void stacks_release(struct stacks *s) {
    free(s->frames);
    free(s->nodes);
    *s = (struct stacks){0};
}

uint32_t stacks_next(const struct stacks *s, uint32_t node) {
    if (s->nodes[node].child)
        return s->nodes[node].child;
    while (node && !s->nodes[node].sibling)
        node = s->nodes[node].parent;
    return s->nodes[node].sibling;
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
