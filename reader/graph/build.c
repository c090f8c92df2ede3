/* Makes the graph of a profile, or the tree of its call paths: one walk over the frames of all
 * samples, from the root to the leaf.
 *
 * In a graph, the nodes of a location are looked up once, before the walk; the walk goes by
 * numbers. What a sample has met already is told by marks that hold its number, so that nothing has
 * to be cleared between samples. */
#include "reader/graph/build.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "reader/paths.h"

/* Which edges of a node are wanted. */
enum { WANT_IN = 1, WANT_OUT = 2, WANT_ALL = WANT_IN | WANT_OUT };

/* ---- nodes of locations */

bool node_info_init(struct profile *p, const struct profile_location *l,
                    const struct profile_line *line, bool object_names, struct node_info *info) {
    const char *objfile = l->mapping ? l->mapping->file : "", *file;

    *info = (struct node_info){
        .name = "", .orig_name = "", .address = l->address, .file = "", .objfile = ""};
    if (!line || !line->function) {
        info->objfile = profile_string(p, objfile);
        return info->objfile;
    }
    info->line = line->line;
    info->column = line->column;
    info->name = profile_string(p, line->function->name);
    file = line->function->filename;
    if (*file && path_is_clean(file)) {
        info->file = profile_string(p, file);
    } else if (*file) {
        char *clean = malloc(strlen(file) + 2);
        size_t n = clean ? path_clean(file, clean) : 0;
        info->file = clean ? profile_string_n(p, clean, n) : NULL;
        free(clean);
    }
    if (object_names || !*line->function->name) {
        info->objfile = profile_string(p, objfile);
        info->start_line = line->function->start_line;
    }
    return info->name && info->file && info->objfile;
}

/* The file names of all functions as they are to be shown. */
static int trim_files(struct profile *p, const struct graph_options *o) {
    for (size_t i = 0; i < p->n_functions; i++) {
        struct profile_function *f = p->functions[i];
        const char *trimmed = path_trim(f->filename, o->trim_path, o->source_path);
        if (trimmed == f->filename)
            continue;
        f->filename = profile_string(p, trimmed);
        if (!f->filename)
            return -ENOMEM;
    }
    return 0;
}

/* Whether a node of this info is wanted at all. */
static bool is_kept(const struct graph_options *o, const struct node_info *info) {
    uint32_t node;

    if (!o->kept)
        return true;
    node = memory_find_node(o->kept->memory, info, NO_NODE);
    return node != NO_NODE && o->kept->memory->nodes[node].keep;
}

static size_t n_frames(const struct profile_location *l) {
    return l->n_lines ? l->n_lines : 1;
}

static bool frame_info(const struct build *b, const struct profile_location *l, size_t i,
                       struct node_info *info) {
    return node_info_init(b->profile, l, l->n_lines ? &l->lines[i] : NULL, b->options->object_names,
                          info);
}

/* The nodes of one location, NO_NODE for those that are left out. */
static int location_nodes(struct build *b, const struct profile_location *l, uint32_t *frames) {
    struct node_info info;

    for (size_t i = 0; i < n_frames(l); i++) {
        if (!frame_info(b, l, i, &info))
            return -ENOMEM;
        frames[i] = NO_NODE;
        if (!is_kept(b->options, &info))
            continue;
        frames[i] = memory_node(b->memory, &info, NO_NODE);
        if (frames[i] == NO_NODE)
            return -ENOMEM;
    }
    return 0;
}

static int make_nodes(struct build *b) {
    const struct profile *p = b->profile;
    size_t frames = 0;
    int err = 0;

    for (size_t i = 0; i < p->n_locations; i++)
        frames += n_frames(p->locations[i]);
    if (frames >= NO_NODE)
        return -ENOMEM;
    b->first = calloc(p->n_locations + 1, sizeof(*b->first));
    b->frames = calloc(frames + 1, sizeof(*b->frames));
    if (!b->first || !b->frames)
        return -ENOMEM;
    for (size_t i = 0; i < p->n_locations && err == 0; i++) {
        struct profile_location *l = p->locations[i];
        l->index = (uint32_t)i;
        b->first[i + 1] = b->first[i] + (uint32_t)n_frames(l);
        err = location_nodes(b, l, b->frames + b->first[i]);
    }
    return err;
}

