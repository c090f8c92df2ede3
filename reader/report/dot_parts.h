/* The parts of the dot format.
 *
 * Private to reader/report/. One thread; not async-signal-safe. `int` results are 0 or -ENOMEM. */
#ifndef CPPROF_READER_REPORT_DOT_PARTS_H
#define CPPROF_READER_REPORT_DOT_PARTS_H

#include "reader/report/report.h"

/* Writes text as it stands between a dot file's quotes. */
void dot_escape(const char *text, FILE *to);

/* `#rrggbb` for a share of the total, -1 green to 1 red; light as a background. text is returned.
 */
char *dot_color(double share, bool background, char text[8]);

/* Writes the boxes that hang on node number `id` for its tags; whether there are any goes to
 * *any. */
int dot_nodelets(const struct report *r, const struct graph_node *n, size_t id, FILE *to,
                 bool *any);

#endif
