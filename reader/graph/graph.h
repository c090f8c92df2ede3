/* The call graph of a profile: nodes with flat and cumulative values, edges with weights; what
 * every report but a few is made of. The rules are those of google/pprof's internal/graph.
 *
 * One thread at a time per graph; not async-signal-safe. It keeps pointers into the profile, which
 * must outlive it. */
#ifndef CPPROF_READER_GRAPH_GRAPH_H
#define CPPROF_READER_GRAPH_GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/profile.h"

/* What makes two frames the same node. */
struct node_info {
    const char *name, *orig_name; /* orig_name: the mangled one, only where it is asked for */
    uint64_t address;
    const char *file;
    int64_t start_line, line, column;
    const char *objfile;
};

struct graph_tag {
    const char *name, *unit; /* unit "": not numeric */
    int64_t value;
    int64_t flat, flat_div, cum, cum_div;
};

struct graph_node;
struct graph_edge {
    struct graph_node *from, *to;
    int64_t weight, weight_div;
    bool residual; /* nodes between have been left out */
    bool inlined;  /* every call along it was inlined */
};

struct graph_node {
    struct node_info info;
    struct graph_node *function; /* the node of the whole function, for lines and addresses */
    int64_t flat, flat_div, cum, cum_div;
    struct graph_edge **in, **out;
    size_t n_in, n_out;
    struct graph_tag *label_tags; /* tags at the leaf, for dot */
    size_t n_label_tags;
    struct graph_tag *numeric_tags;
    size_t n_numeric_tags;
    size_t index; /* in graph->nodes */
};

struct graph {
    struct graph_node **nodes; /* in the order of the last sort */
    size_t n_nodes;
    struct graph_memory *memory; /* owned */
};

/* Values after division by the mean's divisor. */
int64_t node_flat(const struct graph_node *n);
int64_t node_cum(const struct graph_node *n);
int64_t edge_weight(const struct graph_edge *e);

/* `%016x name file:line`, `[binary]`, `<unknown>`: NodeInfo.PrintableName; malloc'ed. */
char *node_name(const struct node_info *info);

void graph_free(struct graph *g); /* NULL is allowed */

#endif
