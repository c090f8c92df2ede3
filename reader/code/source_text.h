/* The lines of source files, each file read once.
 *
 * One thread at a time per set. Not async-signal-safe. */
#ifndef CPPROF_READER_CODE_SOURCE_TEXT_H
#define CPPROF_READER_CODE_SOURCE_TEXT_H

#include <stddef.h>
#include <stdint.h>

struct sources;

struct source_line {
    const char *text; /* without newline; the set's. NULL: there is no such line */
    size_t n;         /* its bytes: there may be a NUL among them */
};

/* A set that finds files as source_open does; "" for `search_path` is the current directory. NULL
 * with a reason in `why`. */
struct sources *sources_new(const char *search_path, const char *trim_path, char *why,
                            size_t why_bytes);
void sources_free(struct sources *); /* NULL is allowed */

/* Line `number`, the first being 1, of the file that a profile calls `path`. */
struct source_line sources_line(struct sources *, const char *path, int64_t number);

/* Why `path` could not be opened, or NULL; once a line of it has been asked for. */
const char *sources_error(struct sources *, const char *path);

#endif
