/* Regular expressions in RE2's syntax, as Go has them: unanchored, leftmost-first, UTF-8.
 *
 * One thread at a time per expression; not async-signal-safe. */
#ifndef CPPROF_READER_REGEXP_H
#define CPPROF_READER_REGEXP_H

#include <stdbool.h>
#include <stddef.h>

struct regexp;

/* Compiles; NULL with a reason in `why`, in the words of Go's regexp/syntax (`error parsing regexp:
 * missing closing ): ...`) where they can be had. */
struct regexp *regexp_new(const char *pattern, char *why, size_t why_bytes);
void regexp_free(struct regexp *); /* NULL is allowed */

/* Whether it matches anywhere in `s`. */
bool regexp_matches(struct regexp *, const char *s);
/* Where it first matches; false if nowhere. Offsets in bytes. */
bool regexp_find(struct regexp *, const char *s, size_t *start, size_t *end);
/* The text it was made of; lives as long as it. */
const char *regexp_text(const struct regexp *);

#endif
