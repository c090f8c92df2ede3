/* Requests by libcurl, with reasons in the words that Go's net/http has for the most usual ones. */
#include "reader/source/source_http.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "reader/source/curl_late.h"
#include "reader/strconv.h"

enum { MAX_REDIRECTIONS = 10, MAX_STATUS_BYTES = 256, MAX_ERROR_BODY_BYTES = 4000 };

/* An answer while it comes. */
struct answer {
    char *body; /* owned */
    size_t n, room, max;
    bool too_large;
    char status[MAX_STATUS_BYTES]; /* `404 Not Found` */
    bool from_pprof, is_text;      /* what headers say of the body of an error */
};

static int refuse(int err, char *why, size_t why_bytes, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
static int refuse(int err, char *why, size_t why_bytes, const char *format, ...) {
    va_list args;

    va_start(args, format);
    if (why && why_bytes > 0)
        vsnprintf(why, why_bytes, format, args);
    va_end(args);
    return err;
}

/* libcurl is got ready by the first request, of however many at a time. */
static struct {
    pthread_once_t once;
    int err;
    char why[256];
} library = {.once = PTHREAD_ONCE_INIT};

static void load_library(void) {
    library.err = curl_late_load(library.why, sizeof(library.why));
    if (library.err == 0 && curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        library.err = refuse(-EIO, library.why, sizeof(library.why), "libcurl cannot be used");
}

/* ---- what libcurl calls */

static size_t take_body(char *bytes, size_t size, size_t n, void *ctx) {
    struct answer *a = ctx;
    size_t room = a->room ? a->room : 64 * 1024;

    n *= size;
    if (n > a->max - a->n) {
        a->too_large = true;
        return 0;
    }
    while (room - a->n < n)
        room *= 2;
    if (room > a->room) {
        char *grown = realloc(a->body, room);

        if (!grown)
            return 0;
        a->body = grown;
        a->room = room;
    }
    memcpy(a->body + a->n, bytes, n);
    a->n += n;
    return n;
}

/* A line of a header, without what ends it; each redirection begins a new one. */
static size_t take_header(char *line, size_t size, size_t n, void *ctx) {
    struct answer *a = ctx;
    int length = (int)(size * n);

    while (length > 0 && (line[length - 1] == '\r' || line[length - 1] == '\n'))
        length--;
    if (length >= 5 && strncasecmp(line, "HTTP/", 5) == 0) {
        const char *space = memchr(line, ' ', (size_t)length);

        a->n = 0;
        a->from_pprof = a->is_text = false;
        snprintf(a->status, sizeof(a->status), "%.*s", space ? (int)(line + length - space - 1) : 0,
                 space ? space + 1 : "");
    } else if (length > 11 && strncasecmp(line, "X-Go-Pprof:", 11) == 0) {
        a->from_pprof = line[11 + strspn(line + 11, " \t\r\n")] != '\0';
    } else if (length > 13 && strncasecmp(line, "Content-Type:", 13) == 0) {
        a->is_text = memmem(line, (size_t)length, "text/plain", 10) != NULL;
    }
    return size * n;
}

/* ---- the request */

static bool is_loopback(const char *host) {
    size_t n = strcspn(host, ":");

    return (n == 9 && strncasecmp(host, "localhost", 9) == 0) || strncmp(host, "127.", 4) == 0 ||
           strncmp(host, "[::1]", 5) == 0;
}

static int readable(const char *path, const char *what, char *why, size_t why_bytes) {
    char text[STRCONV_ERROR_BYTES];

    if (access(path, R_OK) == 0)
        return 0;
    return refuse(-errno, why, why_bytes, "could not load %s: open %s: %s", what, path,
                  strconv_error(errno, text));
}

/* Sets certificates, after Go's checks of the three options. */
static int set_tls(CURL *c, const struct source_tls *tls, char *why, size_t why_bytes) {
    static const char pair[] = "certificate/key pair specified by -tls_cert and -tls_key";
    const char *cert = tls->cert ? tls->cert : "", *key = tls->key ? tls->key : "";
    int err = 0;

    if (!*cert && *key)
        return refuse(-EINVAL, why, why_bytes,
                      "-tls_key is specified, so -tls_cert must also be specified");
    if (*cert && !*key)
        return refuse(-EINVAL, why, why_bytes,
                      "-tls_cert is specified, so -tls_key must also be specified");
    if (*cert) {
        err = readable(cert, pair, why, why_bytes);
        err = err ? err : readable(key, pair, why, why_bytes);
        curl_easy_setopt(c, CURLOPT_SSLCERT, cert);
        curl_easy_setopt(c, CURLOPT_SSLKEY, key);
    }
    if (err == 0 && tls->ca && *tls->ca) {
        err = readable(tls->ca, "CA specified by -tls_ca", why, why_bytes);
        curl_easy_setopt(c, CURLOPT_CAINFO, tls->ca);
        curl_easy_setopt(c, CURLOPT_CAPATH, NULL);
    }
    return err;
}

static void set_options(CURL *c, const struct http_request *q, const char *url, struct answer *a,
                        char *error) {
    curl_easy_setopt(c, CURLOPT_URL, url);
    curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(c, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(c, CURLOPT_MAXREDIRS, (long)MAX_REDIRECTIONS);
    curl_easy_setopt(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(c, CURLOPT_USERAGENT, "cpprof/" CPPROF_VERSION);
    curl_easy_setopt(c, CURLOPT_ACCEPT_ENCODING, "gzip");
    curl_easy_setopt(c, CURLOPT_TIMEOUT, q->timeout_s);
    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c, CURLOPT_ERRORBUFFER, error);
    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(c, CURLOPT_WRITEDATA, a);
    curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(c, CURLOPT_HEADERDATA, a);
    if (is_loopback(q->url->host))
        curl_easy_setopt(c, CURLOPT_PROXY, "");
    if (strcmp(q->url->scheme, "https+insecure") == 0) {
        curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 0L);
        curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 0L);
    }
    if (q->post) {
        curl_easy_setopt(c, CURLOPT_POSTFIELDS, q->post);
        curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(q->post));
    }
}

