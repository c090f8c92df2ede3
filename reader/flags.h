/* The command line of pprof: flags as Go's flag package takes them (`-x=v`, `-x v`, `--x`; they end
 * at the first argument that is none), and what they mean together.
 *
 * One thread; not async-signal-safe. */
#ifndef CPPROF_READER_FLAGS_H
#define CPPROF_READER_FLAGS_H

#include <stddef.h>

#include "reader/commands.h"
#include "reader/options.h"
#include "reader/source/source.h"

/* What a command line asks for. Strings are the command line's, or the environment's, but for those
 * of `options`. */
struct flags {
    struct options options;               /* owned */
    struct source_request request;        /* what is not given is NULL, or -1 */
    const struct report_command *command; /* NULL: the shell */
    const char *argument;                 /* its regular expression, or NULL */
};

enum flags_result { FLAGS_OK, FLAGS_HELP_SHOWN, FLAGS_UNUSABLE };

/* Reads argv[0..argc). `word`, if not NULL, is a command that was given as a word; its regular
 * expression is then the first argument. Says on stderr what is wrong, with pprof's words and usage;
 * FLAGS_HELP_SHOWN: `-help`, on stdout. The result is to be released unless it is other than
 * FLAGS_OK. */
enum flags_result flags_parse(struct flags *f, const struct report_command *word, int argc,
                              char **argv);
void flags_release(struct flags *f);

#endif
