/* Paths as text, by the rules of Go's path/filepath: what reports show of file names.
 *
 * Any thread; no state; no file is looked at. */
#ifndef CPPROF_READER_PATHS_H
#define CPPROF_READER_PATHS_H

#include <stdbool.h>
#include <stddef.h>

/* The shortest path that means the same (filepath.Clean), into `out`, which has room for
 * strlen(path) + 2 bytes and may be `path` itself if that has; "." for "". Returns its length. */
size_t path_clean(const char *path, char *out);
/* Whether path_clean would leave it as it is. */
bool path_is_clean(const char *path);

/* The last element of a path (filepath.Base), not NUL-terminated: *n bytes at the result. "." for
 * "", "/" for slashes alone. */
const char *path_base(const char *path, size_t *n);

/* The path without the prefix that -trim_path, or -source_path, says to leave out: a piece of
 * `path` itself. Lists are separated by colons. */
const char *path_trim(const char *path, const char *trim_path, const char *source_path);

#endif
