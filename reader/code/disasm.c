/* `disasm`: the machine code of each function that matches, with what each instruction costs.
 *
 * The functions are symbols of the files that have samples; the graph has a node for each address.
 * What pprof says of files that it cannot open goes to stdout, before the report. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "reader/code/code_object.h"
#include "reader/code/disassembler.h"
#include "reader/code/symbol_match.h"
#include "reader/measure.h"
#include "reader/paths.h"
#include "reader/report/report.h"

/* A node, where it is in a file. */
struct placed_node {
    uint64_t address;
    const struct graph_node *node;
};

/* A function that is shown. */
struct routine {
    char **names; /* owned */
    size_t n_names;
    const char *file; /* the profile's */
    uint64_t start, end;
    struct placed_node *nodes; /* owned; by address */
    size_t n_nodes;
    int64_t flat, cum;
};

struct listing {
    struct report *report;
    struct graph *graph;
    struct disassembler disassembler;
    struct routine *routines;
    size_t n_routines;
    size_t n_symbols; /* that match, with and without samples */
    bool elsewhere;   /* than in the files they are sought */
};

/* ---- which functions */

static int by_address(const void *a, const void *b) {
    const struct placed_node *x = a, *y = b;

    return (x->address > y->address) - (x->address < y->address);
}

/* The nodes of a file that was mapped, by address in it. NULL when out of memory. */
static struct placed_node *place_nodes(const struct graph *g, const struct code_object *o,
                                       size_t *n) {
    struct placed_node *nodes = malloc((g->n_nodes + 1) * sizeof(*nodes));

    *n = 0;
    for (size_t i = 0; nodes && i < g->n_nodes; i++)
        if (code_object_address(o, g->nodes[i]->info.address, &nodes[*n].address))
            nodes[(*n)++].node = g->nodes[i];
    if (nodes)
        qsort(nodes, *n, sizeof(*nodes), by_address);
    return nodes;
}

/* The first of the nodes at or behind an address. */
static size_t first_at(const struct placed_node *nodes, size_t n, uint64_t address) {
    size_t low = 0;

    while (low < n) {
        size_t middle = low + (n - low) / 2;

        if (nodes[middle].address < address)
            low = middle + 1;
        else
            n = middle;
    }
    return low;
}

/* Adds a function if it has samples; takes the match's names then. */
static int add_routine(struct listing *l, const char *file, struct symbol_match *m,
                       const struct placed_node *nodes, size_t n_nodes) {
    size_t from = first_at(nodes, n_nodes, m->start), to = first_at(nodes, n_nodes, m->end);
    struct routine r = {.file = file, .start = m->start, .end = m->end, .n_nodes = to - from};

    if (from >= to)
        return 0;
    if (!grow_array(&l->routines, l->n_routines, sizeof(r)))
        return -ENOMEM;
    r.nodes = malloc(r.n_nodes * sizeof(*r.nodes));
    if (!r.nodes)
        return -ENOMEM;
    memcpy(r.nodes, nodes + from, r.n_nodes * sizeof(*r.nodes));
    for (size_t i = 0; i < r.n_nodes; i++) {
        r.flat += r.nodes[i].node->flat;
        r.cum += r.nodes[i].node->cum;
    }
    r.names = m->names;
    r.n_names = m->n_names;
    m->names = NULL;
    m->n_names = 0;
    l->routines[l->n_routines++] = r;
    return 0;
}

static int add_object(struct listing *l, const char *file, struct code_object *o) {
    struct report *r = l->report;
    struct symbol_match *matches;
    struct placed_node *nodes;
    size_t n_matches, n_nodes;
    uint64_t address;
    bool has_address = r->has_address && code_object_address(o, r->address, &address);
    int rc = symbol_matches(o, l->elsewhere, r->symbol, has_address ? &address : NULL, &matches,
                            &n_matches);

    if (rc < 0)
        return rc;
    l->n_symbols += n_matches;
    nodes = place_nodes(l->graph, o, &n_nodes);
    rc = nodes ? 0 : -ENOMEM;
    for (size_t i = 0; rc == 0 && i < n_matches; i++)
        rc = add_routine(l, file, &matches[i], nodes, n_nodes);
    free(nodes);
    symbol_matches_free(matches, n_matches);
    return rc;
}

