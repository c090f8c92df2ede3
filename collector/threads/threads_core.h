/* The threads of a core file.
 *
 * Not async-signal-safe. */
#ifndef CPPROF_COLLECTOR_THREADS_CORE_H
#define CPPROF_COLLECTOR_THREADS_CORE_H

#include "collector/threads/threads_report.h"

/* Fills a report of the core file at `path`, the threads in its order: first the one that the
 * process died of. `exe`: where its executable is now; NULL: where it was. Release the report in
 * every case. 0, or a negative errno after a message: -ENODATA where a file that the stacks lead
 * through is missing or is another one now; the report then has what can be told without. */
int threads_core_read(struct threads_report *r, const char *path, const char *exe);

#endif
