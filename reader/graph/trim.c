/* What is left out of a graph, so that it can be looked at. */
#include <errno.h>
#include <stdlib.h>

#include "reader/graph/memory.h"
#include "reader/graph/order.h"

size_t graph_keep_above(struct graph *g, int64_t cutoff) {
    size_t kept = 0;

    for (size_t i = 0; i < g->n_nodes; i++) {
        struct graph_node *n = g->nodes[i];
        n->keep = magnitude(n->cum) >= cutoff;
        kept += n->keep;
    }
    return kept;
}

/* Tags that will be shown with a node, about. */
static size_t count_tags(const struct graph_node *n) {
    size_t count = 0;

    for (size_t i = 0; i < n->n_label_tags; i++)
        count += n->label_tags[i].flat != 0;
    for (size_t i = 0; i < n->n_numeric_tags; i++)
        count += n->numeric_tags[i].flat != 0;
    return count < MAX_NODELETS ? count : MAX_NODELETS;
}

size_t graph_keep_first(struct graph *g, size_t n, bool picture) {
    size_t shown = 0, kept = n < g->n_nodes ? n : g->n_nodes;

    for (size_t i = 0; picture && i < g->n_nodes; i++) {
        shown += count_tags(g->nodes[i]) + 1;
        if (shown >= n) {
            kept = i + 1;
            break;
        }
    }
    for (size_t i = 0; i < g->n_nodes; i++)
        g->nodes[i]->keep = i < kept;
    return kept;
}

/* Nodes that are in no list, such as negative ones, are not the trimmer's to take. */
static bool stays(const struct graph_node *n) {
    return n->keep || n->index == SIZE_MAX;
}

/* Moves a node's only in-edge up to the nearest ancestor that stays. */
static void lift_edge(struct graph_edge *e) {
    while (!stays(e->from)) {
        const struct graph_node *from = e->from;
        if (from->n_in == 0) {
            e->dropped = true;
            return;
        }
        e->from = from->in[0]->from;
        e->inlined = e->inlined && from->in[0]->inlined;
        e->residual = true;
    }
}

void graph_trim_tree(struct graph *g) {
    struct graph_memory *m = g->memory;
    size_t kept = 0;

    for (uint32_t i = 0; i < m->n_nodes; i++)
        if (stays(&m->nodes[i]) && m->nodes[i].n_in > 0)
            lift_edge(m->nodes[i].in[0]);
    for (size_t i = 0; i < g->n_nodes; i++) {
        struct graph_node *n = g->nodes[i];
        if (n->keep)
            g->nodes[kept++] = n;
        else if (n->n_in > 0)
            n->in[0]->dropped = true;
    }
    g->n_nodes = kept;
    memory_list_edges(m);
}

size_t graph_trim_edges(struct graph *g, int64_t cutoff) {
    size_t dropped = 0;

    for (size_t i = 0; i < g->n_nodes; i++) {
        const struct graph_node *n = g->nodes[i];
        for (size_t k = 0; k < n->n_in; k++) {
            n->in[k]->dropped = magnitude(n->in[k]->weight) < cutoff;
            dropped += n->in[k]->dropped;
        }
    }
    if (dropped > 0)
        memory_list_edges(g->memory);
    return dropped;
}

/* ---- residual edges */

/* Nodes from which the end of an edge can be reached, in the order in which they are found. */
struct search {
    struct graph_node **queue; /* room for all nodes */
    uint64_t mark;
};

/* Whether the start of an edge reaches its end without it. */
static bool is_redundant(struct search *s, const struct graph_edge *edge) {
    size_t first = 0, behind = 0;

    s->mark++;
    edge->to->mark = s->mark;
    s->queue[behind++] = edge->to;
    while (first < behind) {
        struct graph_node *n = s->queue[first++];
        for (size_t i = 0; i < n->n_in; i++) {
            const struct graph_edge *in = n->in[i];
            if (in == edge || in->dropped || in->from->mark == s->mark)
                continue;
            if (in->from == edge->from)
                return true;
            in->from->mark = s->mark;
            s->queue[behind++] = in->from;
        }
    }
    return false;
}

int graph_remove_redundant_edges(struct graph *g) {
    struct search s = {.queue = calloc((size_t)g->memory->n_nodes + 1, sizeof(*s.queue))};

    if (!s.queue)
        return -ENOMEM;
    for (uint32_t i = 0; i < g->memory->n_nodes; i++)
        g->memory->nodes[i].mark = 0;
    for (size_t i = g->n_nodes; i > 0; i--) {
        const struct graph_node *n = g->nodes[i - 1];
        edges_sort(n->in, n->n_in);
        /* The lightest first; none that is heavier than one that is not residual. */
        for (size_t k = n->n_in; k > 0 && n->in[k - 1]->residual; k--)
            n->in[k - 1]->dropped = is_redundant(&s, n->in[k - 1]);
    }
    free(s.queue);
    memory_list_edges(g->memory);
    return 0;
}
