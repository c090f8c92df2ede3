/* A report: a profile that was filtered, what of it is asked for, and in which form.
 *
 * One thread; not async-signal-safe. `int` results are 0, -ENOMEM, an error of the stream, or
 * -EINVAL with pprof's words in `why`. */
#ifndef CPPROF_READER_REPORT_REPORT_H
#define CPPROF_READER_REPORT_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "proto/profile.h"
#include "reader/graph/graph.h"
#include "reader/options.h"
#include "reader/regexp.h"

enum report_format {
    REPORT_CALLGRIND,
    REPORT_COMMENTS,
    REPORT_DISASM,
    REPORT_DOT,
    REPORT_LIST,
    REPORT_PROTO,
    REPORT_RAW,
    REPORT_TAGS,
    REPORT_TEXT,
    REPORT_TOPPROTO,
    REPORT_TRACES,
    REPORT_TREE,
    REPORT_WEBLIST,
};

struct label_units;

struct report {
    struct profile *profile; /* the caller's; filters work in place */
    struct options options;  /* owned; with what the command forces */
    enum report_format format;
    struct regexp *symbol; /* of peek, list, weblist, disasm; owned, or NULL */
    bool has_address;      /* the argument of weblist, disasm was an address */
    uint64_t address;
    size_t value_index;              /* of the sample values */
    bool mean;                       /* values are divided by the sample's first value */
    double ratio;                    /* 1 / divide_by */
    const char *sample_type;         /* with `mean_` where that is so */
    const char *sample_unit;         /* of the profile's values */
    const char *title;               /* base name of the first mapping's file, or "" */
    int64_t total;                   /* what 100 % is; of the profile before filters */
    const char *output_unit;         /* options.unit until a report has chosen one */
    struct label_units *label_units; /* owned */
    char *scratch;                   /* private to reader/report/ */
};

/* Everything that pprof's generateRawReport does: overrides of the command, tag frames, filters (in
 * the order that relative_percentages asks for), the sample type, the total, aggregation. `command`
 * is pprof's word (`top`, `peek`, ...), `argument` its regular expression or NULL. On success *out
 * is the caller's; it changes `p`, which must outlive it. */
int report_new(struct profile *p, const char *command, enum report_format format,
               const char *argument, const struct options *o, struct report **out, char *why,
               size_t why_bytes);
void report_free(struct report *);

/* Writes it in its format. */
int report_write(struct report *r, FILE *to, char *why, size_t why_bytes);

/* ---- for the formats, one file each */

typedef int report_write_fn(struct report *r, FILE *to, char *why, size_t why_bytes);
report_write_fn report_text, report_tree, report_traces, report_raw, report_tags, report_comments,
    report_proto, report_topproto, report_dot, report_callgrind;
/* reader/code/ */
report_write_fn report_list, report_weblist, report_disasm;

/* The graph trimmed as the report's options say; report->output_unit becomes the unit that fits its
 * nodes. `dropped` counts may be NULL. NULL when out of memory. */
struct report_graph {
    struct graph *graph;
    size_t orig_nodes, dropped_nodes, dropped_edges;
};
int report_graph(struct report *r, struct report_graph *out);
/* The graph with every node (newGraph(nil)), as list, weblist, disasm and tags need it. */
struct graph *report_whole_graph(struct report *r);

/* Lines `File: ...`, `Type: ...`, without newline, NULL-terminated; malloc'ed, the caller's, freed
 * by report_labels_free. */
char **report_labels(struct report *r);
void report_labels_free(char **labels);

/* A value in the report's output unit; a percentage of the total. `text` is returned. */
char *report_value(const struct report *r, int64_t value, char text[64]);
char *report_percentage(const struct report *r, int64_t value, char text[64]);
/* The value a sample counts with. *divisor is 0 unless the report is of means. */
int64_t report_sample_value(const struct report *r, const struct profile_sample *s,
                            int64_t *divisor);

#endif
