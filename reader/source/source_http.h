/* One request to a server, by libcurl.
 *
 * Private to reader/source/. Any thread, also several at a time. Not async-signal-safe. */
#ifndef CPPROF_READER_SOURCE_SOURCE_HTTP_H
#define CPPROF_READER_SOURCE_SOURCE_HTTP_H

#include <stddef.h>

#include "reader/source/source_url.h"

/* NULL: absent. Paths of PEM files: what a client shows, and whom it trusts. */
struct source_tls {
    const char *cert, *key, *ca;
};

struct http_request {
    const struct source_url
        *url;         /* scheme http, https, or https+insecure: no certificate checked */
    const char *post; /* NULL: a GET; else the body of a POST */
    long timeout_s;   /* for all of it */
    size_t max_bytes; /* of the body; in memory, whatever was compressed on the way */
    const struct source_tls *tls;
};

/* Asks, follows redirections, and gives the body of an answer of status 200: *body is malloc's, the
 * caller's. Otherwise a negative errno, in words of Go's: `server response: 404 Not Found - Unknown
 * profile`, `Get "http://...": dial tcp: ... connection refused`. */
int http_ask(const struct http_request *q, void **body, size_t *body_bytes, char *why,
             size_t why_bytes);

#endif
