/* /debug/pprof/NAME of every named profile: now, the difference over `seconds`, or as text. What is
 * checked, in which order, and what is said then, is net/http/pprof's. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "collector/serve/endpoints.h"
#include "collector/serve/names.h"
#include "collector/serve/process_info.h"
#include "collector/serve/profile_reply.h"
#include "collector/serve/profile_source.h"
#include "collector/serve/window.h"
#include "collector/threads/threads_agent.h"
#include "collector/threads/threads_text.h"

static const char goroutine[] = "goroutine";

static void cannot_collect(struct reply *r, const struct target *t, const char *why) {
    reply_error(r, 500, "failed to collect profile: process %d %s", t->file->pid, why);
}

static int call_by_name(struct profile *p, const struct endpoint *e) {
    return strcmp(e->name, goroutine) == 0 ? profile_call_goroutines(p) : 0;
}

/* ---- delta */

static void reply_delta(const struct request *q, const struct endpoint *e, const struct target *t,
                        const struct snapshot_file *earlier, const struct snapshot_file *later,
                        struct reply *r) {
    struct profile *p = NULL;
    char filename[48];
    const char *why;
    int err = profile_of_window(earlier, later, e->kind, &p, &why);
    if (!err)
        err = call_by_name(p, e);
    snprintf(filename, sizeof filename, "%s-delta", e->name);
    if (err)
        reply_error(r, 500, "failed to compute delta: process %d %s", t->file->pid, why);
    else
        profile_reply(q->server, p, filename, r);
    profile_free(p);
}

static void take_window(const struct request *q, const struct endpoint *e, const struct target *t,
                        int64_t seconds, struct reply *r) {
    struct snapshot_file earlier, later = {0};
    const char *why;
    if (snapshot_file_take(q->server, t, e->kind, &earlier, &why) != 0) {
        cannot_collect(r, t, why);
    } else if (window_wait(q->server, t, q->client,
                           earlier.monotonic_ns + seconds * INT64_C(1000000000)) ==
               WINDOW_HUNG_UP) {
        reply_error(r, 500, "context canceled");
        r->hung_up = true;
    } else if (snapshot_file_take(q->server, t, e->kind, &later, &why) != 0) {
        cannot_collect(r, t, why);
    } else {
        reply_delta(q, e, t, &earlier, &later, r);
    }
    snapshot_file_release(&earlier);
    snapshot_file_release(&later);
}

static void serve_delta(const struct request *q, const struct endpoint *e, const struct target *t,
                        const char *given, struct reply *r) {
    char debug[32];
    int64_t seconds, level;
    if (parse_decimal(given, &seconds) != 0 || seconds <= 0) {
        reply_error(r, 400, "invalid value for \"seconds\" - must be a positive integer");
        return;
    }
    if (seconds >= SERVER_SECONDS_MAX) {
        reply_error(r, 400, "profile duration exceeds server's WriteTimeout");
        return;
    }
    param_value(&q->params, "debug", debug, sizeof debug);
    parse_decimal(debug, &level);
    if (level != 0) {
        reply_error(r, 400, "seconds and debug params are incompatible");
        return;
    }
    if (!server_window_take(q->server)) {
        reply_error(r, 429, "too many profiles are being taken at once; try again later");
        return;
    }
    take_window(q, e, t, seconds, r);
    server_window_give(q->server);
}

/* ---- now */

static void serve_stacks(const struct request *q, const struct target *t, struct reply *r) {
    struct arena_image image;
    struct threads_head *record;
    struct threads_report report = {0};
    const char *why;
    if (threads_ask(q->server, t, &record, &why) != 0) {
        cannot_collect(r, t, why);
        return;
    }
    server_work_begins(q->server);
    int err = target_load(t, &image, &why);
    bool loaded = !err;
    if (loaded) {
        err = threads_agent_report(&report, &image.view, record);
        arena_image_release(&image);
    }
    server_work_ends(q->server);
    free(record);
    if (!loaded) {
        cannot_collect(r, t, why);
        return;
    }
    if (!err && !(report.offsets = calloc(report.profile->n_locations + 1, sizeof(uint32_t))))
        err = -ENOMEM;
    if (!err)
        err = names_put(q->server->names, report.profile, report.offsets);
    FILE *out = err ? NULL : reply_open(r);
    if (out) {
        threads_text_write(&report, out);
        reply_close(r, out, REPLY_TEXT);
    } else {
        reply_error(r, 500, "failed to collect profile: out of memory");
    }
    report_release(&report);
}

static void serve_now(const struct request *q, const struct endpoint *e, const struct target *t,
                      bool as_text, struct reply *r) {
    struct snapshot_file now;
    struct profile *p = NULL;
    const char *why;
    int err = snapshot_file_take(q->server, t, e->kind, &now, &why);
    if (!err)
        err = profile_of_snapshot(&now, e->kind, &p, &why);
    const struct profile_text text = {e->kind, e->name, now.mutex_fraction,
                                      process_max_rss(t->file->pid)};
    snapshot_file_release(&now);
    if (!err && call_by_name(p, e) != 0) {
        why = "cannot be profiled: out of memory";
        err = -ENOMEM;
    }
    if (err)
        cannot_collect(r, t, why);
    else if (as_text)
        profile_reply_text(q->server, p, &text, r);
    else
        profile_reply(q->server, p, e->name, r);
    profile_free(p);
}

void serve_profile(const struct request *q, const struct endpoint *e, const struct target *t,
                   struct reply *r) {
    char value[64];
    int64_t debug;
    param_value(&q->params, "seconds", value, sizeof value);
    if (*value) {
        serve_delta(q, e, t, value, r);
        return;
    }
    param_value(&q->params, "debug", value, sizeof value);
    parse_decimal(value, &debug);
    if (debug != 0 && e->kind == KIND_CPU)
        reply_error(r, 400, "\"debug\" parameter is not supported for this profile type");
    else if (debug >= 2 && e->kind == KIND_THREADS)
        serve_stacks(q, t, r);
    else
        serve_now(q, e, t, debug != 0, r);
}
