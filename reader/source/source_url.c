/* URLs, taken apart and put together. */
#include "reader/source/source_url.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reader/source/source_query.h"

void source_url_release(struct source_url *u) {
    free(u->scheme);
    free(u->opaque);
    free(u->user);
    free(u->host);
    free(u->path);
    free(u->query);
    free(u->fragment);
    *u = (struct source_url){0};
}

/* ---- taking apart */

/* How long the scheme is: 0 when there is none, -EINVAL for a colon with nothing before it. */
static long scheme_length(const char *s) {
    for (long i = 0; s[i]; i++) {
        if (isalpha((unsigned char)s[i]))
            continue;
        if (s[i] == ':')
            return i == 0 ? -EINVAL : i;
        if (i == 0 || !(isdigit((unsigned char)s[i]) || strchr("+-.", s[i])))
            return 0;
    }
    return 0;
}

static bool has_control_character(const char *s) {
    for (; *s; s++)
        if ((unsigned char)*s < ' ' || *s == 0x7f)
            return true;
    return false;
}

static bool escapes_are_whole(const char *s) {
    for (; *s; s++)
        if (*s == '%' && !(isxdigit((unsigned char)s[1]) && isxdigit((unsigned char)s[2])))
            return false;
    return true;
}

/* Whether what follows the last colon of a host is empty or a number. */
static bool port_is_valid(const char *host) {
    const char *bracket = strrchr(host, ']'), *port = bracket ? bracket + 1 : strrchr(host, ':');

    if (host[0] == '[' && !bracket)
        return false;
    if (!port || !*port)
        return true;
    return *port == ':' && port[1 + strspn(port + 1, "0123456789")] == '\0';
}

/* Takes `user@host` apart. */
static int parse_authority(const char *at, size_t n, struct source_url *u) {
    const char *sign = memrchr(at, '@', n);

    if (sign) {
        u->user = strndup(at, (size_t)(sign - at));
        n -= (size_t)(sign + 1 - at);
        at = sign + 1;
        if (!u->user)
            return -ENOMEM;
    }
    free(u->host);
    u->host = strndup(at, n);
    if (!u->host)
        return -ENOMEM;
    return port_is_valid(u->host) && !strpbrk(u->host, " \"<>\\^`{|}") ? 0 : -EINVAL;
}

/* What follows the scheme, without fragment and query. */
static int parse_rest(const char *at, struct source_url *u) {
    size_t n;
    int err = 0;

    if (*at != '/' && *u->scheme) {
        free(u->opaque);
        u->opaque = strdup(at);
        return u->opaque ? 0 : -ENOMEM;
    }
    if (*at != '/' && memchr(at, ':', strcspn(at, "/")))
        return -EINVAL;
    if (strncmp(at, "//", 2) == 0 && (*u->scheme || strncmp(at, "///", 3) != 0)) {
        n = strcspn(at + 2, "/");
        err = parse_authority(at + 2, n, u);
        at += 2 + n;
    }
    if (err < 0)
        return err;
    free(u->path);
    u->path = strdup(at);
    if (!u->path)
        return -ENOMEM;
    return escapes_are_whole(at) ? 0 : -EINVAL;
}

/* Cuts the text at the first `c`: what follows is the result, or NULL if there is none. */
static char *cut(char *text, char c) {
    char *at = strchr(text, c);

    if (at)
        *at++ = '\0';
    return at;
}

