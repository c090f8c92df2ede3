/* The call graph of a profile: nodes with flat and cumulative values, edges with weights; what
 * every report but a few is made of. The rules are those of google/pprof's internal/graph.
 *
 * One thread at a time per graph, and per profile; not async-signal-safe. A graph keeps pointers
 * into the profile, which must outlive it. `int` results are 0 or -ENOMEM. */
#ifndef CPPROF_READER_GRAPH_GRAPH_H
#define CPPROF_READER_GRAPH_GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/profile.h"
#include "reader/regexp.h"

/* What makes two frames the same node. Strings are the profile's, one copy of each content, but for
 * "", which may be any. */
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
    const char *label; /* of a numeric tag: the label tag that it belongs to, or "" */
    int64_t flat, flat_div, cum, cum_div;
};

struct graph_node;
struct graph_edge {
    struct graph_node *from, *to;
    int64_t weight, weight_div;
    bool residual; /* nodes between have been left out */
    bool inlined;  /* every call along it was inlined */
    bool dropped;  /* private: it is in no list any more */
    uint64_t mark; /* private */
};

struct graph_node {
    struct node_info info;
    struct graph_node *function; /* the node of the whole function, for lines and addresses */
    int64_t flat, flat_div, cum, cum_div;
    const char *printable; /* node_name of info; once the graph has been sorted */
    struct graph_edge **in, **out;
    size_t n_in, n_out;
    struct graph_tag *label_tags; /* tags at the leaf, for dot */
    size_t n_label_tags;
    struct graph_tag *numeric_tags;
    size_t n_numeric_tags;
    size_t index;  /* in graph->nodes; SIZE_MAX if it was left out and only edges lead there */
    bool keep;     /* by graph_keep_*: see `kept` */
    uint64_t mark; /* private */
};

struct graph {
    struct graph_node **nodes; /* in the order of the last sort */
    size_t n_nodes;
    struct graph_memory *memory; /* owned */
};

/* Which edges are wanted: with few of them a graph is made faster, and smaller. */
enum graph_edges {
    GRAPH_NO_EDGES,
    GRAPH_ALL_EDGES,
    GRAPH_EDGES_TO_INLINED,  /* those to nodes that are inlined somewhere */
    GRAPH_EDGES_OF_MATCHING, /* from and to nodes whose name matches `matching` */
};

struct graph_options {
    size_t value_index; /* of the sample values */
    bool mean;          /* a sample's first value is what it is divided by */
    bool object_names;  /* functions of one name in two objects are two nodes */
    bool call_tree;     /* a node per call path */
    bool drop_negative;
    enum graph_edges edges;  /* of a call tree all are made */
    struct regexp *matching; /* for GRAPH_EDGES_OF_MATCHING */
    bool tags;               /* whether they are wanted */
    const char *tag_unit;    /* of the numeric label `bytes`, the only one that becomes a tag */
    const char *output_unit; /* tags are named in it */
    const char *trim_path, *source_path; /* what path_trim is to take off the file names */
    const struct graph *kept; /* NULL, or a graph: nodes that it has not, or not with `keep`, are
                               * left out, and what leads over them is residual */
};

/* Makes the graph of `p`, whose file names it trims in place; NULL when out of memory. */
struct graph *graph_new(struct profile *p, const struct graph_options *o);
void graph_free(struct graph *g); /* NULL is allowed */

/* What node a line of a location belongs to; `line` NULL: the location has none. Strings become the
 * pool's. false when out of memory. */
bool node_info_init(struct profile *p, const struct profile_location *l,
                    const struct profile_line *line, bool object_names, struct node_info *info);

/* Values after division by the mean's divisor. */
int64_t node_flat(const struct graph_node *n);
int64_t node_cum(const struct graph_node *n);
int64_t edge_weight(const struct graph_edge *e);
int64_t tag_flat(const struct graph_tag *t);
int64_t tag_cum(const struct graph_tag *t);

/* `%016x name file:line`, `[binary]`, `<unknown>`: NodeInfo.PrintableName; malloc'ed. */
char *node_name(const struct node_info *info);
/* The same with another separator, into `text`: its length, as snprintf. */
size_t node_name_into(const struct node_info *info, const char *separator, char *text,
                      size_t text_bytes);
/* A function's name without what its language puts around it (ShortenFunctionName); malloc'ed. */
char *function_short_name(const char *name);

enum node_order {
    NODES_BY_FLAT,     /* then name, then cum */
    NODES_BY_FLAT_CUM, /* then name */
    NODES_BY_CUM,
    NODES_BY_NAME,
    NODES_BY_FILE,
    NODES_BY_ADDRESS,
    NODES_BY_ENTROPY, /* how much a picture gains by it */
};
/* Sorts an array of nodes of one graph; graph_sort sorts its own and names them. */
int nodes_sort(struct graph_node **nodes, size_t n, enum node_order order);
int graph_sort(struct graph *g, enum node_order order);
/* The heaviest first, then by the names of both ends. After graph_sort. */
void edges_sort(struct graph_edge **edges, size_t n);
/* By |cum| unless `flat`, by |flat|, by name. */
void tags_sort(struct graph_tag **tags, size_t n, bool flat);

/* Set `keep` in the nodes with |cum| >= cutoff, or in the first `n` ones (in a picture tags count
 * too), clear it in the others; how many there are. */
size_t graph_keep_above(struct graph *g, int64_t cutoff);
size_t graph_keep_first(struct graph *g, size_t n, bool picture);
/* Takes nodes without `keep` out of a call tree. */
void graph_trim_tree(struct graph *g);
/* Takes out edges, or tags, that weigh less; how many edges. */
size_t graph_trim_edges(struct graph *g, int64_t cutoff);
void graph_trim_tags(struct graph *g, int64_t cutoff);
/* Takes out residual edges whose ends are connected otherwise. After graph_sort. */
int graph_remove_redundant_edges(struct graph *g);

enum { MAX_NODELETS = 4 }; /* tags shown at a node */

#endif
