/* libmicrohttpd's callbacks: a connection begins, its request's URI is known, its body arrives, it
 * is answered, it is done, the connection ends. Who may ask is decided here, before anything else
 * looks at a request.
 *
 * The URI is taken raw, since an endpoint wants the query as it was sent. */
#include "collector/serve/http_server.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "collector/message.h"
#include "collector/serve/access.h"
#include "collector/serve/connections.h"
#include "collector/serve/form.h"
#include "collector/serve/mhd_late.h"
#include "collector/serve/names.h"
#include "collector/serve/route.h"

enum { HEADERS_MAX = 64 << 10 /* bytes of request line and headers */ };

struct http_server {
    struct server *server;
    struct connections connections;
    struct MHD_Daemon *daemon;
};

/* One request and its answer. */
struct exchange {
    struct server *server;
    char *uri; /* raw, decoded in place */
    char *body;
    size_t body_bytes, body_room;
    bool begun, counted, too_large;
};

static struct connection *connection_of(struct MHD_Connection *c) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

static int socket_of(struct MHD_Connection *c) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
    return info ? info->connect_fd : -1;
}

static const char *header_of(struct MHD_Connection *c, const char *name) {
    return MHD_lookup_connection_value(c, MHD_HEADER_KIND, name);
}

static const char *host_of(struct MHD_Connection *c) {
    const char *host = header_of(c, MHD_HTTP_HEADER_HOST);
    return host ? host : "";
}

/* ---- connections and exchanges */

static void on_connection(void *cls, struct MHD_Connection *c, void **context,
                          enum MHD_ConnectionNotificationCode what) {
    struct http_server *h = cls;
    if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
        connections_remove(&h->connections, *context);
        return;
    }
    *context = connections_add(&h->connections, socket_of(c));
    if (!*context)
        shutdown(socket_of(c), SHUT_RDWR);
}

static void *on_uri(void *cls, const char *uri, struct MHD_Connection *c) {
    struct http_server *h = cls;
    struct exchange *x = calloc(1, sizeof *x);
    if (x) {
        x->server = h->server;
        x->uri = strdup(uri);
    }
    return x;
}

static void on_completed(void *cls, struct MHD_Connection *c, void **context,
                         enum MHD_RequestTerminationCode how) {
    struct http_server *h = cls;
    struct exchange *x = *context;
    *context = NULL;
    connections_limit(&h->connections, connection_of(c), SERVER_REQUEST_SECONDS);
    if (!x)
        return;
    if (x->counted)
        server_request_ends(x->server);
    free(x->uri);
    free(x->body);
    free(x);
}

/* Keeps a part of the body, with a NUL behind; what is too large is passed over. */
static bool take_body(struct exchange *x, const char *part, size_t n) {
    if (x->too_large || n > SERVER_BODY_MAX - x->body_bytes) {
        x->too_large = true;
        return true;
    }
    if (x->body_bytes + n + 1 > x->body_room) {
        size_t room = 2 * (x->body_bytes + n) + 1024;
        char *grown = realloc(x->body, room);
        if (!grown)
            return false;
        x->body = grown;
        x->body_room = room;
    }
    memcpy(x->body + x->body_bytes, part, n);
    x->body_bytes += n;
    x->body[x->body_bytes] = '\0';
    return true;
}

/* ---- who may ask */

static bool is_peer(int fd) {
    struct ucred peer;
    socklen_t n = sizeof peer;
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) == 0 &&
           (peer.uid == 0 || peer.uid == geteuid());
}

/* False with a reply that says why not. */
static bool admit(const struct server *s, struct MHD_Connection *c, const char *host,
                  struct reply *r) {
    if (s->address.is_unix && !is_peer(socket_of(c))) {
        reply_error(r, 403, "this server belongs to another user");
        return false;
    }
    if (s->address.loopback && *host && !listen_host_is_ours(&s->address, host)) {
        reply_error(r, 403, "the Host header names another host");
        return false;
    }
    if (s->token && !access_allows(s->token, header_of(c, MHD_HTTP_HEADER_AUTHORIZATION))) {
        reply_error(r, 401, "a token is needed: Authorization: Bearer TOKEN");
        r->ask_token = true;
        return false;
    }
    return true;
}

