/* The command line of pprof: flags as Go's flag package takes them (`-x=v`, `-x v`, `--x`; they end
 * at the first argument that is none), and what they mean together.
 *
 * One thread; not async-signal-safe. */
#ifndef CPPROF_READER_FLAGS_H
#define CPPROF_READER_FLAGS_H

#include <stdbool.h>
#include <stddef.h>

#include "reader/commands.h"
#include "reader/export/export.h"
#include "reader/options.h"
#include "reader/source/source.h"

/* What a command line asks for. Strings are the command line's, or the environment's, but for those
 * of `options`. */
struct flags {
    struct options options;               /* owned */
    struct source_request request;        /* what is not given is NULL, or -1 */
    const char *word;                     /* what is made of them, NULL: the shell */
    const struct report_command *command; /* of that name, NULL: it is one of the exports' own */
    const char *argument;                 /* its regular expression, or NULL */
    struct export_request export;
};

enum flags_result { FLAGS_OK, FLAGS_HELP_SHOWN, FLAGS_UNUSABLE };

/* Reads argv[0..argc). `word`, if not NULL, is a command or export that was given as a word; its
 * regular expression, if it has one, is then the first argument. Says on stderr what is wrong, with
 * pprof's words and usage; FLAGS_HELP_SHOWN: `-help`, on stdout. To be released if FLAGS_OK. */
enum flags_result flags_parse(struct flags *f, const char *word, int argc, char **argv);

/* Whether it is a word that flags_parse takes. */
bool flags_is_word(const char *word);
void flags_release(struct flags *f);

#endif
