/* The HTTP side of a server, by libmicrohttpd: a thread for each connection.
 *
 * Started and stopped by one thread; not async-signal-safe. */
#ifndef CPPROF_COLLECTOR_SERVE_HTTP_SERVER_H
#define CPPROF_COLLECTOR_SERVE_HTTP_SERVER_H

#include "collector/serve/server.h"

struct http_server;

struct http_tls {
    const char *certificate, *key; /* PEM; NULL: no TLS. Borrowed until the server has stopped */
};

/* Serves at a bound, listening socket, which it takes on success. NULL when that cannot be, which
 * is a matter of memory, or of TLS files that are none. Signals that its threads are not to take
 * are to be blocked before. */
struct http_server *http_server_start(struct server *s, int fd, const struct http_tls *tls);

/* Cuts off clients that are too slow, and gives back what is not used; to be called once a second.
 */
void http_server_check(struct http_server *h);

/* Stops accepting, ends windows, waits at most `ms` for what is being answered, and cuts off the
 * rest. */
void http_server_stop(struct http_server *h, int ms);

#endif
