/* A table that is looked over once a second. A socket is shut down, not closed: its own thread
 * finds it at its end and closes it. */
#include "collector/serve/connections.h"

#include <sys/socket.h>

#include "base/clock.h"

void connections_init(struct connections *c) {
    pthread_mutex_init(&c->lock, NULL);
    for (int i = 0; i < SERVER_CONNECTIONS_MAX; i++)
        c->entries[i] = (struct connection){.fd = -1};
}

static int64_t in_seconds(unsigned seconds) {
    return clock_ns(CLOCK_MONOTONIC) + seconds * INT64_C(1000000000);
}

struct connection *connections_add(struct connections *c, int fd) {
    struct connection *found = NULL;
    pthread_mutex_lock(&c->lock);
    for (int i = 0; i < SERVER_CONNECTIONS_MAX && !found; i++)
        if (c->entries[i].fd < 0)
            found = &c->entries[i];
    if (found)
        *found = (struct connection){fd, in_seconds(SERVER_REQUEST_SECONDS)};
    pthread_mutex_unlock(&c->lock);
    return found;
}

void connections_remove(struct connections *c, struct connection *entry) {
    if (!entry)
        return;
    pthread_mutex_lock(&c->lock);
    *entry = (struct connection){.fd = -1};
    pthread_mutex_unlock(&c->lock);
}

void connections_limit(struct connections *c, struct connection *entry, unsigned seconds) {
    if (!entry)
        return;
    pthread_mutex_lock(&c->lock);
    entry->end_ns = seconds ? in_seconds(seconds) : 0;
    pthread_mutex_unlock(&c->lock);
}

void connections_check(struct connections *c) {
    int64_t now = clock_ns(CLOCK_MONOTONIC);
    pthread_mutex_lock(&c->lock);
    for (int i = 0; i < SERVER_CONNECTIONS_MAX; i++) {
        struct connection *e = &c->entries[i];
        if (e->fd >= 0 && e->end_ns && e->end_ns < now) {
            shutdown(e->fd, SHUT_RDWR);
            e->end_ns = 0;
        }
    }
    pthread_mutex_unlock(&c->lock);
}
