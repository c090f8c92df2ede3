/* The answer to a request: status, headers and body, errors in the form of net/http/pprof.
 *
 * One thread at a time per reply. Not async-signal-safe. */
#ifndef CPPROF_COLLECTOR_SERVE_REPLY_H
#define CPPROF_COLLECTOR_SERVE_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define REPLY_TEXT "text/plain; charset=utf-8"
#define REPLY_HTML "text/html; charset=utf-8"
#define REPLY_JSON "application/json"
#define REPLY_DATA "application/octet-stream"

struct reply {
    unsigned status;
    const char *type; /* Content-Type; static */
    char *body;       /* malloc'ed, the reply's */
    size_t bytes;
    char disposition[64]; /* Content-Disposition; "" for none */
    char *location;       /* malloc'ed, the reply's; NULL for none */
    const char *policy;   /* Content-Security-Policy; static; NULL for none */
    bool pprof_error;     /* X-Go-Pprof: 1, by which pprof knows that the body is for its user */
    bool ask_token;       /* WWW-Authenticate */
    bool hung_up;         /* there is nobody to answer any more */
};

/* Forgets what is in a reply. A zeroed one is empty. */
void reply_release(struct reply *r);

/* A text of ours, or of a message that begins like net/http/pprof's, with a newline; replaces what
 * was there. `format` as for printf. */
void reply_error(struct reply *r, unsigned status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* net/http's own answer for a path that nobody serves. */
void reply_not_found(struct reply *r);

/* A redirect for good; `path` and `query` ("" for none) are escaped as needed. */
void reply_redirect(struct reply *r, const char *path, const char *query);

/* Takes a body, malloc'ed, as the answer. */
void reply_take(struct reply *r, const char *type, char *body, size_t bytes);

/* A stream that writes the body: reply_open, write, reply_close, which closes it in every case and
 * makes a reply of `type`, or an error when out of memory. reply_open returns NULL after that. */
FILE *reply_open(struct reply *r);
void reply_close(struct reply *r, FILE *out, const char *type);

#endif
