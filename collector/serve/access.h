/* Who may ask: a bearer token from a file.
 *
 * Any thread, once loaded. Not async-signal-safe. */
#ifndef CPPROF_COLLECTOR_SERVE_ACCESS_H
#define CPPROF_COLLECTOR_SERVE_ACCESS_H

#include <stdbool.h>
#include <stddef.h>

/* Reads a token: the file's content without white space at its end, 16 to 1024 printable characters
 * without spaces. The file is refused when anybody but its owner can read it, or that is neither us
 * nor root. The token, malloc'ed; NULL with one line in *why (static). */
char *access_token_read(const char *path, const char **why);

/* A whole file, such as a certificate, of at most 1 MiB, with a NUL behind; with `secret` refused
 * as above. Malloc'ed; NULL with one line in *why (static). */
char *access_file_read(const char *path, bool secret, const char **why);

/* Whether an Authorization header (NULL: none) has the token: `Bearer TOKEN`, or `Basic` with it as
 * the password, which is what pprof and browsers can send. How long that takes does not depend on
 * where they differ. */
bool access_allows(const char *token, const char *authorization);

#endif