/* ---- answering */

/* Cuts a URI into its path, decoded in place, and its query. Also `http://host/path`, as proxies
 * get it. A NUL in a path becomes '\1', which no path of ours holds. False when it is none. */
static bool split_uri(char *uri, char **path, const char **query) {
    size_t scheme = strncasecmp(uri, "http://", 7) == 0    ? 7
                    : strncasecmp(uri, "https://", 8) == 0 ? 8
                                                           : 0;
    if (scheme) {
        uri = strchr(uri + scheme, '/');
        if (!uri)
            return false;
    }
    char *mark = strchr(uri, '?');
    *query = mark ? mark + 1 : "";
    if (mark)
        *mark = '\0';
    size_t n = strlen(uri);
    long len = percent_decode(uri, n, false, uri, n + 1);
    for (long i = 0; i < len; i++)
        uri[i] = uri[i] ? uri[i] : '\1';
    *path = uri;
    return len >= 0;
}

/* A form comes with POST, PUT or PATCH, as in net/http. */
static bool may_have_form(const char *method) {
    return strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0 ||
           strcmp(method, "PATCH") == 0;
}

/* Takes the body's parameters; `params->parts` is to be freed. */
static void read_form(struct params *params, struct exchange *x, struct MHD_Connection *c,
                      const char *method) {
    const char *type = header_of(c, MHD_HTTP_HEADER_CONTENT_TYPE);
    if (!x->body || !may_have_form(method))
        return;
    if (form_is_urlencoded(type))
        params->form = x->body;
    params->parts = form_of_multipart(type, x->body, x->body_bytes);
}

static void answer(struct exchange *x, struct MHD_Connection *c, const char *method,
                   struct reply *r) {
    const char *host = host_of(c), *query;
    char *path;
    if (x->too_large) {
        reply_error(r, 413, "http: request body too large");
        return;
    }
    if (!split_uri(x->uri, &path, &query)) {
        reply_error(r, 400, "Bad Request");
        return;
    }
    struct request q = {
        .server = x->server,
        .method = method,
        .path = path,
        .query = query,
        .host = host,
        .params = {.query = query},
        .body = x->body,
        .body_bytes = x->body_bytes,
        .client = socket_of(c),
    };
    read_form(&q.params, x, c, method);
    route_serve(&q, r);
    free((char *)q.params.parts);
}

/* Takes the body out of the reply. */
static struct MHD_Response *make_response(struct reply *r) {
    struct MHD_Response *response = MHD_create_response_from_buffer(
        r->bytes, r->body ? r->body : "", r->body ? MHD_RESPMEM_MUST_FREE : MHD_RESPMEM_PERSISTENT);
    if (!response)
        return NULL;
    r->body = NULL;
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    if (r->type)
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, r->type);
    if (r->disposition[0])
        MHD_add_response_header(response, "Content-Disposition", r->disposition);
    if (r->pprof_error)
        MHD_add_response_header(response, "X-Go-Pprof", "1");
    if (r->location)
        MHD_add_response_header(response, MHD_HTTP_HEADER_LOCATION, r->location);
    if (r->policy)
        MHD_add_response_header(response, "Content-Security-Policy", r->policy);
    if (r->ask_token) {
        MHD_add_response_header(response, MHD_HTTP_HEADER_WWW_AUTHENTICATE, "Bearer");
        MHD_add_response_header(response, MHD_HTTP_HEADER_WWW_AUTHENTICATE,
                                "Basic realm=\"cpprof\"");
    }
    return response;
}

