/* A command line of the shell: `cmd [n] [focus]* [-ignore]* [-cum] [>file]`.
 *
 * One thread; not async-signal-safe. */
#ifndef CPPROF_READER_SHELL_REQUEST_H
#define CPPROF_READER_SHELL_REQUEST_H

#include <stddef.h>

#include "reader/commands.h"
#include "reader/options.h"

struct shell_request {
    const struct report_command *command;
    const char *argument;   /* one of the words, or NULL */
    char *digits;           /* owned, or NULL: the number that the first word ended in */
    struct options options; /* owned: those of the shell, with what the line says */
};

/* Reads the `n` > 0 words of a line; it may shorten the first, and the words must outlive *q. 0,
 * -ENOMEM, or -EINVAL with pprof's words in `why`; to be released if 0. */
int shell_request_parse(struct shell_request *q, char **words, size_t n,
                        const struct options *current, char *why, size_t why_bytes);
void shell_request_release(struct shell_request *q);

#endif
