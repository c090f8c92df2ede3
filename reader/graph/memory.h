/* What a graph is made in: all nodes and edges ever made, by number, and the tables that find them.
 *
 * Private to reader/graph/. Nodes and edges are numbered while the graph is built, since their
 * arrays move as they grow; memory_link makes the pointers of graph.h of the numbers, when all are
 * there.
 *
 * One thread at a time; not async-signal-safe. `int` results are 0 or -ENOMEM. */
#ifndef CPPROF_READER_GRAPH_MEMORY_H
#define CPPROF_READER_GRAPH_MEMORY_H

#include "reader/graph/graph.h"
#include "reader/graph/tag_table.h"

enum { NO_NODE = UINT32_MAX };

struct graph_memory {
    struct profile *profile;
    struct graph_node *nodes;
    uint32_t *parents;   /* by node, of a call tree: part of what makes it; NULL in a graph */
    uint32_t *functions; /* by node: number of the node of the whole function */
    uint32_t n_nodes, node_room;
    uint32_t *node_slots; /* open addressing by info and parent: number plus one */
    size_t n_node_slots;  /* a power of two */

    struct graph_edge *edges; /* `from` and `to` are set by memory_link */
    uint64_t *edge_ends;      /* by edge: from and to, as edge_key has them */
    uint32_t n_edges, edge_room;
    uint32_t *edge_slots; /* open addressing by both ends: number plus one */
    size_t n_edge_slots;
    struct graph_edge **edge_lists; /* all in and out lists */

    struct tag_table tags; /* by node, label tag and name */
    struct graph_tag *tag_lists;

    char *names; /* of the nodes that need one of their own */
};

static inline uint64_t edge_key(uint32_t from, uint32_t to) {
    return (uint64_t)from << 32 | to;
}

struct graph_memory *memory_new(struct profile *p, bool call_tree);
void memory_free(struct graph_memory *m); /* NULL is allowed */

/* The node with this info (and parent), or NO_NODE. Info's strings are the pool's. */
uint32_t memory_find_node(const struct graph_memory *m, const struct node_info *info,
                          uint32_t parent);
/* The same; makes it, and the node of its function, where it is not there. NO_NODE when out of
 * memory. */
uint32_t memory_node(struct graph_memory *m, const struct node_info *info, uint32_t parent);

/* The edge between two nodes, made where it is not there; NULL when out of memory. The pointer is
 * valid until the next call. */
struct graph_edge *memory_edge(struct graph_memory *m, uint32_t from, uint32_t to, bool *is_new);

/* Sets the pointers between nodes and edges; of nodes to their tags. */
int memory_link(struct graph_memory *m);
int memory_link_tags(struct graph_memory *m);
/* Makes the lists of edges anew, without those that are dropped. */
void memory_list_edges(struct graph_memory *m);
/* Names every node that may be shown. */
int memory_name_nodes(struct graph_memory *m);

#endif
