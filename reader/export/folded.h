/* Collapsed stacks out: Brendan Gregg's format, for flamegraph.pl and whatever else reads it.
 *
 * Private to reader/export/. */
#ifndef CPPROF_READER_EXPORT_FOLDED_H
#define CPPROF_READER_EXPORT_FOLDED_H

#include "reader/export/stacks.h"

/* One line a stack, root first, `main;parse;read 12`; with -diff_base two values, base and new, as
 * flamegraph.pl takes them. `;` in names becomes `:`, line ends spaces. 0 or -ENOMEM. */
int folded_write(const struct stacks *s, FILE *to);

#endif
