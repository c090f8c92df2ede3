/* Orders of nodes and edges. Each is total: what google/pprof leaves to chance (nodes that print
 * alike) comes in the order in which the graph was made. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reader/graph/memory.h"
#include "reader/graph/order.h"

static int as_made(const void *a, const void *b) {
    return ascending((uintptr_t)a, (uintptr_t)b);
}

/* ---- nodes */

static const struct graph_node *node_at(const void *element) {
    return *(struct graph_node *const *)element;
}

static int by_name_shown(const struct graph_node *a, const struct graph_node *b) {
    if (a->info.address != 0 && b->info.address != 0 && a->info.address != b->info.address)
        return ascending(a->info.address, b->info.address);
    return a->printable == b->printable ? 0 : strcmp(a->printable, b->printable);
}

static int by_flat(const void *x, const void *y) {
    const struct graph_node *a = node_at(x), *b = node_at(y);
    int order = descending(a->flat, b->flat);

    order = order ? order : by_name_shown(a, b);
    order = order ? order : descending(a->cum, b->cum);
    return order ? order : as_made(a, b);
}

static int by_flat_cum(const void *x, const void *y) {
    const struct graph_node *a = node_at(x), *b = node_at(y);
    int order = descending(a->flat, b->flat);

    order = order ? order : descending(a->cum, b->cum);
    order = order ? order : by_name_shown(a, b);
    return order ? order : as_made(a, b);
}

static int by_cum(const void *x, const void *y) {
    const struct graph_node *a = node_at(x), *b = node_at(y);
    int order = descending(a->cum, b->cum);

    order = order ? order : by_name_shown(a, b);
    order = order ? order : descending(a->flat, b->flat);
    return order ? order : as_made(a, b);
}

/* All fields one behind the other, as text: fmt.Sprint of the info. */
static int by_info_text(const struct graph_node *a, const struct graph_node *b) {
    const struct node_info *info[2] = {&a->info, &b->info};
    char *text[2] = {NULL, NULL};
    int order = 0;

    for (size_t i = 0; i < 2; i++)
        if (asprintf(&text[i], "{%s %s %" PRIu64 " %s %" PRId64 " %" PRId64 " %" PRId64 " %s}",
                     info[i]->name, info[i]->orig_name, info[i]->address, info[i]->file,
                     info[i]->start_line, info[i]->line, info[i]->column, info[i]->objfile) < 0)
            text[i] = NULL;
    if (text[0] && text[1])
        order = strcmp(text[0], text[1]);
    free(text[0]);
    free(text[1]);
    return order ? order : as_made(a, b);
}

static int by_name(const void *x, const void *y) {
    const struct graph_node *a = node_at(x), *b = node_at(y);
    int order = strcmp(a->info.name, b->info.name);

    return order ? order : by_info_text(a, b);
}

static int by_file(const void *x, const void *y) {
    const struct graph_node *a = node_at(x), *b = node_at(y);
    int order = strcmp(a->info.file, b->info.file);

    if (order == 0)
        order =
            (a->info.start_line > b->info.start_line) - (a->info.start_line < b->info.start_line);
    return order ? order : by_info_text(a, b);
}

static int by_address(const void *x, const void *y) {
    const struct graph_node *a = node_at(x), *b = node_at(y);
    int order = ascending(a->info.address, b->info.address);

    return order ? order : by_info_text(a, b);
}

/* ---- entropy */

static double share_entropy(int64_t weight, int64_t total) {
    double share = (double)magnitude(weight) / (double)total;

    return -share * log2(share);
}

/* How evenly a node's weight spreads over its edges on one side, and itself. */
static double edges_entropy(struct graph_edge *const *edges, size_t n, int64_t self) {
    int64_t total = self;
    double score = 0;

    for (size_t i = 0; i < n; i++)
        if (edges[i]->weight > 0)
            total += edges[i]->weight;
    if (total == 0)
        return 0;
    for (size_t i = 0; i < n; i++)
        score += share_entropy(edges[i]->weight, total);
    if (self > 0)
        score += share_entropy(self, total);
    return score;
}

/* A node through which everything just passes scores low. */
static int64_t entropy_score(const struct graph_node *n) {
    double score = n->n_in == 0 ? 1 : edges_entropy(n->in, n->n_in, 0);

    score += n->n_out == 0 ? 1 : edges_entropy(n->out, n->n_out, n->flat);
    return (int64_t)((uint64_t)integer_part(score * (double)n->cum) + (uint64_t)n->flat);
}

struct scored {
    struct graph_node *node;
    int64_t score;
};

static int by_score(const void *x, const void *y) {
    const struct scored *a = x, *b = y;
    int order = descending(a->score, b->score);

    order = order ? order : by_name_shown(a->node, b->node);
    order = order ? order : descending(a->node->flat, b->node->flat);
    return order ? order : as_made(a->node, b->node);
}

static int sort_by_entropy(struct graph_node **nodes, size_t n) {
    struct scored *scored = calloc(n + 1, sizeof(*scored));

    if (!scored)
        return -ENOMEM;
    for (size_t i = 0; i < n; i++)
        scored[i] = (struct scored){.node = nodes[i], .score = entropy_score(nodes[i])};
    qsort(scored, n, sizeof(*scored), by_score);
    for (size_t i = 0; i < n; i++)
        nodes[i] = scored[i].node;
    free(scored);
    return 0;
}

int nodes_sort(struct graph_node **nodes, size_t n, enum node_order order) {
    static int (*const orders[])(const void *, const void *) = {
        [NODES_BY_FLAT] = by_flat, [NODES_BY_FLAT_CUM] = by_flat_cum,
        [NODES_BY_CUM] = by_cum,   [NODES_BY_NAME] = by_name,
        [NODES_BY_FILE] = by_file, [NODES_BY_ADDRESS] = by_address,
    };

    if (order == NODES_BY_ENTROPY)
        return sort_by_entropy(nodes, n);
    qsort(nodes, n, sizeof(*nodes), orders[order]);
    return 0;
}

int graph_sort(struct graph *g, enum node_order order) {
    int err = memory_name_nodes(g->memory);

    err = err ? err : nodes_sort(g->nodes, g->n_nodes, order);
    for (size_t i = 0; i < g->n_nodes; i++)
        g->nodes[i]->index = i;
    return err;
}

/* ---- edges */

static int by_weight(const void *x, const void *y) {
    const struct graph_edge *a = *(struct graph_edge *const *)x,
                            *b = *(struct graph_edge *const *)y;
    int order = descending(a->weight, b->weight);

    if (order == 0 && a->from != b->from)
        order = strcmp(a->from->printable, b->from->printable);
    if (order == 0 && a->to != b->to)
        order = strcmp(a->to->printable, b->to->printable);
    return order ? order : as_made(a, b);
}

void edges_sort(struct graph_edge **edges, size_t n) {
    qsort(edges, n, sizeof(*edges), by_weight);
}
