/* What `cpprof help` prints. */
#ifndef CPPROF_COLLECTOR_HELP_H
#define CPPROF_COLLECTOR_HELP_H

#include <stddef.h>
#include <stdio.h>

struct command {
    const char *name;
    int (*run)(int argc, char **argv); /* see collector/commands.h */
    const char *synopsis;              /* arguments; "" where there are none */
    const char *about;                 /* one line, no full stop */
    const char *details;               /* options and what they mean, lines; "" for none */
};

/* The table, in collector/commands.c. */
extern const struct command commands[];
extern const size_t n_commands;

/* The command of that name, or NULL. */
const struct command *command_find(const char *name);

void help_overview(FILE *out);
void help_command(FILE *out, const struct command *c);
/* The table of settings. */
void help_env(FILE *out);

#endif
