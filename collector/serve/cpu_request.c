/* The process answers by the header of its arena. */
#include "collector/serve/cpu_request.h"

#include <errno.h>
#include <time.h>

#include "base/clock.h"
#include "collector/agent_request.h"

enum { PATIENCE_MS = 2000, ASK_AGAIN_MS = 250, LOOK_MS = 2 };

/* Whether a request for at least `hz` until at least `until_ns` is in force. */
static bool is_granted(const struct arena_header *h, uint32_t hz, int64_t until_ns) {
    return h->cpu_window_hz >= hz && h->cpu_window_until_ns >= until_ns;
}

/* Asks, again and again, until that is granted. */
static int ask(const struct agent_request *q, const struct target *t, uint32_t hz, unsigned seconds,
               uint32_t *granted, const char **why) {
    const struct timespec pause = {.tv_nsec = LOOK_MS * 1000000};
    const int64_t asked_ns = clock_ns(CLOCK_MONOTONIC),
                  until_ns = asked_ns + seconds * INT64_C(1000000000);
    int64_t ask_ns = asked_ns;
    int err = 0;
    while (!err) {
        struct arena_header now;
        int64_t now_ns = clock_ns(CLOCK_MONOTONIC);
        if (now_ns >= ask_ns) {
            err = agent_request_send(q, ARENA_REQUEST_CPU(hz, seconds + 1), why);
            ask_ns = now_ns + ASK_AGAIN_MS * INT64_C(1000000);
        }
        if (!err)
            nanosleep(&pause, NULL);
        if (!err && arena_file_header(t->file, &now, NULL, why) == 0 &&
            is_granted(&now, hz, until_ns)) {
            *granted = now.cpu_window_hz;
            return 0;
        }
        if (!err)
            err = agent_request_awake(q, why);
        if (!err && now_ns > asked_ns + PATIENCE_MS * INT64_C(1000000)) {
            *why = "does not answer";
            err = -ETIMEDOUT;
        }
    }
    return err;
}

int cpu_request(const struct target *t, const struct arena_header *h, uint32_t hz, unsigned seconds,
                uint32_t *granted, const char **why) {
    struct agent_request q;
    int err = agent_request_init(&q, t->file, h, why);
    if (!err)
        err = ask(&q, t, hz, seconds, granted, why);
    agent_request_release(&q);
    return err;
}
