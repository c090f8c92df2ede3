/* `tree` and `peek`: each node between its callers and its callees. */
#include <errno.h>
#include <stdlib.h>

#include "reader/measure.h"
#include "reader/report/out.h"
#include "reader/report/parts.h"

static const char separator[] =
    "----------------------------------------------------------+-------------\n";
static const char legend[] =
    "      flat  flat%   sum%        cum   cum%   calls calls% + context \t \t \n";

/* One caller or callee, its share being of the node's cumulative value. */
static void write_edge(struct report *r, FILE *to, const struct graph_edge *e, int64_t cum,
                       const struct graph_node *other) {
    char text[MEASURE_LABEL_BYTES];

    out_right(to, report_value(r, e->weight, text), 50);
    fprintf(to, " %s |   %s%s\n", measure_percentage(e->weight, cum, text), other->printable,
            e->inlined ? " (inline)" : "");
}

static void write_node(struct report *r, FILE *to, const struct graph_node *n, int64_t sum) {
    char text[MEASURE_LABEL_BYTES];
    int64_t flat = node_flat(n), cum = node_cum(n);

    fputs(separator, to);
    edges_sort(n->in, n->n_in);
    for (size_t i = 0; i < n->n_in; i++)
        write_edge(r, to, n->in[i], cum, n->in[i]->from);
    out_right(to, report_value(r, flat, text), 10);
    fprintf(to, " %s", report_percentage(r, flat, text));
    fprintf(to, " %s ", report_percentage(r, sum, text));
    out_right(to, report_value(r, cum, text), 10);
    fprintf(to, " %s                | %s\n", report_percentage(r, cum, text), n->printable);
    edges_sort(n->out, n->n_out);
    for (size_t i = 0; i < n->n_out; i++)
        write_edge(r, to, n->out[i], cum, n->out[i]->to);
}

/* Sets `keep` in the nodes that are asked for; how many. */
static size_t match(struct report *r, const struct graph *g) {
    size_t matched = 0;

    for (size_t i = 0; i < g->n_nodes; i++) {
        g->nodes[i]->keep = !r->symbol || regexp_matches(r->symbol, g->nodes[i]->printable);
        matched += g->nodes[i]->keep;
    }
    return matched;
}

static int write_tree(struct report *r, const struct report_graph *g, FILE *to) {
    char **labels = report_graph_labels(r, g, false);
    int64_t sum = 0;

    for (size_t i = 0; labels && labels[i]; i++)
        fprintf(to, "%s\n", labels[i]);
    if (!labels)
        return -ENOMEM;
    report_labels_free(labels);
    fputs(separator, to);
    fputs(legend, to);
    for (size_t i = 0; i < g->graph->n_nodes; i++) {
        const struct graph_node *n = g->graph->nodes[i];
        if (!n->keep)
            continue;
        sum += node_flat(n);
        write_node(r, to, n, sum);
    }
    if (g->graph->n_nodes > 0)
        fputs(separator, to);
    return 0;
}

int report_tree(struct report *r, FILE *to, char *why, size_t why_bytes) {
    struct report_graph g;
    int err = report_graph(r, &g);

    if (err < 0)
        return err;
    if (match(r, g.graph) == 0 && r->symbol) {
        snprintf(why, why_bytes, "no matches found for regexp: %s", regexp_text(r->symbol));
        err = -EINVAL;
    } else {
        err = write_tree(r, &g, to);
    }
    graph_free(g.graph);
    return err;
}
