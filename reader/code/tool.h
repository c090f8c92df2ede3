/* Programs of others that do a part of the work: found on PATH, run, and read to their end.
 *
 * Not async-signal-safe. One thread at a time. The process must not ignore SIGCHLD. */
#ifndef CPPROF_READER_CODE_TOOL_H
#define CPPROF_READER_CODE_TOOL_H

#include <stdbool.h>
#include <stddef.h>

/* Whether there is an executable file at `path`. */
bool tool_is_program(const char *path);

/* Finds an executable file on PATH, as a shell would. False when there is none. */
bool tool_find(const char *name, char *path, size_t path_bytes);

/* Runs `argv` (NULL-terminated; argv[0] is a path) with no input, and its stderr discarded. Its
 * output goes to *out, NUL-terminated, the caller's to free. 0, or a negative errno with a reason
 * in `why`: it could not be started, did not end with status 0 (-EIO), or wrote without end
 * (-E2BIG). */
int tool_output(const char *const *argv, char **out, size_t *out_bytes, char *why,
                size_t why_bytes);

#endif