/* Whether a node of that file has a name that matches. -ENOMEM. */
static int has_matching_node(const struct listing *l, const char *file) {
    for (size_t i = 0; i < l->graph->n_nodes; i++) {
        const struct node_info *info = &l->graph->nodes[i]->info;
        char *name;
        bool matches;

        if (!info->objfile[0] || strcmp(info->objfile, file) != 0)
            continue;
        name = node_name(info);
        if (!name)
            return -ENOMEM;
        matches = regexp_matches(l->report->symbol, name);
        free(name);
        if (matches)
            return 1;
    }
    return 0;
}

/* The report has a stream of its own. */
static void say(const char *what) {
    printf("%s\n", what);
    fflush(stdout);
}

static int add_mapping(struct listing *l, const struct profile_mapping *m) {
    const struct report *r = l->report;
    bool holds_address = r->has_address && m->start <= r->address && r->address <= m->limit;
    struct code_object *o;
    char why[1024];
    int rc = has_matching_node(l, m->file);

    if (rc < 0 || (rc == 0 && !holds_address))
        return rc;
    rc = code_object_open(m, &o, why, sizeof(why));
    if (rc < 0) {
        if (!l->elsewhere)
            say(why);
        return rc == -ENOMEM ? rc : 0;
    }
    rc = add_object(l, m->file, o);
    code_object_close(o);
    return rc;
}

static int by_name_start(const void *a, const void *b) {
    const struct routine *x = a, *y = b;
    int order = strcmp(x->names[0], y->names[0]);

    return order ? order : (x->start > y->start) - (x->start < y->start);
}

static int add_mappings(struct listing *l, bool elsewhere) {
    const struct profile *p = l->report->profile;
    int rc = 0;

    l->elsewhere = elsewhere;
    for (size_t i = 0; rc == 0 && i < p->n_mappings; i++)
        rc = add_mapping(l, p->mappings[i]);
    return rc;
}

/* Where pprof would say that there is no match, files without a symbol table, such as most
 * libraries, are asked for their debug files and for the names that they export. */
static int find_routines(struct listing *l, char *why, size_t why_bytes) {
    const struct report *r = l->report;
    int rc = add_mappings(l, false);

    if (rc == 0 && l->n_routines == 0)
        rc = add_mappings(l, true);
    if (rc < 0)
        return rc;
    if (l->n_routines > 0) {
        qsort(l->routines, l->n_routines, sizeof(*l->routines), by_name_start);
        return 0;
    }
    if (!r->has_address)
        snprintf(why, why_bytes, "no matches found for regexp %s", regexp_text(r->symbol));
    else if (l->n_symbols == 0)
        snprintf(why, why_bytes, "no matches found for address 0x%" PRIx64, r->address);
    else
        snprintf(why, why_bytes,
                 "address 0x%" PRIx64 " found in binary, but the corresponding symbols do not have "
                 "samples in the profile",
                 r->address);
    return -EINVAL;
}

/* ---- a function, line by line */

/* An instruction, with the samples that fell on it, or between it and the next. */
struct costed {
    const struct instruction *instruction;
    const char *function, *file;
    size_t file_bytes;
    int64_t line, flat, flat_div, cum, cum_div;
};

static void add_samples(struct costed *c, const struct graph_node *n) {
    c->flat += n->flat;
    c->flat_div += n->flat_div;
    c->cum += n->cum;
    c->cum_div += n->cum_div;
    if (c->file_bytes == 0 && n->info.file[0])
        c->file = path_base(n->info.file, &c->file_bytes);
    if (c->line == 0)
        c->line = n->info.line;
    if (!c->function[0])
        c->function = n->info.name;
}

static struct costed costed_of(const struct routine *r, size_t *next, const struct instruction *in,
                               uint64_t behind) {
    struct costed c = {.instruction = in, .function = in->function, .line = in->line};

    if (in->file[0])
        c.file = path_base(in->file, &c.file_bytes);
    for (; *next < r->n_nodes && r->nodes[*next].address < behind; (*next)++)
        add_samples(&c, r->nodes[*next].node);
    return c;
}

static const char *value_or_dot(const struct report *r, int64_t value, int64_t divisor,
                                char text[64]) {
    if (divisor != 0)
        value /= divisor;
    return value == 0 ? "." : report_value(r, value, text);
}

