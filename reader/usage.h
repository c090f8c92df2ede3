/* pprof's help: on its command line, and of its shell.
 *
 * One thread; not async-signal-safe. */
#ifndef CPPROF_READER_USAGE_H
#define CPPROF_READER_USAGE_H

#include <stdio.h>

/* What `-help` prints. */
void usage_print(FILE *to);

/* Commands and options as the shell's `help` lists them. */
void usage_print_shell(FILE *to);

#endif
