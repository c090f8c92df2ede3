/* What Tab completes in the shell: commands, options and their values, sample types, functions.
 *
 * Any thread; no state. Not async-signal-safe. */
#ifndef CPPROF_READER_SHELL_COMPLETE_H
#define CPPROF_READER_SHELL_COMPLETE_H

#include <stdbool.h>
#include <stddef.h>

#include "proto/profile.h"

struct completion {
    size_t start; /* where in the line the word begins that can be completed */
    char **words; /* what it can become, sorted */
    size_t n;
    char *common;  /* what it becomes without a choice: at least itself; NULL if n is 0 */
    bool is_whole; /* a space may follow */
};

/* For a line up to the cursor. Functions become expressions that match them: what is special in a
 * regular expression is escaped, a space is `.`. 0 or -ENOMEM; to be released in any case. */
int complete_line(const struct profile *p, const char *line, struct completion *out);
void completion_release(struct completion *c);

#endif