/* ---- the edges that are wanted */

/* Wants the edges to all nodes that are calls inlined into others. */
static void want_inlined(struct build *b) {
    for (size_t i = 0; i < b->profile->n_locations; i++)
        for (uint32_t k = b->first[i]; k + 1 < b->first[i + 1]; k++)
            if (b->frames[k] != NO_NODE)
                b->wanted[b->frames[k]] = WANT_IN;
}

static int want_matching(struct build *b) {
    for (uint32_t i = 0; i < b->memory->n_nodes; i++) {
        char *name = node_name(&b->memory->nodes[i].info);
        if (!name)
            return -ENOMEM;
        if (regexp_matches(b->options->matching, name))
            b->wanted[i] = WANT_ALL;
        free(name);
    }
    return 0;
}

static int want_edges(struct build *b) {
    b->wanted = calloc((size_t)b->memory->n_nodes + 1, sizeof(*b->wanted));
    if (!b->wanted)
        return -ENOMEM;
    if (b->options->edges == GRAPH_ALL_EDGES)
        memset(b->wanted, WANT_ALL, b->memory->n_nodes);
    if (b->options->edges == GRAPH_EDGES_TO_INLINED)
        want_inlined(b);
    return b->options->edges == GRAPH_EDGES_OF_MATCHING ? want_matching(b) : 0;
}

/* ---- the walk */

static int add_value(const struct build *b, uint32_t node, const struct walk *w, bool flat) {
    struct graph_node *n = &b->memory->nodes[node];

    *(flat ? &n->flat : &n->cum) += w->value;
    *(flat ? &n->flat_div : &n->cum_div) += w->divisor;
    return b->options->tags ? build_add_tags(b, node, w, flat) : 0;
}

/* Counts a call from the walk's parent, once per sample in a graph. */
static int add_call(const struct build *b, const struct walk *w, uint32_t node, bool inlined) {
    bool is_new;
    struct graph_edge *e = memory_edge(b->memory, w->parent, node, &is_new);

    if (!e)
        return -ENOMEM;
    if (is_new)
        e->inlined = true;
    else if (e->mark == w->mark && !b->options->call_tree)
        return 0;
    e->mark = w->mark;
    e->weight += w->value;
    e->weight_div += w->divisor;
    e->residual |= w->residual;
    e->inlined &= inlined;
    return 0;
}

/* One frame of a graph. */
static inline int step(const struct build *b, struct walk *w, uint32_t node, bool inlined) {
    int err = 0;

    if (node == NO_NODE) {
        w->residual = true;
        return 0;
    }
    if (b->memory->nodes[node].mark != w->mark) {
        b->memory->nodes[node].mark = w->mark;
        err = add_value(b, node, w, false);
    }
    if (w->parent != NO_NODE && w->parent != node && err == 0 &&
        ((b->wanted[node] & WANT_IN) || (b->wanted[w->parent] & WANT_OUT)))
        err = add_call(b, w, node, inlined);
    w->parent = node;
    w->residual = false;
    return err;
}

/* One frame of a tree. */
static int step_down(const struct build *b, struct walk *w, const struct profile_location *l,
                     size_t i) {
    struct node_info info;
    uint32_t node = frame_info(b, l, i, &info) ? memory_node(b->memory, &info, w->parent) : NO_NODE;
    int err;

    if (node == NO_NODE)
        return -ENOMEM;
    err = add_value(b, node, w, false);
    if (err == 0 && w->parent != NO_NODE)
        err = add_call(b, w, node, i + 1 != n_frames(l));
    w->parent = node;
    return err;
}

