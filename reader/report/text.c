/* `top`: one line per node. */
#include <errno.h>

#include "reader/measure.h"
#include "reader/report/out.h"
#include "reader/report/parts.h"

/* ` (inline)` if all calls of a node were inlined, ` (partial-inline)` if some were. */
static const char *inline_note(const struct graph_node *n) {
    bool inlined = false, called = false;

    for (size_t i = 0; i < n->n_in; i++) {
        inlined |= n->in[i]->inlined;
        called |= !n->in[i]->inlined;
    }
    return !inlined ? "" : called ? " (partial-inline)" : " (inline)";
}

static void write_node(struct report *r, FILE *to, const struct graph_node *n, int64_t sum) {
    char text[MEASURE_LABEL_BYTES];
    int64_t flat = node_flat(n), cum = node_cum(n);

    out_right(to, report_value(r, flat, text), 10);
    fprintf(to, " %s", report_percentage(r, flat, text));
    fprintf(to, " %s ", report_percentage(r, sum, text));
    out_right(to, report_value(r, cum, text), 10);
    fprintf(to, " %s  %s%s\n", report_percentage(r, cum, text), n->printable, inline_note(n));
}

int report_text(struct report *r, FILE *to, char *why, size_t why_bytes) {
    struct report_graph g;
    int err = report_graph(r, &g);
    char **labels = err == 0 ? report_graph_labels(r, &g, false) : NULL;
    int64_t sum = 0;

    if (err == 0 && !labels)
        err = -ENOMEM;
    for (size_t i = 0; err == 0 && labels[i]; i++)
        fprintf(to, "%s\n", labels[i]);
    if (err == 0)
        fprintf(to, "%10s %5s%% %5s%% %10s %5s%%\n", "flat", "flat", "sum", "cum", "cum");
    for (size_t i = 0; err == 0 && i < g.graph->n_nodes; i++) {
        sum += node_flat(g.graph->nodes[i]);
        write_node(r, to, g.graph->nodes[i], sum);
    }
    report_labels_free(labels);
    graph_free(g.graph);
    return err;
}
