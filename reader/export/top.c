/* top, tree and peek for programs: the nodes of the trimmed graph, with the calls between them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "reader/export/reports.h"
#include "reader/export/sums.h"

enum { VALUE_FIELDS = 6, EDGE_FIELDS = 3 };

/* none, partial, all: how many of the calls of a function were inlined. */
static const char *inlining(const struct graph_node *n) {
    bool some = false, all = n->n_in > 0;

    for (size_t i = 0; i < n->n_in; i++) {
        some |= n->in[i]->inlined;
        all &= n->in[i]->inlined;
    }
    return all ? "all" : some ? "partial" : "none";
}

static struct field *value_fields(struct field *at, const struct report *r,
                                  const struct graph_node *n, int64_t flat_sum) {
    *at++ = field_int("flat", export_value(r, node_flat(n)));
    *at++ = field_percent("flat_percent", node_flat(n), r->total);
    *at++ = field_percent("sum_percent", flat_sum, r->total);
    *at++ = field_int("cum", export_value(r, node_cum(n)));
    *at++ = field_percent("cum_percent", node_cum(n), r->total);
    *at++ = field_string("inline", inlining(n));
    return at;
}

static void open_document(struct json *j, const struct report *r, const char *report,
                          const struct report_graph *g) {
    int64_t shown = 0;

    for (size_t i = 0; i < g->graph->n_nodes; i++)
        add(&shown, node_flat(g->graph->nodes[i]));
    export_open(j, r, report);
    json_put_int(j, "total", export_value(r, r->total));
    json_put_int(j, "shown", export_value(r, shown));
    json_put_int(j, "nodes_of", (int64_t)g->orig_nodes);
    json_put_int(j, "dropped_nodes", (int64_t)g->dropped_nodes);
    json_open_object(j, "profile");
    export_profile(j, r);
    json_close(j);
    json_open_list(j, "nodes");
}

/* Whose fields a header is made of. */
static const struct graph_node no_node = {
    .info = {.name = "", .orig_name = "", .file = "", .objfile = ""},
};

/* ---- top */

enum { TOP_FIELDS = NODE_FIELDS + VALUE_FIELDS + TYPE_FIELDS };

static struct field *top_fields(struct field *at, const struct report *r,
                                const struct graph_node *n, const char *name, int64_t flat_sum) {
    return value_fields(export_node_fields(at, &n->info, name), r, n, flat_sum);
}

static void csv_top_row(FILE *to, struct field *fields, struct field *end, const struct report *r,
                        void write(FILE *, const struct field *, size_t)) {
    end = export_type_fields(end, r);
    write(to, fields, (size_t)(end - fields));
}

static int top_row(const struct report *r, const struct graph_node *n, int64_t flat_sum,
                   struct json *j, FILE *csv) {
    struct field fields[TOP_FIELDS];
    char *name = node_name(&n->info);
    if (!name)
        return -ENOMEM;
    struct field *end = top_fields(fields, r, n, name, flat_sum);
    if (csv)
        csv_top_row(csv, fields, end, r, csv_fields);
    else
        json_object(j, fields, (size_t)(end - fields));
    free(name);
    return 0;
}

int export_top(struct report *r, enum export_form form, FILE *to, char *why, size_t why_bytes) {
    struct field header[TOP_FIELDS];
    struct report_graph g;
    struct json j = {.to = to};
    FILE *csv = form == EXPORT_CSV ? to : NULL;
    int64_t flat_sum = 0;
    int err = report_graph(r, &g);
    if (err)
        return err;
    if (csv)
        csv_top_row(csv, header, top_fields(header, r, &no_node, "", 0), r, csv_header);
    else
        open_document(&j, r, "top", &g);
    for (size_t i = 0; i < g.graph->n_nodes && !err; i++) {
        add(&flat_sum, node_flat(g.graph->nodes[i]));
        err = top_row(r, g.graph->nodes[i], flat_sum, &j, csv);
    }
    json_close_all(&j);
    graph_free(g.graph);
    return err;
}

/* ---- tree, peek */

/* One call, seen from a node: `other` is who calls it, or whom it calls. */
static struct field *edge_fields(struct field *at, const struct report *r,
                                 const struct graph_edge *e, const struct graph_node *n) {
    *at++ = field_int("weight", export_value(r, e->weight));
    *at++ = field_percent("weight_percent", e->weight, node_cum(n));
    *at++ = field_string("inline", e->inlined ? "all" : "none");
    return at;
}

static int json_edges(struct json *j, const char *list, const struct report *r,
                      const struct graph_node *n, struct graph_edge *const *edges, size_t n_edges,
                      bool in) {
    int err = 0;

    json_open_list(j, list);
    for (size_t i = 0; i < n_edges && !err; i++) {
        const struct graph_node *other = in ? edges[i]->from : edges[i]->to;
        struct field fields[NODE_FIELDS + EDGE_FIELDS];
        char *name = node_name(&other->info);
        if (!name)
            return -ENOMEM;
        struct field *at = export_node_fields(fields, &other->info, name);
        at = edge_fields(at, r, edges[i], n);
        json_object(j, fields, (size_t)(at - fields));
        free(name);
    }
    json_close(j);
    return err;
}

