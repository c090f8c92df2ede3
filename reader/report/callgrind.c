/* `callgrind`: costs by address and calls, for KCachegrind. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "proto/hash.h"
#include "reader/graph/order.h"
#include "reader/measure.h"
#include "reader/report/parts.h"

/* ---- names that were written once are numbers from then on */

struct numbers {
    const char **slots; /* open addressing by address; of the profile's strings */
    uint32_t *values;   /* by slot */
    size_t n, n_slots;
};

static int numbers_init(struct numbers *t, size_t room) {
    for (t->n_slots = 16; t->n_slots / 2 < room;)
        t->n_slots *= 2;
    t->slots = calloc(t->n_slots, sizeof(*t->slots));
    t->values = calloc(t->n_slots, sizeof(*t->values));
    return t->slots && t->values ? 0 : -ENOMEM;
}

static void numbers_release(struct numbers *t) {
    free(t->slots);
    free(t->values);
}

/* `PREFIX(1) name`, `PREFIX(1)` from the second time, `PREFIX` for "". */
static void write_name(struct numbers *t, const char *prefix, const char *name, FILE *to) {
    size_t i = hash_number((uintptr_t)name, 0) & (t->n_slots - 1);

    fputs(prefix, to);
    for (; *name && t->slots[i] && t->slots[i] != name;)
        i = (i + 1) & (t->n_slots - 1);
    if (*name && !t->slots[i]) {
        t->slots[i] = name;
        t->values[i] = (uint32_t)++t->n;
        fprintf(to, "(%" PRIu32 ") %s", t->values[i], name);
    } else if (*name) {
        fprintf(to, "(%" PRIu32 ")", t->values[i]);
    }
    putc('\n', to);
}

/* ---- names that tell functions of one name and file apart, by the graph's order */

struct named {
    const struct graph_node *node;
    size_t first; /* the first node of the same function */
};

static int by_name(const struct graph_node *a, const struct graph_node *b) {
    int order = ascending((uintptr_t)a->info.file, (uintptr_t)b->info.file);

    return order ? order : ascending((uintptr_t)a->info.name, (uintptr_t)b->info.name);
}

static int by_function(const void *x, const void *y) {
    const struct named *a = x, *b = y;
    int order = by_name(a->node, b->node);

    order = order ? order : ascending((uintptr_t)a->node->function, (uintptr_t)b->node->function);
    return order ? order : ascending(a->node->index, b->node->index);
}

static int by_first(const void *x, const void *y) {
    const struct named *a = x, *b = y;
    int order = by_name(a->node, b->node);

    return order ? order : ascending(a->first, b->first);
}

/* Names one group of nodes with the same name, `n` from the first function's to the last's. */
static int name_group(struct profile *p, const struct named *group, size_t n, const char **names) {
    size_t functions = 1, number = 0;

    for (size_t i = 1; i < n; i++)
        functions += group[i].first != group[i - 1].first;
    for (size_t i = 0; i < n; i++) {
        const char *name = group[i].node->info.name;
        char *full = NULL;
        number += i == 0 || group[i].first != group[i - 1].first;
        if (functions > 1 && asprintf(&full, "%s [%zu/%zu]", name, number, functions) < 0)
            return -ENOMEM;
        names[group[i].node->index] = profile_string(p, full ? full : name);
        free(full);
        if (!names[group[i].node->index])
            return -ENOMEM;
    }
    return 0;
}

/* The names of all nodes, by index. */
static int name_nodes(struct profile *p, const struct graph *g, const char **names) {
    struct named *all = calloc(g->n_nodes + 1, sizeof(*all));
    int err = all ? 0 : -ENOMEM;

    if (err == 0) {
        for (size_t i = 0; i < g->n_nodes; i++)
            all[i].node = g->nodes[i];
        qsort(all, g->n_nodes, sizeof(*all), by_function);
        for (size_t i = 0; i < g->n_nodes; i++) {
            bool same = i > 0 && all[i].node->function == all[i - 1].node->function;
            all[i].first = same ? all[i - 1].first : all[i].node->index;
        }
        qsort(all, g->n_nodes, sizeof(*all), by_first);
    }
    for (size_t first = 0, end; err == 0 && first < g->n_nodes; first = end) {
        for (end = first + 1; end < g->n_nodes && by_name(all[first].node, all[end].node) == 0;)
            end++;
        err = name_group(p, all + first, end - first, names);
    }
    free(all);
    return err;
}

