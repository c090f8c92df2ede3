/* Strings of others in HTML, JSON and URLs. They may hold anything.
 *
 * Any thread. Not async-signal-safe. */
#ifndef CPPROF_COLLECTOR_SERVE_ESCAPE_H
#define CPPROF_COLLECTOR_SERVE_ESCAPE_H

#include <stdio.h>

/* Text, also in an attribute between quotes of either kind; control characters, and what is not
 * UTF-8, become `?`. */
void html_escape(const char *s, FILE *out);

/* A string with its quotes; what is not UTF-8 becomes `?`. */
void json_string(const char *s, FILE *out);

/* With %XX for what may not stand in a URL as it is: a path, decoded; a query that is escaped
 * already, or should be. */
void url_escape_path(const char *path, FILE *out);
void url_escape_query(const char *raw, FILE *out);

#endif
