/* The lines at the head of a report. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "reader/graph/order.h"
#include "reader/measure.h"
#include "reader/paths.h"
#include "reader/report/parts.h"

enum { SHOWN_FILTER_BYTES = 80 };

struct labels {
    char **lines; /* NULL-terminated; NULL: out of memory */
    size_t n;
};

__attribute__((format(printf, 2, 3))) static void add(struct labels *l, const char *format, ...) {
    char **lines = l->lines ? reallocarray(l->lines, l->n + 2, sizeof(*lines)) : NULL, *line = NULL;
    va_list args;

    va_start(args, format);
    if (lines && vasprintf(&line, format, args) < 0)
        line = NULL;
    va_end(args);
    l->lines = lines ? lines : l->lines;
    if (line) {
        lines[l->n++] = line;
        lines[l->n] = NULL;
        return;
    }
    report_labels_free(l->lines);
    l->lines = NULL;
}

void report_labels_free(char **labels) {
    for (size_t i = 0; labels && labels[i]; i++)
        free(labels[i]);
    free(labels);
}

static void add_time(struct labels *l, int64_t nanos) {
    time_t seconds = nanos / 1000000000 - (nanos % 1000000000 < 0);
    struct tm tm;
    char text[64];

    if (localtime_r(&seconds, &tm) && strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S %Z", &tm) > 0)
        add(l, "Time: %s", text);
}

/* How long, and how much of that time the samples account for. */
static void add_duration(struct labels *l, const struct report *r) {
    int64_t duration = r->profile->duration_nanos;
    char duration_text[MEASURE_LABEL_BYTES], total[MEASURE_LABEL_BYTES],
        share[MEASURE_LABEL_BYTES] = "";
    const char *unit;
    double nanos = measure_scale(r->total, r->sample_unit, "nanoseconds", &unit);

    measure_label(duration, "nanoseconds", "auto", duration_text);
    report_value(r, r->total, total);
    if (strcmp(unit, "ns") == 0 && nanos != 0)
        measure_percentage(integer_part(nanos), duration, share);
    add(l, "Duration: %s, Total samples = %s %s%s%s", duration_text, total, *share ? "(" : "",
        share, *share ? ")" : "");
}

static void add_profile(struct labels *l, const struct report *r) {
    const struct profile *p = r->profile;

    if (p->n_mappings > 0 && *p->mappings[0]->file) {
        size_t n;
        const char *base = path_base(p->mappings[0]->file, &n);
        add(l, "File: %.*s", (int)n, base);
    }
    if (p->n_mappings > 0 && *p->mappings[0]->build_id)
        add(l, "Build ID: %s", p->mappings[0]->build_id);
    for (size_t i = 0; i < p->n_comments; i++)
        if (p->comments[i][0] != '#')
            add(l, "%s", p->comments[i]);
    if (*r->sample_type)
        add(l, "Type: %s", r->sample_type);
    if (*p->doc_url)
        add(l, "Doc: %s", p->doc_url);
    if (p->time_nanos != 0)
        add_time(l, p->time_nanos);
    if (p->duration_nanos != 0)
        add_duration(l, r);
}

char **report_labels(struct report *r) {
    struct labels l = {.lines = calloc(1, sizeof(char *))};

    add_profile(&l, r);
    return l.lines;
}

static void add_filters(struct labels *l, const struct options *o) {
    const struct {
        const char *name, *value;
    } filters[] = {
        {"focus", o->focus},         {"ignore", o->ignore},       {"hide", o->hide},
        {"show", o->show},           {"show_from", o->show_from}, {"tagfocus", o->tagfocus},
        {"tagignore", o->tagignore}, {"tagshow", o->tagshow},     {"taghide", o->taghide},
    };
    bool any = false;

    for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
        size_t name = strlen(filters[i].name) + 1, n = strlen(filters[i].value);
        bool cut = name + n > SHOWN_FILTER_BYTES;
        if (n == 0)
            continue;
        if (!any)
            add(l, "Active filters:");
        any = true;
        add(l, "   %s=%.*s%s", filters[i].name, cut ? (int)(SHOWN_FILTER_BYTES - name) : (int)n,
            filters[i].value, cut ? "\u2026" : "");
    }
}

/* What was left out, and below which value. */
static void add_dropped(struct labels *l, const struct report *r, size_t n, const char *what,
                        const char *measure, double fraction) {
    char text[MEASURE_LABEL_BYTES];

    if (n > 0)
        add(l, "Dropped %zu %s%s (%s <= %s)", n, what, n > 1 ? "s" : "", measure,
            report_value(r, magnitude(integer_part((double)r->total * fraction)), text));
}

int64_t report_shown(const struct report_graph *g) {
    int64_t sum = 0;

    for (size_t i = 0; i < g->graph->n_nodes; i++)
        sum += node_flat(g->graph->nodes[i]);
    return sum;
}

char **report_graph_labels(struct report *r, const struct report_graph *g, bool full) {
    struct labels l = {.lines = calloc(1, sizeof(char *))};
    char shown[MEASURE_LABEL_BYTES], share[MEASURE_LABEL_BYTES], total[MEASURE_LABEL_BYTES];
    size_t n = g->graph->n_nodes;

    if (full || !r->options.compact_labels)
        add_profile(&l, r);
    add_filters(&l, &r->options);
    report_percentage(r, report_shown(g), share);
    add(&l, "Showing nodes accounting for %s, %s of %s total",
        report_value(r, report_shown(g), shown), share + strspn(share, " "),
        report_value(r, r->total, total));
    if (r->total != 0) {
        add_dropped(&l, r, g->dropped_nodes, "node", "cum", r->options.nodefraction);
        if (full)
            add_dropped(&l, r, g->dropped_edges, "edge", "freq", r->options.edgefraction);
        if (n > 0 && n < g->orig_nodes)
            add(&l, "Showing top %zu nodes out of %zu", n, g->orig_nodes);
    }
    if (full)
        add(&l, "\nSee https://git.io/JfYMW for how to read the graph");
    return l.lines;
}
