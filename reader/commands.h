/* The commands of pprof: one table, for the command line (`-top`), the shell (`top`) and the help.
 *
 * One thread; not async-signal-safe. */
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
    const char *suffix;         /* NULL, or that of the file which is made rather than writing to a
                                 * terminal, or on which the viewer is started */
    const char *const *viewers; /* NULL, or command lines, the first that starts; NULL-terminated */
    const char *help, *usage;   /* pprof's texts; usage is lines, or "" */
};
extern const struct report_command report_commands[]; /* sorted by name */
extern const size_t n_report_commands;

const struct report_command *report_command_find(const char *name);

/* Reports to options.output, a viewer, or stdout. 0 or a negative errno with the reason in `why`.
 * It changes `p`. A viewer is waited for. */
int report_once(struct profile *p, const struct report_command *command, const char *argument,
                const struct options *o, char *why, size_t why_bytes);

/* The same from the shell: `p` stays as it is, viewers go on, and SIGINT ends the report only. */
int report_run(const struct profile *p, const struct report_command *command, const char *argument,
               const struct options *o, char *why, size_t why_bytes);

/* reader/shell/: the (pprof) prompt, until the end. Returns the exit status. */
int shell_run(const struct profile *p, struct options *o);

#endif