static bool same_place(const struct costed *a, const struct costed *b) {
    return strcmp(a->function, b->function) == 0 && a->file_bytes == b->file_bytes &&
           a->line == b->line &&
           (a->file_bytes == 0 || memcmp(a->file, b->file, a->file_bytes) == 0);
}

/* `FUNCTION FILE:LINE`, as much of it as is known. */
static char *place_text(const struct costed *c) {
    char line[32] = "", *text;

    if (c->file_bytes > 0 && c->line != 0)
        snprintf(line, sizeof(line), ":%" PRId64, c->line);
    return asprintf(&text, "%s%s%.*s%s", c->function, c->function[0] ? " " : "", (int)c->file_bytes,
                    c->file_bytes ? c->file : "", line) < 0
               ? NULL
               : text;
}

/* `place` is "" where it is that of the instruction before. */
static void write_instruction(const struct report *r, const struct costed *c, const char *place,
                              FILE *to) {
    const char *text = c->instruction->text;
    char flat[64], cum[64];

    if (place[0] && strlen(text) >= 40)
        fprintf(to, "%74s;%s\n", "", place);
    fprintf(to, "%10s %10s %10" PRIx64 ": ", value_or_dot(r, c->flat, c->flat_div, flat),
            value_or_dot(r, c->cum, c->cum_div, cum), c->instruction->address);
    if (place[0] && strlen(text) < 40)
        fprintf(to, "%-40s;%s\n", text, place);
    else
        fprintf(to, "%s\n", text);
}

static int write_code(const struct report *report, const struct routine *r,
                      const struct disassembly *d, FILE *to) {
    struct costed last = {.function = ""};
    size_t next = 0;

    for (size_t i = 0; i < d->n; i++) {
        uint64_t behind = i + 1 < d->n ? d->instructions[i + 1].address : UINT64_MAX;
        struct costed c = costed_of(r, &next, &d->instructions[i], behind);
        char *place = same_place(&c, &last) ? strdup("") : place_text(&c);

        if (!place)
            return -ENOMEM;
        write_instruction(report, &c, place, to);
        free(place);
        last = c;
    }
    return 0;
}

static int write_routine(const struct listing *l, const struct routine *r, FILE *to, char *why,
                         size_t why_bytes) {
    char flat[64], cum[64], percent[64];
    struct disassembly d;
    int rc = disassemble(&l->disassembler, r->file, r->start, r->end,
                         l->report->options.intel_syntax, &d, why, why_bytes);

    if (rc == 0) {
        fprintf(to, "ROUTINE ======================== %s\n", r->names[0]);
        for (size_t i = 1; i < r->n_names; i++)
            fprintf(to, "    AKA ======================== %s\n", r->names[i]);
        fprintf(to, "%10s %10s (flat, cum) %s of Total\n", report_value(l->report, r->flat, flat),
                report_value(l->report, r->cum, cum),
                measure_percentage(r->cum, l->report->total, percent));
        rc = write_code(l->report, r, &d, to);
    }
    disassembly_release(&d);
    return rc;
}

static int write_listing(struct listing *l, FILE *to, char *why, size_t why_bytes) {
    char total[64];
    int rc = find_routines(l, why, why_bytes);

    if (rc == 0)
        rc = disassembler_init(&l->disassembler, why, why_bytes);
    if (rc < 0)
        return rc;
    fprintf(to, "Total: %s\n", report_value(l->report, l->report->total, total));
    for (size_t i = 0; rc == 0 && i < l->n_routines; i++)
        rc = write_routine(l, &l->routines[i], to, why, why_bytes);
    return rc;
}

int report_disasm(struct report *r, FILE *to, char *why, size_t why_bytes) {
    struct listing l = {.report = r, .graph = report_whole_graph(r)};
    int rc = l.graph ? write_listing(&l, to, why, why_bytes) : -ENOMEM;

    for (size_t i = 0; i < l.n_routines; i++) {
        for (size_t k = 0; k < l.routines[i].n_names; k++)
            free(l.routines[i].names[k]);
        free(l.routines[i].names);
        free(l.routines[i].nodes);
    }
    free(l.routines);
    graph_free(l.graph);
    return rc;
}
