/* `dot`: the graph in Graphviz's language. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "reader/graph/order.h"
#include "reader/measure.h"
#include "reader/paths.h"
#include "reader/report/dot_parts.h"
#include "reader/report/parts.h"

enum { LEAST_FONT = 8, FONT_GROWTH = 16 };

void dot_escape(const char *text, FILE *to) {
    for (; *text; text++) {
        if (*text == '\\' || *text == '"')
            putc('\\', to);
        if (*text == '\n')
            fputs("\\l", to);
        else
            putc(*text, to);
    }
}

/* A percentage without the spaces that align it. */
static const char *share(int64_t value, int64_t total, char text[MEASURE_LABEL_BYTES]) {
    measure_percentage(value, total, text);
    return text + strspn(text, " ");
}

static double share_of_total(const struct report *r, int64_t value) {
    return (double)value / (double)magnitude(r->total);
}

static void write_legend(const struct report *r, char *const *labels, FILE *to) {
    fputs("subgraph cluster_L { \"", to);
    dot_escape(labels[0], to);
    fputs("\" [shape=box fontsize=16 label=\"", to);
    for (size_t i = 0; labels[i]; i++) {
        dot_escape(labels[i], to);
        fputs("\\l", to);
    }
    putc('"', to);
    if (*r->title)
        fprintf(to, " tooltip=\"%s\"", r->title);
    fputs("] }\n", to);
}

/* ---- nodes */

/* A shortened name, escaped, with a new line for each separator. Go's type parameters, "[...]",
 * keep their dots in one character. */
static void write_short_name(const char *name, FILE *to) {
    static const char dots[] = "[...]";

    while (*name) {
        if (strncmp(name, "::", 2) == 0) {
            fputs("\\n", to);
            name += 2;
        } else if (strncmp(name, dots, sizeof(dots) - 1) == 0) {
            fputs("[\u2026]", to);
            name += sizeof(dots) - 1;
        } else if (*name == '.') {
            fputs("\\n", to);
            name++;
        } else {
            const char one[2] = {*name++, '\0'};
            dot_escape(one, to);
        }
    }
}

/* The components of a node's name, each on a line of its own. */
static int write_lines(const struct graph_node *n, FILE *to) {
    struct node_info info = n->info;
    char *name = function_short_name(info.name), *file = NULL, *rest = NULL;
    int err = name ? 0 : -ENOMEM;

    if (err == 0 && *info.file) {
        size_t length;
        const char *base = path_base(info.file, &length);
        file = strndup(base, length);
        err = file ? 0 : -ENOMEM;
        info.file = file;
    }
    if (err == 0) {
        /* What is not the function's name is asked for without one, which then stands for it. */
        static const char placeholder[] = "\x01";
        size_t bytes;
        if (*name)
            info.name = placeholder;
        bytes = node_name_into(&info, "\\n", NULL, 0) + 1;
        rest = malloc(bytes);
        err = rest ? 0 : -ENOMEM;
        if (rest)
            node_name_into(&info, "\\n", rest, bytes);
    }
    for (const char *at = rest; err == 0 && *at; at++) {
        if (*at == '\x01')
            write_short_name(name, to);
        else
            putc(*at, to);
    }
    fputs("\\n", to);
    free(name);
    free(file);
    free(rest);
    return err;
}

static void write_values(const struct report *r, const struct graph_node *n, FILE *to) {
    int64_t flat = node_flat(n), cum = node_cum(n);
    char value[MEASURE_LABEL_BYTES], percent[MEASURE_LABEL_BYTES];

    if (flat != 0)
        fprintf(to, "%s (%s)", report_value(r, flat, value), share(flat, r->total, percent));
    else
        putc('0', to);
    if (cum != flat)
        fprintf(to, "%sof %s (%s)", flat != 0 ? "\\n" : " ", report_value(r, cum, value),
                share(cum, r->total, percent));
}

/* Sizes grow with the square root, so that small ones can be told apart. */
static int font_size(int64_t flat, double max_flat) {
    double size = (double)magnitude(flat);

    if (max_flat == 0 || flat == 0 || size > max_flat)
        return LEAST_FONT;
    return LEAST_FONT + (int)ceil(FONT_GROWTH * sqrt(size / max_flat));
}

static int write_node(const struct report *r, const struct graph_node *n, double max_flat,
                      FILE *to) {
    int64_t flat = node_flat(n), cum = node_cum(n);
    char value[MEASURE_LABEL_BYTES], color[8], fill[8];
    int err;

    fprintf(to, "N%zu [label=\"", n->index + 1);
    err = write_lines(n, to);
    write_values(r, n, to);
    fprintf(to, "\" id=\"node%zu\" fontsize=%d shape=box tooltip=\"", n->index + 1,
            font_size(flat, max_flat));
    dot_escape(n->printable, to);
    fprintf(to, " (%s)\" color=\"%s\" fillcolor=\"%s\"]\n",
            report_value(r, cum != flat ? cum : flat, value),
            dot_color(share_of_total(r, cum), false, color),
            dot_color(share_of_total(r, cum), true, fill));
    return err;
}