static int walk_frames(const struct build *b, struct walk *w) {
    int err = 0;

    for (size_t i = w->sample->n_locations; i > 0 && err == 0; i--) {
        const struct profile_location *l = w->sample->locations[i - 1];
        uint32_t start, n;
        if (b->options->call_tree) {
            for (size_t k = n_frames(l); k > 0 && err == 0; k--)
                err = step_down(b, w, l, k - 1);
            continue;
        }
        start = b->first[l->index];
        n = b->first[l->index + 1] - start;
        for (uint32_t k = n; k > 0 && err == 0; k--)
            err = step(b, w, b->frames[start + k - 1], k != n);
    }
    return err;
}

static int walk_samples(const struct build *b) {
    struct walk w = {.labels = no_label};
    int err = 0;

    for (size_t i = 0; i < b->profile->n_samples && err == 0; i++) {
        w.sample = &b->profile->samples[i];
        w.value = w.sample->values[b->options->value_index];
        w.divisor = b->options->mean ? w.sample->values[0] : 0;
        if (w.value == 0 && w.divisor == 0)
            continue;
        w.mark++;
        w.parent = NO_NODE;
        w.residual = false;
        if (b->options->tags)
            w.labels = build_join_labels(b->profile, w.sample);
        err = w.labels ? walk_frames(b, &w) : -ENOMEM;
        if (err == 0 && w.parent != NO_NODE && !w.residual)
            err = add_value(b, w.parent, &w, true);
    }
    return err;
}

/* ---- the graph */

static bool is_negative(const struct graph_node *n) {
    return n->flat < 0 || (n->flat == 0 && n->cum < 0);
}

/* Lists the nodes that have a value. */
static int select_nodes(struct graph *g, bool drop_negative) {
    struct graph_memory *m = g->memory;

    g->nodes = calloc((size_t)m->n_nodes + 1, sizeof(struct graph_node *));
    if (!g->nodes)
        return -ENOMEM;
    for (uint32_t i = 0; i < m->n_nodes; i++) {
        struct graph_node *n = &m->nodes[i];
        if ((n->cum == 0 && n->flat == 0) || (drop_negative && is_negative(n)))
            continue;
        n->index = g->n_nodes;
        g->nodes[g->n_nodes++] = n;
    }
    return 0;
}

struct graph *graph_new(struct profile *p, const struct graph_options *o) {
    struct build b = {.profile = p, .options = o, .memory = memory_new(p, o->call_tree)};
    struct graph *g = calloc(1, sizeof(*g));
    int err = b.memory && g ? trim_files(p, o) : -ENOMEM;

    if (err == 0 && !o->call_tree)
        err = make_nodes(&b);
    if (err == 0 && !o->call_tree)
        err = want_edges(&b);
    err = err ? err : walk_samples(&b);
    free(b.first);
    free(b.frames);
    free(b.wanted);
    err = err ? err : memory_link(b.memory);
    if (err == 0 && o->tags)
        err = memory_link_tags(b.memory);
    if (g)
        g->memory = b.memory;
    else
        memory_free(b.memory);
    err = err ? err : select_nodes(g, o->drop_negative);
    if (err < 0) {
        graph_free(g);
        return NULL;
    }
    return g;
}

void graph_free(struct graph *g) {
    if (!g)
        return;
    memory_free(g->memory);
    free(g->nodes);
    free(g);
}

int64_t node_flat(const struct graph_node *n) {
    return n->flat_div ? n->flat / n->flat_div : n->flat;
}

int64_t node_cum(const struct graph_node *n) {
    return n->cum_div ? n->cum / n->cum_div : n->cum;
}

int64_t edge_weight(const struct graph_edge *e) {
    return e->weight_div ? e->weight / e->weight_div : e->weight;
}
