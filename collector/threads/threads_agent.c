/* Asking the agent where its threads are.
 *
 * The answer to an older question is not taken: the process has gone on since. */
#include "collector/threads/threads_agent.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "collector/agent_request.h"
#include "collector/arena_mappings.h"
#include "collector/message.h"

enum { PATIENCE_MS = 5000, ASK_AGAIN_MS = 250, RECORD_MAX_BYTES = 256 << 20 };

struct question {
    struct agent_request request;
    const struct arena_file *file;
    int64_t asked_ns; /* when first; CLOCK_MONOTONIC */
};

/* ---- the answer */

static int read_all(int fd, char *to, size_t n) {
    for (size_t at = 0; at < n;) {
        ssize_t got = read(fd, to + at, n - at);
        if (got == 0 || (got < 0 && errno != EINTR))
            return got ? -errno : -EIO;
        at += got > 0 ? (size_t)got : 0;
    }
    return 0;
}

static int load(int fd, const struct stat *st, struct threads_head **record, const char **why) {
    *why = "answered with a file of a size that cannot be";
    if (st->st_size < (off_t)sizeof **record || st->st_size > RECORD_MAX_BYTES)
        return -EINVAL;
    *why = "answered more than there is memory for";
    struct threads_head *h = *record = malloc((size_t)st->st_size);
    if (!h)
        return -ENOMEM;
    *why = "answered with a file that cannot be read";
    int err = read_all(fd, (char *)h, (size_t)st->st_size);
    if (err)
        return err;
    *why = threads_record_check(h, (uint64_t)st->st_size);
    return *why ? -EINVAL : 0;
}

/* Reads the answer, if it is there. -ENOENT: not yet. */
static int read_answer(const struct question *q, struct threads_head **record, const char **why) {
    struct stat st;
    int fd = arena_file_open(q->file, THREADS_SUFFIX, &st, why);
    if (fd < 0)
        return fd;
    int err = load(fd, &st, record, why);
    close(fd);
    const struct threads_head *h = *record;
    if (!err && h->monotonic_ns < q->asked_ns)
        err = -ENOENT;
    if (!err && ((int)h->pid != q->file->pid || h->start_ticks != q->file->start_ticks)) {
        *why = "answered with the threads of another process";
        err = -EINVAL;
    }
    if (err != -ENOENT)
        arena_file_remove(q->file, THREADS_SUFFIX);
    if (err) {
        free(*record);
        *record = NULL;
    }
    return err;
}

/* Waits for the answer, asking again from time to time. */
static int await(const struct question *q, int patience_ms, struct threads_head **record,
                 const char **why) {
    const int64_t end_ns = q->asked_ns + patience_ms * INT64_C(1000000);
    int64_t ask_ns = q->asked_ns + ASK_AGAIN_MS * INT64_C(1000000);
    struct timespec pause = {.tv_nsec = 1000000};
    int err;
    while ((err = read_answer(q, record, why)) == -ENOENT) {
        int64_t now = clock_ns(CLOCK_MONOTONIC);
        if ((err = agent_request_awake(&q->request, why)) != 0)
            return err;
        *why = "does not answer";
        if (now > end_ns)
            return -ETIMEDOUT;
        if (now > ask_ns) {
            ask_ns = now + ASK_AGAIN_MS * INT64_C(1000000);
            if ((err = agent_request_send(&q->request, ARENA_REQUEST_THREADS, why)) != 0)
                return err;
        }
        nanosleep(&pause, NULL);
        if (now > q->asked_ns + 20000000) /* most answer within a few ms */
            pause.tv_nsec = 10000000;
    }
    return err;
}

int threads_agent_record(const struct arena_file *f, const struct arena_header *h, int patience_ms,
                         struct threads_head **record, const char **why) {
    struct question q = {.file = f};
    *record = NULL;
    int err = agent_request_init(&q.request, f, h, why);
    q.asked_ns = clock_ns(CLOCK_MONOTONIC);
    if (!err)
        err = agent_request_send(&q.request, ARENA_REQUEST_THREADS, why);
    if (!err)
        err = await(&q, patience_ms, record, why);
    agent_request_release(&q.request);
    return err;
}

