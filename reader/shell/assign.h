/* The shell's options: `name=value`, and the listing of them.
 *
 * One thread; not async-signal-safe. */
#ifndef CPPROF_READER_SHELL_ASSIGN_H
#define CPPROF_READER_SHELL_ASSIGN_H

#include <stdbool.h>
#include <stddef.h>

#include "proto/profile.h"
#include "reader/options.h"

/* If the line sets an option, or names one, does so: true. *why is then pprof's complaint, or "".
 */
bool shell_assign(const struct profile *p, struct options *o, const char *line, char *why,
                  size_t why_bytes);

/* What `o` prints; malloc'ed, the caller's; NULL when out of memory. */
char *shell_options_text(const struct profile *p, const struct options *o);

/* A line that stands for others, of sample types: those others, at most SHELL_EXPANSIONS, into
 * `lines`, which are malloc'ed, the caller's. Their number: 0 if it stands for itself. */
enum { SHELL_EXPANSIONS = 5 };
size_t shell_expand(const struct profile *p, const char *line, char *lines[SHELL_EXPANSIONS]);

#endif
