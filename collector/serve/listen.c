/* Addresses and sockets. */
#include "collector/serve/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 128 };

/* ---- parsing */

static bool parse_port(const char *s, uint16_t *port) {
    unsigned long n = strtoul(s, NULL, 10);
    if (!*s || s[strspn(s, "0123456789")] || strlen(s) > 5 || n > 65535)
        return false;
    *port = (uint16_t)n;
    return true;
}

/* Splits `host:port` or `[host]:port`; *host is n bytes. False when there is no port. */
static bool split(const char *text, const char **host, size_t *n, const char **port) {
    const char *colon = strrchr(text, ':');
    if (*text == '[') {
        const char *end = strchr(text, ']');
        if (!end || end[1] != ':')
            return false;
        *host = text + 1;
        *n = (size_t)(end - text - 1);
        *port = end + 2;
        return true;
    }
    if (!colon || strchr(text, ':') != colon)
        return false;
    *host = text;
    *n = (size_t)(colon - text);
    *port = colon + 1;
    return true;
}

static bool parse_unix(struct listen_address *a, const char *path, const char **why) {
    a->is_unix = true;
    *why = "a Unix socket needs a path";
    if (!*path)
        return false;
    *why = "the path of a Unix socket may have 107 bytes";
    return (size_t)snprintf(a->path, sizeof a->path, "%s", path) < sizeof a->path;
}

bool listen_parse(struct listen_address *a, const char *text, const char **why) {
    const char *host, *port;
    size_t n;
    *a = (struct listen_address){0};
    if (strncmp(text, "unix:", 5) == 0)
        return parse_unix(a, text + 5, why);
    *why = "it is not host:port, :port, [address]:port or unix:PATH";
    if (!split(text, &host, &n, &port) || n >= sizeof a->host || memchr(host, '/', n))
        return false;
    *why = "the port is not a number from 0 to 65535";
    if (!parse_port(port, &a->port))
        return false;
    snprintf(a->host, sizeof a->host, "%.*s", n ? (int)n : 9, n ? host : "localhost");
    return true;
}

void listen_url(const struct listen_address *a, bool tls, char *url, size_t room) {
    bool v6 = strchr(a->host, ':') != NULL;
    if (a->is_unix)
        snprintf(url, room, "unix:%s", a->path);
    else
        snprintf(url, room, "%s://%s%s%s:%u/", tls ? "https" : "http", v6 ? "[" : "", a->host,
                 v6 ? "]" : "", a->port);
}

/* ---- names that lead here */

static bool is_loopback_address(const struct sockaddr *address) {
    if (address->sa_family == AF_INET)
        return ntohl(((const struct sockaddr_in *)address)->sin_addr.s_addr) >> 24 == 127;
    if (address->sa_family != AF_INET6)
        return false;
    const struct in6_addr *v6 = &((const struct sockaddr_in6 *)address)->sin6_addr;
    return IN6_IS_ADDR_LOOPBACK(v6) || (IN6_IS_ADDR_V4MAPPED(v6) && v6->s6_addr[12] == 127);
}

/* The name in a Host header, without port and brackets; "" for what is none. */
static void host_name(const char *header, char *name, size_t room) {
    const char *host = header, *port = "0";
    size_t n = strlen(header);
    bool with_port = split(header, &host, &n, &port);
    uint16_t number;
    *name = '\0';
    if (!with_port && *header == '[' && n > 2 && header[n - 1] == ']') {
        host = header + 1;
        n -= 2;
    }
    if (n < room && parse_port(port, &number))
        snprintf(name, room, "%.*s", (int)n, host);
}

bool listen_host_is_ours(const struct listen_address *a, const char *header) {
    char name[256];
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    host_name(header, name, sizeof name);
    if (strcasecmp(name, "localhost") == 0 || (*name && strcasecmp(name, a->host) == 0))
        return true;
    if (inet_pton(AF_INET, name, &v4.sin_addr) == 1)
        return is_loopback_address((const struct sockaddr *)&v4);
    return inet_pton(AF_INET6, name, &v6.sin6_addr) == 1 &&
           is_loopback_address((const struct sockaddr *)&v6);
}

/* ---- sockets */

static int fail(int fd, int err, const char **why) {
    *why = err == EADDRINUSE      ? "address in use"
           : err == EACCES        ? "permission denied"
           : err == EADDRNOTAVAIL ? "it is no address of this machine"
           : err == ENOENT        ? "no such directory"
                                  : "the system refuses that";
    if (fd >= 0)
        close(fd);
    return -err;
}

static uint16_t bound_port(int fd) {
    struct sockaddr_storage s = {0};
    socklen_t n = sizeof s;
    if (getsockname(fd, (struct sockaddr *)&s, &n) != 0)
        return 0;
    return ntohs(s.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&s)->sin6_port
                                         : ((struct sockaddr_in *)&s)->sin_port);
}

static int bind_found(struct listen_address *a, const struct addrinfo *found, const char **why) {
    int yes = 1;
    int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return fail(fd, errno, why);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(fd, found->ai_addr, found->ai_addrlen) != 0)
        return fail(fd, errno, why);
    a->loopback = is_loopback_address(found->ai_addr);
    a->port = bound_port(fd);
    return fd;
}

/* Of a name's addresses the first of IPv4, as Go has it, else the first. */
static const struct addrinfo *choose(const struct addrinfo *list) {
    for (const struct addrinfo *i = list; i; i = i->ai_next)
        if (i->ai_family == AF_INET)
            return i;
    return list;
}

static int bind_host(struct listen_address *a, const char **why) {
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV}, *list = NULL;
    char port[8];
    snprintf(port, sizeof port, "%u", a->port);
    if (getaddrinfo(a->host, port, &hints, &list) != 0 || !list) {
        *why = "there is no such host";
        return -ENXIO;
    }
    int fd = bind_found(a, choose(list), why);
    freeaddrinfo(list);
    return fd;
}

/* Whether there is a socket at an address at which nobody listens any more. */
static bool is_abandoned(const struct sockaddr_un *address) {
    struct stat st;
    if (lstat(address->sun_path, &st) != 0 || !S_ISSOCK(st.st_mode))
        return false;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool refused = fd >= 0 && connect(fd, (const struct sockaddr *)address, sizeof *address) != 0 &&
                   errno == ECONNREFUSED;
    if (fd >= 0)
        close(fd);
    return refused;
}

static int bind_unix(struct listen_address *a, const char **why) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct stat st;
    memcpy(address.sun_path, a->path, sizeof address.sun_path);
    if (is_abandoned(&address))
        unlink(a->path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return fail(fd, errno, why);
    /* By the mask, as a mode set by name may be that of another file. There are no threads yet. */
    mode_t former = umask(0177);
    int bound = bind(fd, (struct sockaddr *)&address, sizeof address);
    umask(former);
    if (bound != 0 || lstat(a->path, &st) != 0)
        return fail(fd, errno, why);
    a->device = st.st_dev;
    a->inode = st.st_ino;
    return fd;
}

int listen_bind(struct listen_address *a, const char **why) {
    return a->is_unix ? bind_unix(a, why) : bind_host(a, why);
}

int listen_start(int fd, const char **why) {
    return listen(fd, BACKLOG) == 0 ? 0 : fail(-1, errno, why);
}

void listen_remove(const struct listen_address *a) {
    struct stat st;
    if (a->is_unix && a->inode && lstat(a->path, &st) == 0 && st.st_ino == a->inode &&
        st.st_dev == a->device)
        unlink(a->path);
}
