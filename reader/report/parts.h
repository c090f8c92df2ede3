/* What the formats share, beside reader/report/report.h.
 *
 * Private to reader/report/. */
#ifndef CPPROF_READER_REPORT_PARTS_H
#define CPPROF_READER_REPORT_PARTS_H

#include "reader/report/report.h"

/* The lines above a graph's report, with newlines: labels of the profile, filters, how much is
 * shown, what was dropped. `full`: also where compact_labels leaves them out, and where to read
 * more. NULL when out of memory; freed by report_labels_free. */
char **report_graph_labels(struct report *r, const struct report_graph *g, bool full);

/* The sum of what is shown. */
int64_t report_shown(const struct report_graph *g);

/* Writes a profile as a file. */
int report_encode(const struct profile *p, FILE *to, char *why, size_t why_bytes);

/* The result of writing: 0, or the stream's error. */
int report_written(FILE *to, char *why, size_t why_bytes);

#endif
