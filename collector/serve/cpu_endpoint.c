/* /debug/pprof/profile: the CPU time of the next seconds, cut out of what is sampled all the time.
 * Where that is nothing, or slower than was asked for, the process samples (faster) for the window
 * only. So any number of clients may have their windows at once. */
#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "collector/serve/cpu_request.h"
#include "collector/serve/endpoints.h"
#include "collector/serve/profile_reply.h"
#include "collector/serve/profile_source.h"
#include "collector/serve/window.h"

enum { SECONDS_DEFAULT = 30, HZ_DEFAULT = 100, LEASE_SECONDS = 5 };

static void cannot_enable(struct reply *r, const struct target *t, const char *why) {
    reply_error(r, 500, "Could not enable CPU profiling: process %d %s", t->file->pid, why);
}

/* Sees to it that the process samples at `hz`, if not 0, or at any rate, for the next seconds;
 * *rate_hz is the one in force then. For a few at a time, so that it does not go on for long when
 * the client, or this server, is gone. */
static int enable(const struct target *t, uint32_t hz, int64_t end_ns, uint32_t *rate_hz,
                  const char **why) {
    struct arena_header h;
    int err = arena_file_header(t->file, &h, NULL, why);
    if (err)
        return err;
    *rate_hz = h.cpu_rate_hz;
    if (h.cpu_rate_hz && h.cpu_rate_hz >= hz)
        return 0;
    int64_t left = (end_ns - clock_ns(CLOCK_MONOTONIC)) / INT64_C(1000000000) + 1;
    unsigned seconds = left < LEASE_SECONDS ? (unsigned)left : LEASE_SECONDS;
    return cpu_request(t, &h, hz ? hz : HZ_DEFAULT, seconds, rate_hz, why);
}

/* Waits for the end of the window, and sees to it meanwhile that sampling goes on. */
static enum window_end wait_enabled(const struct request *q, const struct target *t, uint32_t hz,
                                    int64_t end_ns) {
    for (;;) {
        int64_t until_ns = clock_ns(CLOCK_MONOTONIC) + (LEASE_SECONDS - 1) * INT64_C(1000000000);
        if (until_ns > end_ns)
            until_ns = end_ns;
        enum window_end how = window_wait(q->server, t, q->client, until_ns);
        uint32_t rate_hz;
        const char *why;
        if (how != WINDOW_PASSED || until_ns == end_ns)
            return how;
        enable(t, hz, end_ns, &rate_hz, &why); /* if not, the window has what there is */
    }
}

static void reply_window(const struct request *q, const struct target *t, uint32_t rate_hz,
                         const struct snapshot_file *earlier, const struct snapshot_file *later,
                         struct reply *r) {
    struct profile *p = NULL;
    const char *why;
    if (profile_of_window(earlier, later, KIND_CPU, &p, &why) != 0) {
        reply_error(r, 500, "failed to collect profile: process %d %s", t->file->pid, why);
    } else {
        p->period = 1000000000 / rate_hz;
        profile_reply(q->server, p, "profile", r);
    }
    profile_free(p);
}

static void take_window(const struct request *q, const struct target *t, uint32_t hz,
                        unsigned seconds, struct reply *r) {
    struct snapshot_file earlier = {0}, later = {0};
    uint32_t rate_hz = 0;
    const char *why;
    const int64_t window_ns = seconds * INT64_C(1000000000);
    if (enable(t, hz, clock_ns(CLOCK_MONOTONIC) + window_ns, &rate_hz, &why) != 0 ||
        snapshot_file_take(q->server, t, KIND_CPU, &earlier, &why) != 0) {
        cannot_enable(r, t, why);
    } else if (wait_enabled(q, t, hz, earlier.monotonic_ns + window_ns) == WINDOW_HUNG_UP) {
        reply_error(r, 500, "context canceled");
        r->hung_up = true;
    } else if (snapshot_file_take(q->server, t, KIND_CPU, &later, &why) != 0) {
        reply_error(r, 500, "failed to collect profile: process %d %s", t->file->pid, why);
    } else {
        reply_window(q, t, rate_hz, &earlier, &later, r);
    }
    snapshot_file_release(&earlier);
    snapshot_file_release(&later);
}

void serve_cpu(const struct request *q, const struct endpoint *e, const struct target *t,
               struct reply *r) {
    char value[64];
    int64_t seconds, hz = 0;
    param_value(&q->params, "seconds", value, sizeof value);
    if (parse_decimal(value, &seconds) != 0 || seconds <= 0)
        seconds = SECONDS_DEFAULT;
    if (seconds >= SERVER_SECONDS_MAX) {
        reply_error(r, 400, "profile duration exceeds server's WriteTimeout");
        return;
    }
    param_value(&q->params, "hz", value, sizeof value);
    if (*value && (parse_decimal(value, &hz) != 0 || hz <= 0 || hz > SERVER_HZ_MAX)) {
        reply_error(r, 400, "invalid value for \"hz\" - must be an integer from 1 to %d",
                    SERVER_HZ_MAX);
        return;
    }
    if (!server_window_take(q->server)) {
        reply_error(r, 429, "too many profiles are being taken at once; try again later");
        return;
    }
    take_window(q, t, (uint32_t)hz, (unsigned)seconds, r);
    server_window_give(q->server);
}

void serve_trace(const struct request *q, const struct endpoint *e, const struct target *t,
                 struct reply *r) {
    reply_error(r, 404, "there is no execution trace of a native program");
}
