/* What is there is a file, everything else a server; each source has a thread of its own, since all
 * that servers do is to wait. */
#include "reader/source/source_grab.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "reader/strconv.h"

/* ---- files */

static bool is_perf_data(const void *bytes, size_t n) {
    static const char magic[] = "PERFILE2";

    return n >= sizeof(magic) - 1 && memcmp(bytes, magic, sizeof(magic) - 1) == 0;
}

static int grab_file(struct grab *g, char *why, size_t why_bytes) {
    char reason[128] = "", text[STRCONV_ERROR_BYTES];
    void *bytes = NULL;
    size_t n = 0;
    int err = profile_read_bytes(g->source, SOURCE_MAX_BYTES, &bytes, &n, reason, sizeof(reason));

    if (err < 0) {
        snprintf(why, why_bytes, "%s %.500s: %s", err == -EISDIR ? "read" : "open", g->source,
                 err == -E2BIG ? reason : strconv_error(err, text));
    } else if (is_perf_data(bytes, n)) {
        snprintf(why, why_bytes,
                 "a perf.data file, which is not read: convert it with perf_to_profile "
                 "(github.com/google/perf_data_converter)");
        err = -EINVAL;
    } else {
        err = source_parse_within(bytes, n, SOURCE_MAX_BYTES, &g->profile, why, why_bytes);
    }
    free(bytes);
    return err;
}

/* ---- servers */

/* As Go writes a duration. */
static void show_duration(int seconds, char *text, size_t room) {
    int hours = seconds / 3600, minutes = seconds / 60 % 60;

    seconds %= 60;
    if (hours > 0)
        snprintf(text, room, "%dh%dm%ds", hours, minutes, seconds);
    else if (minutes > 0)
        snprintf(text, room, "%dm%ds", minutes, seconds);
    else
        snprintf(text, room, "%ds", seconds);
}

static int announce(const struct source_url *url, int seconds) {
    char *shown = source_url_text(url, true), wait[48];

    if (!shown)
        return -ENOMEM;
    show_duration(seconds, wait, sizeof(wait));
    fprintf(stderr, "Fetching profile over HTTP from %s\n", shown);
    if (seconds > 0)
        fprintf(stderr, "Please wait... (%s)\n", wait);
    free(shown);
    return 0;
}

static int grab_url(struct grab *g, const struct source_url *url, long wait_s, char *why,
                    size_t why_bytes) {
    const struct source_request *r = g->request;
    const struct source_tls tls = {.cert = r->tls_cert, .key = r->tls_key, .ca = r->tls_ca};
    const struct http_request q = {
        .url = url, .timeout_s = wait_s + 5, .max_bytes = SOURCE_MAX_BYTES, .tls = &tls};
    void *bytes = NULL;
    size_t n = 0;
    int err = announce(url, r->seconds);

    g->remote = true;
    err = err ? err : http_ask(&q, &bytes, &n, why, why_bytes);
    err = err ? err : source_parse_within(bytes, n, SOURCE_MAX_BYTES, &g->profile, why, why_bytes);
    free(bytes);
    return err;
}

/* ---- either */

/* Notes where the mappings come from, once binaries have been located. */
static int finish(struct grab *g, const struct source_url *url) {
    char *text = g->remote ? source_url_text(url, false) : NULL;
    int err = source_locate(g->profile, g->request);

    if (err == 0 && g->remote)
        err = text ? mapping_sources_add(&g->mappings, g->profile, text) : -ENOMEM;
    free(text);
    return err;
}

static int grab_source(struct grab *g, char *why, size_t why_bytes) {
    struct source_url url = {0};
    struct stat st;
    bool is_file = strcmp(g->source, "-") == 0 || stat(g->source, &st) == 0;
    int stat_errno = errno, err;
    char text[STRCONV_ERROR_BYTES];
    long wait_s;

    if (is_file) {
        err = grab_file(g, why, why_bytes);
    } else {
        err = source_url_adjust(g->source, g->request->seconds, g->request->timeout, &url, &wait_s);
        if (err == -ENOENT)
            snprintf(why, why_bytes, "stat %s: %s", g->source, strconv_error(stat_errno, text));
        if (err == 0)
            err = grab_url(g, &url, wait_s, why, why_bytes);
    }
    if (err == 0)
        err = finish(g, &url);
    if (err == -ENOMEM && !*why)
        snprintf(why, why_bytes, "out of memory");
    source_url_release(&url);
    return err;
}

static void *grab_thread(void *ctx) {
    struct grab *g = ctx;
    char why[SOURCE_WHY_BYTES] = "";

    if (grab_source(g, why, sizeof(why)) < 0) {
        profile_free(g->profile);
        g->profile = NULL;
        g->why = strdup(why);
    }
    return NULL;
}

void grab_all(struct grab *grabs, size_t n) {
    pthread_t threads[MAX_GRABS_AT_ONCE];
    bool started[MAX_GRABS_AT_ONCE] = {false};

    for (size_t i = 1; i < n; i++)
        started[i] = pthread_create(&threads[i], NULL, grab_thread, &grabs[i]) == 0;
    for (size_t i = 0; i < n; i++)
        if (!started[i])
            grab_thread(&grabs[i]);
    for (size_t i = 1; i < n; i++)
        if (started[i])
            pthread_join(threads[i], NULL);
}

void grab_release(struct grab *g) {
    profile_free(g->profile);
    mapping_sources_release(&g->mappings);
    free(g->why);
    g->profile = NULL;
    g->why = NULL;
}