/* ---- the file */

struct callgrind {
    const struct report *report;
    FILE *to;
    const char **names; /* by node index */
    struct numbers objects, files, functions;
    const struct graph_node *last;
};

/* An address, relative to the last one where that is shorter. */
static void write_address(const struct callgrind *c, uint64_t address) {
    char absolute[24], relative[24];
    int n = snprintf(absolute, sizeof(absolute), "0x%" PRIx64, address);

    if (!c->last) {
        fputs(absolute, c->to);
    } else if (c->last->info.address == address) {
        putc('*', c->to);
    } else {
        int shorter = snprintf(relative, sizeof(relative), "%+" PRId64,
                               (int64_t)(address - c->last->info.address));
        fputs(shorter < n ? relative : absolute, c->to);
    }
}

static int64_t cost(const struct callgrind *c, int64_t value) {
    const struct report *r = c->report;
    const char *unit;

    return integer_part(measure_scale(value, r->sample_unit, r->output_unit, &unit));
}

static void write_call(struct callgrind *c, const struct graph_edge *e) {
    const struct node_info *to = &e->to->info;

    write_name(&c->files, "cfl=", to->file, c->to);
    write_name(&c->functions, "cfn=", e->to->index == SIZE_MAX ? "" : c->names[e->to->index],
               c->to);
    fputs("calls=0 ", c->to);
    write_address(c, to->address);
    fprintf(c->to, " %" PRId64 "\n* * %" PRId64 "\n", to->line, cost(c, e->weight));
}

static void write_node(struct callgrind *c, const struct graph_node *n) {
    const struct node_info *info = &n->info, *last = c->last ? &c->last->info : NULL;

    if (!last || strcmp(info->objfile, last->objfile) != 0 || strcmp(info->file, last->file) != 0 ||
        strcmp(info->name, last->name) != 0) {
        putc('\n', c->to);
        write_name(&c->objects, "ob=", info->objfile, c->to);
        write_name(&c->files, "fl=", info->file, c->to);
        write_name(&c->functions, "fn=", info->name, c->to);
    }
    write_address(c, info->address);
    fprintf(c->to, " %" PRId64 " %" PRId64 "\n", info->line, cost(c, node_flat(n)));
    edges_sort(n->out, n->n_out);
    for (size_t i = 0; i < n->n_out; i++)
        write_call(c, n->out[i]);
    c->last = n;
}

static int write_graph(struct callgrind *c, const struct graph *g) {
    const struct report *r = c->report;
    int err = c->names ? name_nodes(r->profile, g, c->names) : -ENOMEM;
    size_t edges = 0;

    for (size_t i = 0; i < g->n_nodes; i++)
        edges += g->nodes[i]->n_out;
    err = err ? err : numbers_init(&c->objects, g->n_nodes);
    err = err ? err : numbers_init(&c->files, g->n_nodes + edges);
    err = err ? err : numbers_init(&c->functions, 2 * g->n_nodes + edges);
    if (err < 0)
        return err;
    fprintf(c->to, "positions: instr line\nevents: %s(%s)\n", r->sample_type, r->output_unit);
    for (size_t i = 0; i < g->n_nodes; i++)
        write_node(c, g->nodes[i]);
    return 0;
}

int report_callgrind(struct report *r, FILE *to, char *why, size_t why_bytes) {
    struct callgrind c = {.report = r, .to = to};
    struct report_graph g;
    int err;

    r->options.nodefraction = r->options.edgefraction = 0;
    r->options.nodecount = 0;
    err = report_graph(r, &g);
    if (err < 0)
        return err;
    c.names = calloc(g.graph->n_nodes + 1, sizeof(*c.names));
    err = write_graph(&c, g.graph);
    free(c.names);
    numbers_release(&c.objects);
    numbers_release(&c.files);
    numbers_release(&c.functions);
    graph_free(g.graph);
    return err;
}