/* Calls in the order of pprof's tree. */
static void sort_calls(const struct graph_node *n) {
    edges_sort(n->in, n->n_in);
    edges_sort(n->out, n->n_out);
}

static int json_node(struct json *j, const struct report *r, const struct graph_node *n,
                     const char *name, int64_t flat_sum) {
    struct field fields[NODE_FIELDS + VALUE_FIELDS];
    struct field *at = value_fields(export_node_fields(fields, &n->info, name), r, n, flat_sum);

    json_open_object(j, NULL);
    json_fields(j, fields, (size_t)(at - fields));
    int err = json_edges(j, "callers", r, n, n->in, n->n_in, true);
    if (!err)
        err = json_edges(j, "callees", r, n, n->out, n->n_out, false);
    json_close(j);
    return err;
}

enum { TREE_FIELDS = 2 + NODE_FIELDS + VALUE_FIELDS + 2 + TYPE_FIELDS };

/* A row of CSV: the node itself (no edge), or one of its calls. */
static size_t tree_fields(struct field *fields, const struct report *r, const struct graph_node *n,
                          const char *name, int64_t flat_sum, const struct graph_edge *e, bool in,
                          const char *other_name) {
    const struct graph_node *shown = !e ? n : in ? e->from : e->to;
    struct field weight[EDGE_FIELDS] = {{.name = "weight"}, {.name = "weight_percent"}};
    struct field *at = fields;

    *at++ = field_string("node", name);
    *at++ = field_string("relation", !e ? "node" : in ? "caller" : "callee");
    at = export_node_fields(at, &shown->info, other_name);
    struct field *values = at;
    at = value_fields(at, r, n, flat_sum);
    if (e) {
        edge_fields(weight, r, e, n);
        for (struct field *f = values; f < at - 1; f++)
            f->type = FIELD_NONE;
        at[-1] = weight[2]; /* inline */
    }
    *at++ = weight[0];
    *at++ = weight[1];
    return (size_t)(export_type_fields(at, r) - fields);
}

static int csv_tree_row(FILE *to, const struct report *r, const struct graph_node *n,
                        const char *name, int64_t flat_sum, const struct graph_edge *e, bool in) {
    struct field fields[TREE_FIELDS];
    char *other = e ? node_name(in ? &e->from->info : &e->to->info) : NULL;
    if (e && !other)
        return -ENOMEM;
    csv_fields(to, fields, tree_fields(fields, r, n, name, flat_sum, e, in, other ? other : name));
    free(other);
    return 0;
}

static int csv_node(FILE *to, const struct report *r, const struct graph_node *n, const char *name,
                    int64_t flat_sum) {
    int err = csv_tree_row(to, r, n, name, flat_sum, NULL, false);

    for (size_t i = 0; i < n->n_in && !err; i++)
        err = csv_tree_row(to, r, n, name, flat_sum, n->in[i], true);
    for (size_t i = 0; i < n->n_out && !err; i++)
        err = csv_tree_row(to, r, n, name, flat_sum, n->out[i], false);
    return err;
}

/* As pprof's tree: with a regular expression (peek), only the nodes whose name matches, and sum% is
 * of those. */
static int tree_nodes(struct report *r, const struct graph *g, struct json *j, FILE *csv,
                      size_t *matched) {
    int64_t flat_sum = 0;
    int err = 0;

    for (size_t i = 0; i < g->n_nodes && !err; i++) {
        const struct graph_node *n = g->nodes[i];
        char *name = node_name(&n->info);
        if (!name)
            return -ENOMEM;
        if (!r->symbol || regexp_matches(r->symbol, name)) {
            add(&flat_sum, node_flat(n));
            sort_calls(n);
            err = csv ? csv_node(csv, r, n, name, flat_sum) : json_node(j, r, n, name, flat_sum);
            ++*matched;
        }
        free(name);
    }
    return err;
}

int export_tree(struct report *r, enum export_form form, FILE *to, char *why, size_t why_bytes) {
    struct field header[TREE_FIELDS];
    struct report_graph g;
    struct json j = {.to = to};
    FILE *csv = form == EXPORT_CSV ? to : NULL;
    size_t matched = 0;
    int err = report_graph(r, &g);
    if (err)
        return err;
    if (csv)
        csv_header(csv, header, tree_fields(header, r, &no_node, "", 0, NULL, false, ""));
    else
        open_document(&j, r, r->symbol ? "peek" : "tree", &g);
    err = tree_nodes(r, g.graph, &j, csv, &matched);
    json_close_all(&j);
    graph_free(g.graph);
    if (!err && r->symbol && matched == 0) {
        snprintf(why, why_bytes, "no matches found for regexp: %s", regexp_text(r->symbol));
        err = -EINVAL;
    }
    return err;
}
