/* Paths are compared as whole names; nothing of them is used for anything else. */
#include "collector/serve/route.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "collector/serve/endpoints.h"

const struct endpoint endpoints[] = {
    {"allocs", serve_profile, KIND_ALLOCS, true,
     "Memory allocated since the process began, freed or not, by the stack that allocated it.",
     "?debug=1"},
    {"block", serve_profile, KIND_BLOCK, true,
     "Time spent waiting, for anything, by the stack that waited.", "?debug=1"},
    {"cmdline", serve_cmdline, KIND_COUNT, false,
     "The command line of the process, its arguments separated by NUL.", "?debug=1"},
    {"cpu", serve_profile, KIND_CPU, true,
     "CPU time since the process began, by the stack that ran. There is no text of it.", ""},
    {"goroutine", serve_profile, KIND_THREADS, true,
     "The threads of the process, under the name that Go's tools ask for. Use debug=2 for every "
     "thread with its stack.",
     "?debug=1"},
    {"heap", serve_profile, KIND_HEAP, true,
     "Memory in use, by the stack that allocated it. There is no garbage to collect: gc is "
     "ignored.",
     "?debug=1"},
    {"mutex", serve_profile, KIND_MUTEX, true,
     "Contended locks: who waited and for how long, and (held_*) who held the lock meanwhile.",
     "?debug=1"},
    {"profile", serve_cpu, KIND_CPU, false,
     "CPU time in the next seconds, 30 unless the parameter seconds says otherwise; hz asks for "
     "more samples. After you get the profile file, use go tool pprof to look at it.",
     "?debug=1"},
    {"symbol", serve_symbol, KIND_COUNT, false,
     "Maps addresses to function names. Addresses are in the query of a GET or the body of a POST, "
     "separated by '+'.",
     "?debug=1"},
    {"threadcreate", serve_profile, KIND_THREADCREATE, true,
     "Threads made since the process began, by the stack that made them.", "?debug=1"},
    {"threads", serve_profile, KIND_THREADS, true,
     "Every thread: where it is, and what it waits for. Use debug=2 for every thread with its "
     "stack.",
     "?debug=1"},
    {"trace", serve_trace, KIND_COUNT, false,
     "Not there: a native program has no Go execution trace.", "?debug=1"},
};
const size_t n_endpoints = sizeof endpoints / sizeof endpoints[0];

static const struct {
    const char *path;
    server_endpoint_fn *serve;
} own[] = {
    {"/", serve_home},
    {"/targets", serve_targets},
    {"/targets/http_sd", serve_http_sd},
};

/* ---- finding */

/* Whether a path begins with a prefix; *rest is what follows. */
static bool begins(const char *path, const char *prefix, const char **rest) {
    size_t n = strlen(prefix);
    *rest = path + n;
    return strncmp(path, prefix, n) == 0;
}

static void move_to(struct route *r, const char *path) {
    if ((size_t)snprintf(r->moved, sizeof r->moved, "%s", path) < sizeof r->moved)
        r->kind = ROUTE_MOVED;
}

/* Cuts empty, `.` and `..` elements out of a path, as net/http does before it looks at it. False
 * when there are none. */
static bool clean_path(const char *path, char *clean, size_t room) {
    size_t n = 0;
    if (strlen(path) + 2 > room)
        return false;
    for (const char *p = path; *p;) {
        size_t len = strcspn(++p, "/"); /* each element stands behind a slash */
        if (len == 2 && memcmp(p, "..", 2) == 0) {
            while (n && clean[--n] != '/')
                ;
        } else if (len && !(len == 1 && *p == '.')) {
            clean[n++] = '/';
            memcpy(clean + n, p, len);
            n += len;
        }
        p += len;
    }
    if (n == 0 || path[strlen(path) - 1] == '/')
        clean[n++] = '/';
    clean[n] = '\0';
    return strcmp(clean, path) != 0;
}

/* What follows a process's prefix: "/debug/pprof/NAME". */
static void find_target(struct route *r, const char *path, int pid) {
    const char *name;
    r->pid = pid;
    if (strcmp(path, "/debug/pprof") == 0) {
        r->kind = ROUTE_MOVED;
        return;
    }
    if (!begins(path, "/debug/pprof/", &name))
        return;
    r->kind = *name ? ROUTE_UNKNOWN : ROUTE_INDEX;
    for (size_t i = 0; i < n_endpoints; i++)
        if (strcmp(name, endpoints[i].name) == 0) {
            r->kind = ROUTE_TARGET;
            r->target = &endpoints[i];
        }
}

/* The process at the beginning of "PID/...": *rest is what follows. 0: none. */
static int parse_pid(const char *s, const char **rest) {
    size_t n = strspn(s, "0123456789");
    *rest = s + n;
    long pid = n && n <= 10 && *s != '0' ? strtol(s, NULL, 10) : 0;
    return pid <= INT32_MAX ? (int)pid : 0;
}

void route_find(struct route *r, const char *path, int only_pid) {
    char clean[sizeof r->moved];
    const char *rest;
    int pid;
    *r = (struct route){.kind = ROUTE_NONE};
    if (path[0] != '/')
        return;
    if (clean_path(path, clean, sizeof clean)) {
        move_to(r, clean);
        return;
    }
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
        if (strcmp(path, own[i].path) == 0) {
            r->kind = ROUTE_SERVER;
            r->server = own[i].serve;
            return;
        }
    if (only_pid)
        find_target(r, path, only_pid);
    if (r->kind == ROUTE_NONE && begins(path, "/targets/", &rest) &&
        (pid = parse_pid(rest, &rest)) != 0) {
        find_target(r, rest, pid);
        if (*rest == '\0' || strcmp(rest, "/") == 0)
            r->kind = ROUTE_MOVED;
        if (r->kind == ROUTE_MOVED)
            snprintf(r->moved, sizeof r->moved, "/targets/%d/debug/pprof/", pid);
    } else if (r->kind == ROUTE_MOVED) {
        move_to(r, "/debug/pprof/");
    }
}

void route_prefix(const struct server *s, int pid, char *path, size_t room) {
    if (s->only_pid)
        snprintf(path, room, "/debug/pprof/");
    else
        snprintf(path, room, "/targets/%d/debug/pprof/", pid);
}

/* ---- serving */

static void serve_of_target(const struct request *q, const struct route *route, struct reply *r) {
    struct target t;
    const char *why;
    int err = target_open(&t, q->server, route->pid, &why);
    if (err == -ENOMEM)
        reply_error(r, 500, "out of memory");
    else if (err)
        reply_error(r, err == -ENOENT || err == -ESRCH ? 404 : 500, "process %d %s", route->pid,
                    why);
    else if (route->kind == ROUTE_UNKNOWN)
        reply_error(r, 404, "Unknown profile");
    else if (route->kind == ROUTE_INDEX)
        serve_index(q, &t, r);
    else
        route->target->serve(q, route->target, &t, r);
    target_release(&t);
}

void route_serve(const struct request *q, struct reply *r) {
    struct route route;
    route_find(&route, q->path, q->server->only_pid);
    switch (route.kind) {
    case ROUTE_NONE:
        reply_not_found(r);
        break;
    case ROUTE_MOVED:
        reply_redirect(r, route.moved, q->query);
        break;
    case ROUTE_SERVER:
        route.server(q, r);
        break;
    default:
        serve_of_target(q, &route, r);
    }
}
