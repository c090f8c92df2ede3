/* `list`: the source of each function that matches, with what each line costs. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "reader/code/highlight.h"
#include "reader/code/source_text.h"
#include "reader/measure.h"
#include "reader/report/report.h"

enum { MARGIN = 5 }; /* lines shown before the first and after the last that has samples */

struct listing {
    struct report *report;
    FILE *to;
    struct sources *sources;
    bool colour;
};

/* Nodes of one function in one file, by line. */
struct place {
    struct graph_node **nodes;
    size_t n;
};

static int by_function_file_line(const void *a, const void *b) {
    const struct node_info *x = &(*(struct graph_node *const *)a)->info;
    const struct node_info *y = &(*(struct graph_node *const *)b)->info;
    int order = strcmp(x->name, y->name);

    if (order == 0)
        order = strcmp(x->file, y->file);
    return order ? order : (x->line > y->line) - (x->line < y->line);
}

/* The first of `nodes` that is not of the function (and, where asked, of the file) of the first. */
static size_t run_of(struct graph_node **nodes, size_t n, bool same_file) {
    size_t i = 0;

    while (i < n && strcmp(nodes[i]->info.name, nodes[0]->info.name) == 0 &&
           (!same_file || strcmp(nodes[i]->info.file, nodes[0]->info.file) == 0))
        i++;
    return i;
}

static void sum(struct graph_node *const *nodes, size_t n, int64_t *flat, int64_t *cum) {
    *flat = *cum = 0;
    for (size_t i = 0; i < n; i++) {
        *flat += nodes[i]->flat;
        *cum += nodes[i]->cum;
    }
}

static const char *value_or_dot(const struct report *r, int64_t value, char text[64]) {
    return value == 0 ? "." : report_value(r, value, text);
}

/* The lines to show: [*first, *last]. */
static void bounds(const struct place *p, int64_t *first, int64_t *last) {
    *first = INT64_MAX;
    *last = 0;
    for (size_t i = 0; i < p->n; i++) {
        const struct node_info *info = &p->nodes[i]->info;
        int64_t start = info->start_line ? info->start_line : info->line - MARGIN;

        if (start < *first)
            *first = start;
        if (info->line + MARGIN > *last)
            *last = info->line + MARGIN;
    }
    if (*first < 1)
        *first = 1;
}

static void write_line(const struct listing *l, const struct place *p, size_t *next, int64_t number,
                       struct source_line line, struct highlight *state) {
    char flat_text[64], cum_text[64];
    size_t first = *next;
    int64_t flat, cum;

    while (*next < p->n && p->nodes[*next]->info.line == number)
        (*next)++;
    sum(p->nodes + first, *next - first, &flat, &cum);
    fprintf(l->to, "%10s %10s %6lld:", value_or_dot(l->report, flat, flat_text),
            value_or_dot(l->report, cum, cum_text), (long long)number);
    if (l->colour)
        highlight_line(state, line.text, line.n, l->to);
    else
        fwrite(line.text, 1, line.n, l->to);
    putc('\n', l->to);
}

static void write_lines(const struct listing *l, const struct place *p) {
    const char *file = p->nodes[0]->info.file;
    struct highlight state = highlight_of(file);
    struct source_line line;
    int64_t first, last;
    size_t next = 0;

    bounds(p, &first, &last);
    while (next < p->n && p->nodes[next]->info.line < first)
        next++;
    for (int64_t number = first; number <= last; number++) {
        line = sources_line(l->sources, file, number);
        if (!line.text)
            break;
        write_line(l, p, &next, number, line, &state);
    }
}

static void write_place(const struct listing *l, const struct place *p) {
    const struct node_info *info = &p->nodes[0]->info;
    char flat_text[64], cum_text[64], percent[64];
    const char *error;
    int64_t flat, cum;

    sum(p->nodes, p->n, &flat, &cum);
    fprintf(l->to, "ROUTINE ======================== %s in %s\n", info->name, info->file);
    fprintf(l->to, "%10s %10s (flat, cum) %s of Total\n", report_value(l->report, flat, flat_text),
            report_value(l->report, cum, cum_text),
            measure_percentage(cum, l->report->total, percent));
    error = sources_error(l->sources, info->file);
    if (error)
        fprintf(l->to, " Error: %s\n", error);
    else
        write_lines(l, p);
}

/* Nodes without a file come first among those of a function. */
static void write_function(const struct listing *l, struct graph_node **nodes, size_t n) {
    size_t i = nodes[0]->info.file[0] ? 0 : run_of(nodes, n, true);

    if (i == n)
        fprintf(l->to, "No source information for %s\n", nodes[0]->info.name);
    while (i < n) {
        struct place p = {nodes + i, run_of(nodes + i, n - i, true)};

        write_place(l, &p);
        i += p.n;
    }
}

/* The nodes whose names match, sorted; NULL when out of memory. */
static struct graph_node **matching(const struct report *r, const struct graph *g, size_t *n) {
    struct graph_node **found = malloc((g->n_nodes + 1) * sizeof(struct graph_node *));

    *n = 0;
    for (size_t i = 0; found && i < g->n_nodes; i++)
        if (regexp_matches(r->symbol, g->nodes[i]->info.name))
            found[(*n)++] = g->nodes[i];
    if (found)
        qsort(found, *n, sizeof(struct graph_node *), by_function_file_line);
    return found;
}

static int write_listing(const struct listing *l, const struct graph *g, char *why,
                         size_t why_bytes) {
    char total[64];
    size_t n, run;
    struct graph_node **nodes = matching(l->report, g, &n);

    if (!nodes)
        return -ENOMEM;
    if (n == 0) {
        free(nodes);
        snprintf(why, why_bytes, "no matches found for regexp: %s", regexp_text(l->report->symbol));
        return -EINVAL;
    }
    fprintf(l->to, "Total: %s\n", report_value(l->report, l->report->total, total));
    for (size_t i = 0; i < n; i += run) {
        run = run_of(nodes + i, n - i, false);
        write_function(l, nodes + i, run);
    }
    free(nodes);
    return 0;
}

int report_list(struct report *r, FILE *to, char *why, size_t why_bytes) {
    struct graph *g = report_whole_graph(r);
    struct listing l = {r, to, NULL, highlight_wanted(to)};
    int rc = g ? 0 : -ENOMEM;

    if (rc == 0) {
        l.sources = sources_new(r->options.source_path, r->options.trim_path, why, why_bytes);
        rc = l.sources ? write_listing(&l, g, why, why_bytes) : -EINVAL;
    }
    sources_free(l.sources);
    graph_free(g);
    return rc;
}
