/* It has a symbolizer of its own, while there is something to write, so that a large program that
 * died holds up no request. */
#include "collector/serve/reaper.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "collector/message.h"
#include "collector/recover.h"

enum { LOOK_MS = 3000 };

static bool has_failed(const struct reaper *r, const char *name) {
    for (size_t i = 0; i < r->n_failed && i < REAPER_FAILED_MAX; i++)
        if (strcmp(r->failed[i], name) == 0)
            return true;
    return false;
}

static void recover(struct reaper *r, const struct arena_file *f) {
    const struct server *s = r->server;
    if (f->alive || (s->only_start && s->only_start != f->start_ticks) || has_failed(r, f->name))
        return;
    if (!r->out.symbolizer)
        r->out.symbolizer = symbolizer_new(); /* without one the files have addresses only */
    if (recover_arena(f, &r->out) != RECOVER_FAILED)
        return;
    message("%s/%s is left for `cpprof recover`", f->dir, f->name);
    strcpy(r->failed[r->n_failed++ % REAPER_FAILED_MAX], f->name);
}

void reaper_look(struct reaper *r) {
    struct arena_list l;
    int err = arena_list_init_pid(&l, NULL, r->server->only_pid, NULL);
    for (size_t i = 0; i < l.n && !err; i++)
        recover(r, &l.files[i]);
    arena_list_release(&l);
    profile_output_release(&r->out);
}

static void *look_again(void *ctx) {
    struct reaper *r = ctx;
    struct pollfd stop = {.fd = r->server->stop_fd, .events = POLLIN};
    do
        reaper_look(r);
    while (poll(&stop, 1, LOOK_MS) <= 0);
    return NULL;
}

int reaper_init(struct reaper *r, const struct server *s, const char *dir) {
    *r = (struct reaper){.server = s, .out.dir = profile_dir(dir)};
    return r->out.dir ? 0 : -ENOTDIR;
}

int reaper_start(struct reaper *r) {
    int err = pthread_create(&r->thread, NULL, look_again, r);
    if (err)
        message("cannot start a thread: %s", strerror(err));
    return -err;
}

void reaper_stop(struct reaper *r) {
    pthread_join(r->thread, NULL);
}
