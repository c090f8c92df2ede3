/* Where a server listens: `host:port`, `:port` (localhost), `[ipv6]:port` or `unix:PATH`.
 *
 * Not async-signal-safe. */
#ifndef CPPROF_COLLECTOR_SERVE_LISTEN_H
#define CPPROF_COLLECTOR_SERVE_LISTEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct listen_address {
    bool is_unix;
    bool loopback;  /* of a host: nobody but this machine can reach it; set by listen_open */
    char host[256]; /* as it was given, without brackets; "localhost" where there was none */
    uint16_t port;  /* 0: any; then the one that listen_open got */
    char path[108]; /* of a Unix socket */
    dev_t device;   /* of that, once it is there, and its inode */
    ino_t inode;
};

/* Takes an address apart. False, with one line in *why (static), when it is none. */
bool listen_parse(struct listen_address *a, const char *text, const char **why);

/* Resolves and binds, and sets `loopback` and `port`; does not listen yet. A Unix socket has mode
 * 0600; one that nobody listens at any more is replaced. A descriptor, the caller's; or a negative
 * errno with one line in *why (static): -EADDRINUSE "address in use". */
int listen_bind(struct listen_address *a, const char **why);

/* Begins to listen. 0 or a negative errno, as above. */
int listen_start(int fd, const char **why);

/* Removes a Unix socket that listen_bind made. */
void listen_remove(const struct listen_address *a);

/* How people write it: `http://host:port/`, or `unix:PATH`. */
void listen_url(const struct listen_address *a, bool tls, char *url, size_t room);

/* Whether a name that a client called us by (the Host header: a name or an address, perhaps with a
 * port) is one of this machine's loopback names, or the one that we were told to listen at. A page
 * of another site whose name was made to lead here is told apart by it. */
bool listen_host_is_ours(const struct listen_address *a, const char *host);

#endif