/* ---- edges */

/* 1 to 1 + most, by the share of the total. */
static int grade(const struct report *r, int64_t weight, int most) {
    int64_t share_of_most = magnitude((int64_t)((uint64_t)weight * (uint64_t)most) / r->total);

    return 1 + (int)(share_of_most < most ? share_of_most : most);
}

/* A node's number in the picture; 0 if it is not in it. */
static size_t number(const struct graph_node *n) {
    return n->index == SIZE_MAX ? 0 : n->index + 1;
}

static void write_tooltip(const struct graph_edge *e, const char *name, const char *weight,
                          FILE *to) {
    fprintf(to, " %s=\"", name);
    dot_escape(e->from->printable, to);
    fputs(e->residual ? " ... " : " -> ", to);
    dot_escape(e->to->printable, to);
    fprintf(to, " (%s)\"", weight);
}

static void write_edge(const struct report *r, const struct graph_edge *e, bool has_nodelets,
                       FILE *to) {
    int64_t weight = edge_weight(e);
    char text[MEASURE_LABEL_BYTES], color[8];

    report_value(r, weight, text);
    fprintf(to, "N%zu -> N%zu [label=\" %s%s\"", number(e->from), number(e->to), text,
            e->inlined ? "\\n (inline)" : "");
    if (r->total != 0) {
        if (grade(r, weight, 100) > 1)
            fprintf(to, " weight=%d", grade(r, weight, 100));
        if (grade(r, weight, 5) > 1)
            fprintf(to, " penwidth=%d", grade(r, weight, 5));
        fprintf(to, " color=\"%s\"", dot_color(share_of_total(r, weight), false, color));
    }
    write_tooltip(e, "tooltip", text, to);
    write_tooltip(e, "labeltooltip", text, to);
    fprintf(to, "%s%s]\n", e->residual ? " style=\"dotted\"" : "", has_nodelets ? " minlen=2" : "");
}

/* All edges, the heaviest first, which helps the layout. */
static int write_edges(const struct report *r, const struct graph *g, const bool *has_nodelets,
                       FILE *to) {
    struct graph_edge **edges;
    size_t n = 0;

    for (size_t i = 0; i < g->n_nodes; i++)
        n += g->nodes[i]->n_out;
    edges = calloc(n + 1, sizeof(struct graph_edge *));
    if (!edges)
        return -ENOMEM;
    n = 0;
    for (size_t i = 0; i < g->n_nodes; i++)
        for (size_t k = 0; k < g->nodes[i]->n_out; k++)
            edges[n++] = g->nodes[i]->out[k];
    edges_sort(edges, n);
    for (size_t i = 0; i < n; i++)
        write_edge(r, edges[i], has_nodelets[edges[i]->from->index], to);
    free(edges);
    return 0;
}

static int write_graph(const struct report *r, const struct graph *g, FILE *to) {
    bool *has_nodelets = calloc(g->n_nodes + 1, sizeof(*has_nodelets));
    double max_flat = 0;
    int err = has_nodelets ? 0 : -ENOMEM;

    for (size_t i = 0; i < g->n_nodes; i++)
        max_flat = fmax(max_flat, (double)magnitude(node_flat(g->nodes[i])));
    for (size_t i = 0; i < g->n_nodes && err == 0; i++) {
        err = write_node(r, g->nodes[i], max_flat, to);
        err = err ? err : dot_nodelets(r, g->nodes[i], i + 1, to, &has_nodelets[i]);
    }
    err = err ? err : write_edges(r, g, has_nodelets, to);
    free(has_nodelets);
    return err;
}

int report_dot(struct report *r, FILE *to, char *why, size_t why_bytes) {
    struct report_graph g;
    int err = report_graph(r, &g);
    char **labels = err == 0 ? report_graph_labels(r, &g, true) : NULL;

    if (err == 0 && !labels)
        err = -ENOMEM;
    if (err == 0) {
        fprintf(to, "digraph \"%s\" {\nnode [style=filled fillcolor=\"#f8f8f8\"]\n",
                *r->title ? r->title : "unnamed");
        write_legend(r, labels, to);
        err = write_graph(r, g.graph, to);
        fputs("}\n", to);
    }
    report_labels_free(labels);
    graph_free(g.graph);
    return err;
}
