/* pprof's help: on its command line, and of its shell.
 *
 * One thread; not async-signal-safe. */
#ifndef CPPROF_READER_USAGE_H
#define CPPROF_READER_USAGE_H

#include <stdbool.h>
#include <stdio.h>

/* What `-help` prints. */
void usage_print(FILE *to);

/* Commands and options as the shell's `help` lists them. */
void usage_print_shell(FILE *to);

/* One line for each word of the reader, as `cpprof help` lists subcommands. */
void usage_print_words(FILE *to);

/* What `cpprof help WORD` prints; false, and nothing, if it is none of the reader's. */
bool usage_print_word(FILE *to, const char *word);

#endif
