/* Counting who does what. */
#include "collector/serve/server.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "collector/serve/names.h"

int server_init(struct server *s) {
    pthread_condattr_t monotonic;
    s->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    s->names = names_new();
    pthread_mutex_init(&s->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&s->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    for (int i = 0; i < SERVER_ASK_LOCKS; i++)
        pthread_mutex_init(&s->asking[i], NULL);
    return s->stop_fd >= 0 && s->names ? 0 : -ENOMEM;
}

void server_release(struct server *s) {
    names_free(s->names);
    if (s->stop_fd >= 0)
        close(s->stop_fd);
}

void server_stop(struct server *s) {
    eventfd_write(s->stop_fd, 1);
}

static void add(struct server *s, unsigned *count, int n) {
    pthread_mutex_lock(&s->lock);
    *count += (unsigned)n;
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
}

void server_request_begins(struct server *s) {
    add(s, &s->requests, 1);
}

void server_request_ends(struct server *s) {
    add(s, &s->requests, -1);
}

bool server_drain(struct server *s, int ms) {
    struct timespec end;
    clock_gettime(CLOCK_MONOTONIC, &end);
    int64_t ns = end.tv_nsec + ms * INT64_C(1000000);
    end.tv_sec += ns / 1000000000;
    end.tv_nsec = ns % 1000000000;
    pthread_mutex_lock(&s->lock);
    while (s->requests && pthread_cond_timedwait(&s->changed, &s->lock, &end) == 0)
        ;
    bool none = s->requests == 0;
    pthread_mutex_unlock(&s->lock);
    return none;
}

bool server_window_take(struct server *s) {
    pthread_mutex_lock(&s->lock);
    bool taken = s->windows < SERVER_WINDOWS_MAX;
    s->windows += taken;
    pthread_mutex_unlock(&s->lock);
    return taken;
}

void server_window_give(struct server *s) {
    add(s, &s->windows, -1);
}

void server_work_begins(struct server *s) {
    pthread_mutex_lock(&s->lock);
    while (s->working >= SERVER_WORKING_MAX)
        pthread_cond_wait(&s->changed, &s->lock);
    s->working++;
    pthread_mutex_unlock(&s->lock);
}

void server_work_ends(struct server *s) {
    add(s, &s->working, -1);
}
