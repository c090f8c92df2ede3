/* The graph of a report, trimmed: what weighs too little goes first, then all but the top nodes,
 * then light edges. Each time that nodes go, the graph is made anew, since only the samples tell
 * what then leads where. */
#include <errno.h>
#include <string.h>

#include "reader/filter/filter.h"
#include "reader/graph/order.h"
#include "reader/measure.h"
#include "reader/report/report.h"

static bool is_picture(const struct report *r) {
    return r->format == REPORT_DOT;
}

static struct graph_options graph_options(const struct report *r) {
    const struct options *o = &r->options;
    struct graph_options g = {
        .value_index = r->value_index,
        .mean = r->mean,
        .call_tree = o->call_tree && (is_picture(r) || r->format == REPORT_CALLGRIND),
        .drop_negative = o->drop_negative,
        .edges = GRAPH_ALL_EDGES,
        .matching = r->symbol,
        .tags = is_picture(r),
        .tag_unit = label_unit(r->label_units, "bytes"),
        .output_unit = r->output_unit,
        .trim_path = o->trim_path,
        .source_path = o->source_path,
    };

    /* Top shows whether calls are inlined, peek what it is asked for. */
    if (r->format == REPORT_TEXT)
        g.edges = GRAPH_EDGES_TO_INLINED;
    if (r->format == REPORT_TREE && r->symbol)
        g.edges = GRAPH_EDGES_OF_MATCHING;
    switch (r->format) {
    case REPORT_RAW:
    case REPORT_LIST:
    case REPORT_WEBLIST:
    case REPORT_DISASM:
    case REPORT_CALLGRIND:
        g.object_names = true;
        break;
    default:
        break;
    }
    return g;
}

struct graph *report_whole_graph(struct report *r) {
    struct graph_options o = graph_options(r);

    o.edges = GRAPH_NO_EDGES;
    o.tags = false;
    return graph_new(r->profile, &o);
}

/* What the samples make of the nodes that are kept. */
static int remake(struct report *r, struct graph_options *o, struct graph **g) {
    struct graph *made;

    o->kept = *g;
    made = graph_new(r->profile, o);
    o->kept = NULL;
    graph_free(*g);
    *g = made;
    return made ? 0 : -ENOMEM;
}

static int64_t cutoff(int64_t of, double fraction) {
    return magnitude(integer_part((double)of * fraction));
}

/* Takes out nodes that are not kept, if there are any. */
static int drop(struct report *r, struct graph_options *o, struct graph **g, size_t kept) {
    if (kept == (*g)->n_nodes)
        return 0;
    if (o->call_tree) {
        graph_trim_tree(*g);
        return 0;
    }
    return remake(r, o, g);
}

/* The first step: a graph without the nodes that weigh too little. To find them it is made without
 * edges; the cutoffs are of what all nodes add up to. */
static int heavy_nodes(struct report *r, struct graph_options *o, struct report_graph *out,
                       int64_t *node_cutoff, int64_t *edge_cutoff) {
    struct graph_options first = *o;
    bool final = o->call_tree || r->options.nodefraction == 0;
    int64_t sum = 0;
    size_t kept;

    if (!final) {
        first.edges = GRAPH_NO_EDGES;
        first.tags = false;
    }
    out->graph = graph_new(r->profile, &first);
    if (!out->graph)
        return -ENOMEM;
    for (size_t i = 0; i < out->graph->n_nodes; i++)
        sum += out->graph->nodes[i]->flat;
    *node_cutoff = cutoff(sum, r->options.nodefraction);
    *edge_cutoff = cutoff(sum, r->options.edgefraction);
    kept = graph_keep_above(out->graph, *node_cutoff);
    out->dropped_nodes = out->graph->n_nodes - kept;
    if (final)
        return drop(r, o, &out->graph, kept);
    if (kept == out->graph->n_nodes) {
        graph_free(out->graph);
        out->graph = graph_new(r->profile, o);
        return out->graph ? 0 : -ENOMEM;
    }
    return remake(r, o, &out->graph);
}

/* The second step: the top nodes alone. */
static int top_nodes(struct report *r, struct graph_options *o, struct report_graph *out,
                     int64_t node_cutoff, int64_t edge_cutoff) {
    enum node_order order = is_picture(r)         ? NODES_BY_ENTROPY
                            : r->options.sort_cum ? NODES_BY_CUM
                                                  : NODES_BY_FLAT;
    int err = graph_sort(out->graph, order);
    size_t kept, n = out->graph->n_nodes;

    if (err < 0 || r->options.nodecount <= 0)
        return err;
    graph_trim_tags(out->graph, node_cutoff);
    graph_trim_edges(out->graph, edge_cutoff);
    kept = graph_keep_first(out->graph, (size_t)r->options.nodecount, is_picture(r));
    err = drop(r, o, &out->graph, kept);
    return err == 0 && kept != n ? graph_sort(out->graph, order) : err;
}

/* The unit that suits the smallest value, unless the largest is far from it. */
static void choose_unit(struct report *r, const struct graph *g) {
    int64_t least = 0, most = r->total;
    const char *least_unit, *most_unit, *unit;

    if (strcmp(r->output_unit, "minimum") != 0 || g->n_nodes == 0)
        return;
    for (size_t i = 0; i < g->n_nodes; i++) {
        int64_t value = magnitude(node_flat(g->nodes[i]));
        value = value ? value : magnitude(node_cum(g->nodes[i]));
        if (value > 0 && (least == 0 || value < least))
            least = value;
    }
    least = least ? least : most;
    if (r->ratio > 0 && r->ratio != 1) {
        least = integer_part((double)least * r->ratio);
        most = integer_part((double)most * r->ratio);
    }
    measure_scale(least, r->sample_unit, "minimum", &least_unit);
    measure_scale(most, r->sample_unit, "minimum", &most_unit);
    unit = least_unit;
    /* Hundredths of a larger unit are shown, but callgrind has integers only. */
    if (strcmp(least_unit, most_unit) != 0 && least * 100 < most && r->format != REPORT_CALLGRIND)
        measure_scale(100 * least, r->sample_unit, "minimum", &unit);
    r->output_unit = *unit ? unit : r->sample_unit;
}

int report_graph(struct report *r, struct report_graph *out) {
    struct graph_options o = graph_options(r);
    int64_t node_cutoff, edge_cutoff;
    int err;

    *out = (struct report_graph){0};
    err = heavy_nodes(r, &o, out, &node_cutoff, &edge_cutoff);
    if (err == 0) {
        out->orig_nodes = out->graph->n_nodes;
        err = top_nodes(r, &o, out, node_cutoff, edge_cutoff);
    }
    if (err == 0) {
        graph_trim_tags(out->graph, node_cutoff);
        out->dropped_edges = graph_trim_edges(out->graph, edge_cutoff);
        err = is_picture(r) ? graph_remove_redundant_edges(out->graph) : 0;
    }
    if (err < 0) {
        graph_free(out->graph);
        out->graph = NULL;
        return err;
    }
    choose_unit(r, out->graph);
    return 0;
}
