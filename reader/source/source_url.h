/* URLs of profiles, as Go's net/url takes them apart and pprof's adjustURL puts them together.
 *
 * Private to reader/source/. Any thread, one at a time per URL. Not async-signal-safe: malloc. */
#ifndef CPPROF_READER_SOURCE_SOURCE_URL_H
#define CPPROF_READER_SOURCE_SOURCE_URL_H

#include <stdbool.h>
#include <stddef.h>

/* Never NULL but for `user` and `fragment`, which may be absent; as they are in the text, with
 * their escapes. */
struct source_url {
    char *scheme; /* lower-case; "" when there is none */
    char *opaque; /* of `scheme:opaque` */
    char *user;   /* `name` or `name:password` */
    char *host;   /* with the port; IPv6 in brackets */
    char *path, *query, *fragment;
};

/* 0; -EINVAL for what is no URL, -ENOMEM. Release it in every case. */
int source_url_parse(const char *text, struct source_url *u);
void source_url_release(struct source_url *u); /* a zeroed one is allowed */

/* Puts it together again: malloc'ed, the caller's; NULL when out of memory. `for_people` hides the
 * password. */
char *source_url_text(const struct source_url *u, bool for_people);

/* What is to be fetched for a source of the command line: scheme, path and `seconds` (0 or less:
 * not given) filled in. *wait_s is how long that may take, as `timeout` says if it is more than 0.
 * 0; -ENOENT for what is no URL of a server; -ENOMEM. Release it in every case. */
int source_url_adjust(const char *source, int seconds, int timeout, struct source_url *u,
                      long *wait_s);

/* Where a server that gave a profile at `url` names addresses: malloc'ed, the caller's. NULL when
 * there is no such place, or out of memory. */
char *source_url_of_symbols(const char *url);

/* Whether a name of a file is a URL, with a scheme; `like` is what the scheme has to hold, or "".
 */
bool source_url_is_absolute(const char *name, const char *like);

#endif