/* ---- record -> report */

struct record_reader {
    struct threads_report *report;
    const struct arena_view *view;
    struct arena_mappings mappings;
};

static int push(struct record_reader *rd, struct report_stack *stack, uint64_t pc, uint32_t epoch,
                bool exact) {
    if (pc < ARENA_PC_LIMIT)
        return report_push_pseudo(rd->report, stack, pc);
    int err = 0;
    struct profile_mapping *m = arena_mapping_at(&rd->mappings, pc, epoch, &err);
    return err ? err : report_push_frame(rd->report, stack, pc, exact, m);
}

static int push_all(struct record_reader *rd, struct report_stack *stack, const uint64_t *pc,
                    uint32_t depth, uint32_t epoch, bool leaf_exact) {
    int err = 0;
    for (uint32_t i = 0; i < depth && !err; i++)
        err = push(rd, stack, pc[i], epoch, i == 0 && leaf_exact);
    return err;
}

static int add_entry(struct record_reader *rd, const struct threads_entry *e, uint32_t epoch) {
    struct report_thread *t = report_add_thread(rd->report, e->tid, e->name, sizeof e->name);
    if (!t)
        return -ENOMEM;
    t->state = threads_entry_state(e);
    if (e->wait != ARENA_WAIT_NONE)
        t->waited_ns = e->waited_ns;
    t->object = e->object;
    t->owner = e->owner;
    /* A thread in a hooked call shows the hook's caller, where that returns to; any other was
     * found by a signal where it stood. */
    int err = push_all(rd, &t->stack, e->pc, e->depth, epoch, e->wait == ARENA_WAIT_NONE);
    const struct arena_stack *creator = arena_stack_at(rd->view, e->creator);
    if (!err && creator)
        err = push_all(rd, &t->creator, creator->pc, creator->depth, creator->epoch, false);
    return err;
}

int threads_agent_report(struct threads_report *r, const struct arena_view *v,
                         const struct threads_head *record) {
    struct record_reader rd = {.report = r, .view = v};
    int err = report_init(r, record->pid);
    if (!err)
        err = arena_mappings_init(&rd.mappings, v, r->profile);
    for (const struct threads_entry *e = NULL; !err && (e = threads_record_next(record, e));)
        err = add_entry(&rd, e, record->epoch);
    report_sort(r);
    arena_mappings_release(&rd.mappings);
    return err;
}

/* ---- both */

static int no_arena(pid_t pid) {
    if (kill(pid, 0) != 0 && errno == ESRCH)
        message("no process %d", (int)pid);
    else
        message("process %d carries no agent, or has recorded nothing yet; try --native", (int)pid);
    return -ENOENT;
}

static int read_process(struct threads_report *r, const struct arena_file *f) {
    struct arena_image image;
    struct threads_head *record;
    const char *why;
    int err = arena_file_load(f, &image, &why);
    if (err) {
        message("cannot read the arena of process %d (%s/%s): %s", f->pid, f->dir, f->name, why);
        return err;
    }
    err = threads_agent_record(f, arena_view_header(&image.view), PATIENCE_MS, &record, &why);
    arena_image_release(&image);
    if (err) {
        message("process %d %s%s", f->pid, why, err == -ESRCH ? "" : "; try --native");
        return err;
    }
    /* Again, for it has written down since what the answer refers to. */
    err = arena_file_load(f, &image, &why);
    if (!err) {
        err = threads_agent_report(r, &image.view, record);
        arena_image_release(&image);
    }
    free(record);
    if (err)
        message("cannot read what process %d answered: %s", f->pid, strerror(-err));
    return err;
}

int threads_agent_read(struct threads_report *r, pid_t pid) {
    struct arena_list l;
    const char *bad_dir = "";
    int err = arena_list_init(&l, NULL, &bad_dir);
    const struct arena_file *f = err ? NULL : arena_list_find(&l, pid);
    if (err)
        message("cannot look for arenas %s: %s", bad_dir, strerror(-err));
    else if (!f)
        err = no_arena(pid);
    else
        err = read_process(r, f);
    arena_list_release(&l);
    return err;
}
