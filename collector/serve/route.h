/* The table of endpoints, and which of them a path is.
 *
 * A process's endpoints are below /targets/PID/debug/pprof/, and below /debug/pprof/ when one
 * process is served. Constant data and functions without state; any thread. */
#ifndef CPPROF_COLLECTOR_SERVE_ROUTE_H
#define CPPROF_COLLECTOR_SERVE_ROUTE_H

#include <stdbool.h>
#include <stddef.h>

#include "arena/kinds.h"
#include "collector/serve/params.h"
#include "collector/serve/reply.h"
#include "collector/serve/server.h"
#include "collector/serve/target.h"

/* A request, as far as endpoints need it. All borrowed. */
struct request {
    struct server *server;
    const char *method;
    const char *path;  /* decoded */
    const char *query; /* raw */
    const char *host;  /* the Host header, "" for none */
    struct params params;
    const char *body; /* NUL behind it; NULL for none */
    size_t body_bytes;
    int client; /* the socket, to see whether anybody still waits; -1: not known */
};

struct endpoint;

/* Answers a request for an endpoint of a process. */
typedef void target_endpoint_fn(const struct request *q, const struct endpoint *e,
                                const struct target *t, struct reply *r);
/* The same for one of the server's own. */
typedef void server_endpoint_fn(const struct request *q, struct reply *r);

struct endpoint {
    const char *name; /* the last part of the path */
    target_endpoint_fn *serve;
    enum profile_kind kind; /* of a profile */
    bool is_profile;        /* a named one: heap and the like */
    const char *about;      /* for the index */
    const char *link;       /* its query there */
};

/* A process's endpoints, sorted by name. */
extern const struct endpoint endpoints[];
extern const size_t n_endpoints;

enum route_kind {
    ROUTE_NONE,    /* nobody serves that path */
    ROUTE_MOVED,   /* it is `moved`, with the same query */
    ROUTE_SERVER,  /* one of the server's own */
    ROUTE_INDEX,   /* the index of process `pid` */
    ROUTE_TARGET,  /* endpoint `target` of it */
    ROUTE_UNKNOWN, /* one that a process has not */
};

struct route {
    enum route_kind kind;
    int pid;
    const struct endpoint *target;
    server_endpoint_fn *server;
    char moved[256]; /* a path */
};

/* Finds the route of a decoded path; `only_pid`: the one process that is served, or 0. */
void route_find(struct route *r, const char *path, int only_pid);

/* Answers a request that may be answered: finds its route and calls what is there. */
void route_serve(const struct request *q, struct reply *r);

/* The path of a process's endpoints, with a slash at its end, as links lead there. */
void route_prefix(const struct server *s, int pid, char *path, size_t room);

#endif
