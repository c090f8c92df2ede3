/* Forms in the bodies of requests.
 *
 * Any thread. Not async-signal-safe. */
#ifndef CPPROF_COLLECTOR_SERVE_FORM_H
#define CPPROF_COLLECTOR_SERVE_FORM_H

#include <stdbool.h>
#include <stddef.h>

/* Whether a Content-Type header (NULL: none) is that of a form in the form of a query. */
bool form_is_urlencoded(const char *content_type);

/* The values of a multipart/form-data body of n bytes, but for files, in the form of a query;
 * malloc'ed. NULL for another type, one without boundary, or when out of memory. */
char *form_of_multipart(const char *content_type, const char *body, size_t n);

#endif
