/* Where the shell's lines come from, and how it talks: a terminal with editing, history and
 * completion where standard input is one, otherwise lines as they come.
 *
 * One at a time; one thread; not async-signal-safe. */
#ifndef CPPROF_READER_SHELL_TERMINAL_H
#define CPPROF_READER_SHELL_TERMINAL_H

#include "proto/profile.h"

struct terminal;

/* `p`, whose functions and sample types complete words, must outlive it. NULL when out of memory.
 */
struct terminal *terminal_new(const struct profile *p);
void terminal_free(struct terminal *t); /* NULL is allowed */

/* Shows the prompt and reads a line, which is valid until the next call and may end in a newline.
 * NULL at the end of input. */
const char *terminal_read(struct terminal *t, const char *prompt);

/* A line that tells, a line that something is wrong (in red on a terminal): on stderr. A newline is
 * added unless the text ends in one. */
void terminal_say(struct terminal *t, const char *text);
void terminal_complain(struct terminal *t, const char *text);

#endif
