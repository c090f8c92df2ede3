/* One poll for all that can end a window. */
#include "collector/serve/window.h"

#include "base/clock.h"

#include <errno.h>
#include <poll.h>
#include <time.h>

enum window_end window_wait(const struct server *s, const struct target *t, int client,
                            int64_t end_ns) {
    /* A client that closes its side only to say that it has nothing more to ask has gone, too, as
     * for net/http. */
    struct pollfd fds[] = {{.fd = client, .events = POLLRDHUP},
                           {.fd = t->pid_fd, .events = POLLIN},
                           {.fd = s->stop_fd, .events = POLLIN}};
    for (;;) {
        int64_t left = end_ns - clock_ns(CLOCK_MONOTONIC);
        if (left <= 0)
            return WINDOW_PASSED;
        const struct timespec timeout = {left / 1000000000, left % 1000000000};
        if (ppoll(fds, 3, &timeout, NULL) <= 0)
            continue;
        if (fds[0].revents)
            return WINDOW_HUNG_UP;
        if (fds[2].revents)
            return WINDOW_STOPPED;
        if (fds[1].revents)
            return WINDOW_ENDED;
    }
}