/* Sends the reply, and releases it. */
static enum MHD_Result send_reply(struct http_server *h, struct MHD_Connection *c,
                                  struct reply *r) {
    enum MHD_Result done = MHD_NO;
    connections_limit(&h->connections, connection_of(c),
                      SERVER_ANSWER_SECONDS + (unsigned)(r->bytes / SERVER_ANSWER_BYTES_S));
    struct MHD_Response *response = r->hung_up ? NULL : make_response(r);
    if (response) {
        done = MHD_queue_response(c, r->status, response);
        MHD_destroy_response(response);
    }
    reply_release(r);
    return done;
}

static enum MHD_Result respond(struct http_server *h, struct exchange *x, struct MHD_Connection *c,
                               const char *method) {
    struct reply r = {0};
    server_request_begins(x->server);
    x->counted = true;
    connections_limit(&h->connections, connection_of(c), 0);
    answer(x, c, method, &r);
    return send_reply(h, c, &r);
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *c, const char *url,
                                  const char *method, const char *version, const char *part,
                                  size_t *part_bytes, void **context) {
    struct exchange *x = *context;
    if (!x || !x->uri)
        return MHD_NO;
    if (!x->begun) { /* the headers are here; who may not ask may not send, either */
        struct reply r = {0};
        x->begun = true;
        return admit(x->server, c, host_of(c), &r) ? MHD_YES : send_reply(cls, c, &r);
    }
    if (*part_bytes) {
        bool wanted = may_have_form(method);
        enum MHD_Result taken = !wanted || take_body(x, part, *part_bytes) ? MHD_YES : MHD_NO;
        *part_bytes = 0;
        return taken;
    }
    return respond(cls, x, c, method);
}

/* ---- life */

static struct MHD_Daemon *start_daemon(struct http_server *h, int fd, const struct http_tls *tls) {
    unsigned flags = MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD |
                     MHD_USE_POLL | MHD_USE_ITC | (tls->certificate ? MHD_USE_TLS : 0);
    const struct MHD_OptionItem secure[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)tls->certificate},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)tls->key},
        {MHD_OPTION_HTTPS_PRIORITIES, 0, "NORMAL:-VERS-TLS1.0:-VERS-TLS1.1"},
        {MHD_OPTION_END, 0, NULL}};
    const struct MHD_OptionItem plain[] = {{MHD_OPTION_END, 0, NULL}};
    return MHD_start_daemon(flags, 0, NULL, NULL, on_request, h, /* */
                            MHD_OPTION_LISTEN_SOCKET, fd,        /* */
                            MHD_OPTION_CONNECTION_LIMIT, (unsigned)SERVER_CONNECTIONS_MAX,
                            MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEADERS_MAX, /* */
                            MHD_OPTION_URI_LOG_CALLBACK, on_uri, h,                  /* */
                            MHD_OPTION_NOTIFY_COMPLETED, on_completed, h,            /* */
                            MHD_OPTION_NOTIFY_CONNECTION, on_connection, h,          /* */
                            MHD_OPTION_ARRAY, tls->certificate ? secure : plain, MHD_OPTION_END);
}

struct http_server *http_server_start(struct server *s, int fd, const struct http_tls *tls) {
    char why[256];
    if (mhd_late_load(why, sizeof why) < 0) {
        message("%s", why);
        return NULL;
    }
    struct http_server *h = calloc(1, sizeof *h);
    if (!h)
        return NULL;
    h->server = s;
    connections_init(&h->connections);
    h->daemon = start_daemon(h, fd, tls);
    if (!h->daemon) {
        free(h);
        return NULL;
    }
    return h;
}

void http_server_check(struct http_server *h) {
    connections_check(&h->connections);
    names_rest(h->server->names);
}

void http_server_stop(struct http_server *h, int ms) {
    /* The port is free at once for whoever comes next. */
    MHD_socket fd = MHD_quiesce_daemon(h->daemon);
    if (fd != MHD_INVALID_SOCKET)
        close(fd);
    server_stop(h->server);
    server_drain(h->server, ms);
    MHD_stop_daemon(h->daemon);
    free(h);
}