/* ---- reasons */

static int failure(CURL *c, CURLcode code, const struct answer *a, const char *host,
                   const char *error, char *why, size_t why_bytes) {
    const char *text = *error ? error : curl_easy_strerror(code);
    char system[STRCONV_ERROR_BYTES];
    long number = 0;

    curl_easy_getinfo(c, CURLINFO_OS_ERRNO, &number);
    if (a->too_large)
        return refuse(-E2BIG, why, why_bytes, "the answer has more than %zu bytes", a->max);
    switch (code) {
    case CURLE_OUT_OF_MEMORY:
        return refuse(-ENOMEM, why, why_bytes, "out of memory");
    case CURLE_COULDNT_RESOLVE_HOST:
        return refuse(-EHOSTUNREACH, why, why_bytes, "dial tcp: lookup %.*s: no such host",
                      (int)strcspn(host, ":"), host);
    case CURLE_COULDNT_CONNECT:
        return refuse(-ECONNREFUSED, why, why_bytes, "dial tcp %s: connect: %s", host,
                      number ? strconv_error((int)number, system) : text);
    case CURLE_OPERATION_TIMEDOUT:
        return refuse(-ETIMEDOUT, why, why_bytes, "%s",
                      *a->status ? "net/http: timeout while reading the body"
                                 : "net/http: timeout awaiting response headers");
    case CURLE_UNSUPPORTED_PROTOCOL:
        return refuse(-EPROTONOSUPPORT, why, why_bytes, "unsupported protocol scheme");
    case CURLE_TOO_MANY_REDIRECTS:
        return refuse(-ELOOP, why, why_bytes, "stopped after %d redirects", MAX_REDIRECTIONS);
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
        return refuse(-EIO, why, why_bytes, "%s",
                      code == CURLE_GOT_NOTHING ? "EOF" : "unexpected EOF");
    case CURLE_PEER_FAILED_VERIFICATION:
        return refuse(-EACCES, why, why_bytes, "tls: failed to verify certificate: %s", text);
    default:
        return refuse(-EIO, why, why_bytes, "%s", text);
    }
}

/* Why an answer is not taken, as pprof's statusCodeError: a pprof server says more in the body. */
static int bad_status(const struct answer *a, char *why, size_t why_bytes) {
    size_t n = a->from_pprof && a->is_text ? a->n : 0;

    if (n > MAX_ERROR_BODY_BYTES)
        n = MAX_ERROR_BODY_BYTES;
    while (n > 0 && a->body[n - 1] == '\n')
        n--;
    return refuse(-EPROTO, why, why_bytes, "server response: %s%s%.*s", a->status,
                  n > 0 ? " - " : "", (int)n, n > 0 ? a->body : "");
}

/* The URL for libcurl: its scheme is one that libcurl knows. */
static char *url_text(const struct source_url *u) {
    struct source_url plain = *u;
    static char https[] = "https";

    if (strcmp(u->scheme, "https+insecure") == 0)
        plain.scheme = https;
    plain.fragment = NULL;
    return source_url_text(&plain, false);
}

static int perform(CURL *c, const struct http_request *q, struct answer *a, char *why,
                   size_t why_bytes) {
    struct curl_slist *headers = NULL;
    char error[CURL_ERROR_SIZE] = "", *url = url_text(q->url);
    CURLcode code;
    long status = 0;
    int err = url ? set_tls(c, q->tls, why, why_bytes) : -ENOMEM;

    if (err == 0 && q->post)
        headers = curl_slist_append(NULL, "Content-Type: application/octet-stream");
    if (err == 0) {
        set_options(c, q, url, a, error);
        curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
        code = curl_easy_perform(c);
        if (code != CURLE_OK)
            err = failure(c, code, a, q->url->host, error, why, why_bytes);
    }
    curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
    curl_slist_free_all(headers);
    free(url);
    return err ? err : (int)status;
}

int http_ask(const struct http_request *q, void **body, size_t *body_bytes, char *why,
             size_t why_bytes) {
    struct answer a = {.max = q->max_bytes};
    char reason[1024] = "out of memory", *url;
    int rc;

    pthread_once(&library.once, load_library);
    if (library.err < 0)
        return refuse(library.err, why, why_bytes, "%s", library.why);
    CURL *c = curl_easy_init();
    rc = c ? perform(c, q, &a, reason, sizeof(reason)) : -ENOMEM;
    curl_easy_cleanup(c);
    if (rc == 200) {
        *body = a.body ? a.body : malloc(1);
        *body_bytes = a.n;
        return *body ? 0 : refuse(-ENOMEM, why, why_bytes, "out of memory");
    }
    if (rc < 0) {
        url = source_url_text(q->url, true);
        refuse(0, why, why_bytes, "%s \"%s\": %s", q->post ? "Post" : "Get", url ? url : "",
               reason);
        free(url);
    } else {
        rc = bad_status(&a, why, why_bytes);
    }
    free(a.body);
    return rc;
}
