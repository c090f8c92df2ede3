/* Text as Go's fmt lays it out: widths count characters, not bytes.
 *
 * Private to reader/report/ and whoever prints like it. One thread at a time per stream; an error
 * stays in the stream. */
#ifndef CPPROF_READER_REPORT_OUT_H
#define CPPROF_READER_REPORT_OUT_H

#include <stddef.h>
#include <stdio.h>

/* How many characters UTF-8 text has; a byte that belongs to none counts as one. */
size_t out_width(const char *text);

/* Writes text behind so many spaces that both are `width` characters wide. */
void out_right(FILE *to, const char *text, size_t width);
/* Spaces. */
void out_spaces(FILE *to, size_t n);

#endif
