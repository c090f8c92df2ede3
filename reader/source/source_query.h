/* The path and the query of a URL, which have escapes of their own.
 *
 * Private to reader/source/. Results are malloc'ed, the caller's; NULL when out of memory. No
 * state. Not async-signal-safe. */
#ifndef CPPROF_READER_SOURCE_SOURCE_QUERY_H
#define CPPROF_READER_SOURCE_SOURCE_QUERY_H

/* A path in which what may not stand in one is escaped. */
char *query_escape_path(const char *path);
/* path.Clean: without `.`, `..`, and empty parts. */
char *query_clean_path(const char *path);

/* A query, its parameters sorted by name, as Go encodes them. `seconds` > 0 sets that parameter;
 * otherwise *duration becomes the one that is there, if it is a number. */
char *query_with_seconds(const char *query, int seconds, long *duration);

#endif
