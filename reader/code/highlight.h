/* Source code in colour, for terminals.
 *
 * Any thread; the caller keeps the state. Not async-signal-safe. */
#ifndef CPPROF_READER_CODE_HIGHLIGHT_H
#define CPPROF_READER_CODE_HIGHLIGHT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Of a listing: what its file is written in, and what the last line left open. */
struct highlight {
    const struct highlight_language *language; /* NULL: not known, no colours */
    bool in_comment, in_raw_string;
};

/* Whether `to` is a terminal that shows colours, and the user wants them (NO_COLOR, TERM=dumb). */
bool highlight_wanted(FILE *to);

/* For the lines of a file, by its name. */
struct highlight highlight_of(const char *file);

/* Writes the n bytes of a line, without newline. Its text is unchanged, but for the colours. */
void highlight_line(struct highlight *h, const char *text, size_t n, FILE *to);

#endif