static int parse_parts(char *text, struct source_url *u) {
    char *fragment = cut(text, '#'), *query;
    long n = scheme_length(text);

    if (n < 0)
        return -EINVAL;
    query = cut(text, '?');
    u->scheme = strndup(text, (size_t)n);
    u->opaque = strdup("");
    u->host = strdup("");
    u->path = strdup("");
    u->query = strdup(query ? query : "");
    u->fragment = fragment ? strdup(fragment) : NULL;
    if (!u->scheme || !u->opaque || !u->host || !u->path || !u->query || (fragment && !u->fragment))
        return -ENOMEM;
    for (char *c = u->scheme; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    return parse_rest(text + n + (n > 0), u);
}

int source_url_parse(const char *text, struct source_url *u) {
    char *copy;
    int err;

    *u = (struct source_url){0};
    if (has_control_character(text))
        return -EINVAL;
    copy = strdup(text);
    if (!copy)
        return -ENOMEM;
    err = parse_parts(copy, u);
    free(copy);
    return err;
}

/* ---- putting together */

/* The name of a user whose password is not for people. */
static char *user_for_people(const char *user) {
    const char *colon = strchr(user, ':');
    char *text;

    if (!colon)
        return strdup(user);
    return asprintf(&text, "%.*s:xxxxx", (int)(colon - user), user) < 0 ? NULL : text;
}

char *source_url_text(const struct source_url *u, bool for_people) {
    char *user = u->user && for_people ? user_for_people(u->user) : strdup(u->user ? u->user : "");
    char *path = query_escape_path(u->path), *text = NULL;
    const char *authority = *u->host || u->user ? "//" : "";

    if (user && path &&
        asprintf(&text, "%s%s%s%s%s%s%s%s%s%s%s%s", u->scheme, *u->scheme ? ":" : "", u->opaque,
                 authority, user, u->user ? "@" : "", u->host, path, *u->query ? "?" : "", u->query,
                 u->fragment ? "#" : "", u->fragment ? u->fragment : "") < 0)
        text = NULL;
    free(user);
    free(path);
    return text;
}

/* ---- sources and their servers */

static int replace(char **slot, char *text) {
    if (!text)
        return -ENOMEM;
    free(*slot);
    *slot = text;
    return 0;
}

/* Parses `host:port/path`, too, which is else a scheme and something opaque. */
static int parse_source(const char *source, struct source_url *u) {
    int err = source_url_parse(source, u);
    char *longer;

    if (err == -ENOMEM)
        return err;
    if (err < 0 || (!*u->host && *u->scheme && strcmp(u->scheme, "file") != 0)) {
        source_url_release(u);
        if (asprintf(&longer, "http://%s", source) < 0)
            return -ENOMEM;
        err = source_url_parse(longer, u);
        free(longer);
    }
    if (err == 0 && !*u->host)
        err = -ENOENT;
    return err == -EINVAL ? -ENOENT : err;
}

int source_url_adjust(const char *source, int seconds, int timeout, struct source_url *u,
                      long *wait_s) {
    long duration = seconds;
    int err = parse_source(source, u);

    if (err == 0 && (!*u->path || strcmp(u->path, "/") == 0))
        err = replace(&u->path, strdup("/debug/pprof/profile"));
    if (err < 0)
        return err;
    err = replace(&u->query, query_with_seconds(u->query, seconds, &duration));
    if (timeout > 0)
        *wait_s = timeout;
    else if (duration > 0)
        *wait_s = duration + duration / 2;
    else
        *wait_s = 60;
    return err;
}

static bool ends_with(const char *s, const char *end) {
    size_t n = strlen(s), m = strlen(end);

    return n >= m && strcmp(s + n - m, end) == 0;
}

/* The paths at which gperftools serve profiles. */
static bool is_gperftools_path(const char *path) {
    return ends_with(path, "/pprof/heap") || ends_with(path, "/pprof/growth") ||
           ends_with(path, "/pprof/profile") || ends_with(path, "/pprof/pmuprofile") ||
           ends_with(path, "/pprof/contention");
}

char *source_url_of_symbols(const char *url) {
    struct source_url u;
    char *text = NULL, *path = NULL;
    int err = source_url_parse(url, &u);

    if (err == 0 && *u.host) {
        bool short_name = strstr(u.path, "/debug/pprof/") || is_gperftools_path(u.path);

        if (asprintf(&path, "%s/../%s", u.path, short_name ? "symbol" : "symbolz") < 0)
            path = NULL;
        if (path && replace(&u.path, query_clean_path(path)) == 0) {
            *u.query = '\0';
            text = source_url_text(&u, false);
        }
        free(path);
    }
    source_url_release(&u);
    return text;
}

bool source_url_is_absolute(const char *name, const char *like) {
    struct source_url u;
    bool is = source_url_parse(name, &u) == 0 && *u.scheme && strstr(u.scheme, like);

    source_url_release(&u);
    return is;
}
