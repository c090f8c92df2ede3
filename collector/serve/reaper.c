/* It has a symbolizer of its own, while there is something to write, so that a large program that
 * died holds up no request. */
#include "collector/serve/reaper.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "collector/message.h"
#include "collector/recover.h"

enum { LOOK_MS = 3000 };

/* Whether it was left when this one looked last. */
static bool was_left(const struct reaper *r, const struct arena_file *f) {
    const struct arena_file *at =
        r->seen.n ? bsearch(f, r->seen.files, r->seen.n, sizeof *f, arena_file_compare) : NULL;
    return at && r->is_left[at - r->seen.files];
}

/* Whether so much more may be written of what a user has. */
static bool is_within_budget(struct reaper *r, const struct arena_file *f) {
    struct arena_header h;
    uint64_t bytes = 0;
    const char *why;
    if (f->owner == geteuid())
        return true;
    arena_file_header(f, &h, &bytes, &why); /* what cannot be read is left anyway */
    enum user_budget_answer answer =
        user_budget_take(&r->budgets, f->owner, bytes, clock_ns(CLOCK_MONOTONIC));
    if (answer == USER_BUDGET_SPENT)
        message("user %u has left too much to be written in an hour; the rest is left in %s",
                (unsigned)f->owner, f->dir);
    return answer == USER_BUDGET_TAKEN;
}

/* True when it is left as it is, for good. */
static bool recover(struct reaper *r, const struct arena_file *f) {
    const struct server *s = r->server;
    if (f->alive || (s->only_start && s->only_start != f->start_ticks))
        return false;
    if (was_left(r, f))
        return true;
    if (!is_within_budget(r, f))
        return false;
    if (!r->out.symbolizer)
        r->out.symbolizer = symbolizer_new(); /* without one the files have addresses only */
    if (recover_arena(f, &r->out) != RECOVER_FAILED)
        return false;
    message("%s/%s is left for `cpprof recover`", f->dir, f->name);
    return true;
}

/* `l` and `is_left` are its own from now on. */
static void remember(struct reaper *r, const struct arena_list *l, bool *is_left) {
    arena_list_release(&r->seen);
    free(r->is_left);
    r->seen = *l;
    r->is_left = is_left;
}

void reaper_look(struct reaper *r) {
    struct arena_list l;
    int err = arena_list_init_pid(&l, NULL, r->server->only_pid, NULL);
    bool *is_left = err ? NULL : calloc(l.n + 1, sizeof *is_left);
    if (!is_left) {
        arena_list_release(&l);
        return;
    }
    for (size_t i = 0; i < l.n; i++)
        is_left[i] = recover(r, &l.files[i]);
    remember(r, &l, is_left);
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

void reaper_release(struct reaper *r) {
    arena_list_release(&r->seen);
    free(r->is_left);
    r->is_left = NULL;
    user_budgets_release(&r->budgets);
}

void reaper_stop(struct reaper *r) {
    pthread_join(r->thread, NULL);
}
