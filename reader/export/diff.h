/* Two profiles beside each other, function by function.
 *
 * Private to reader/export/. One thread; not async-signal-safe. */
#ifndef CPPROF_READER_EXPORT_DIFF_H
#define CPPROF_READER_EXPORT_DIFF_H

#include "reader/export/export.h"
#include "reader/report/report.h"

struct diff_pair {
    int64_t base, new;
};

struct diff_row {
    const struct node_info *info; /* of either graph */
    struct diff_pair flat, cum;
};

struct diff {
    struct report *base, *new; /* owned */
    struct graph *base_graph, *new_graph;
    double new_scale;       /* what values of new were multiplied with */
    struct diff_pair total; /* of the samples that the filters leave */
    struct diff_row *rows;  /* owned; the greatest change first */
    size_t n_rows;          /* to be shown */
    size_t all_rows;        /* before nodefraction and nodecount */
    const char *over;       /* NULL, or which limit is passed */
};

/* Forms of a diff that has been made. 0 or -ENOMEM. */
int diff_text(struct diff *d, FILE *to);
int diff_json(struct diff *d, FILE *to);
int diff_csv(struct diff *d, FILE *to);

/* The one of both that counts for the order: cum with -cum, else flat. */
const struct diff_pair *diff_sort_pair(const struct diff *d, const struct diff_row *row);

/* The difference; a value that int64_t cannot hold stays at its end. */
int64_t diff_delta(const struct diff_pair *p);

#endif
