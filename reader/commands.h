/* The commands of pprof: one table, for the command line (`-top`), the shell (`top`) and the help.
 */
#ifndef CPPROF_READER_COMMANDS_H
#define CPPROF_READER_COMMANDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "reader/options.h"
#include "reader/report/report.h"

struct report_command {
    const char *name;
    enum report_format format;
    bool has_argument;          /* a regular expression */
    const char *picture;        /* NULL, or what `dot -T` is asked for */
    const char *viewer_suffix;  /* NULL, or the file's: a viewer is started on it */
    const char *const *viewers; /* NULL-terminated */
    const char *help, *usage;   /* pprof's texts */
};
extern const struct report_command report_commands[];
extern const size_t n_report_commands;

const struct report_command *report_command_find(const char *name);

/* Reports on a copy of `p`: to options.output, a viewer, or stdout. 0 or a negative errno with the
 * reason in `why`. */
int report_run(const struct profile *p, const struct report_command *command, const char *argument,
               const struct options *o, char *why, size_t why_bytes);

/* reader/shell/: the (pprof) prompt, until the end. Returns the exit status. */
int shell_run(const struct profile *p, struct options *o);

#endif
