/* Copying an arena takes as much memory as it holds, so only some requests do it at once, and each
 * gives the copy back as soon as there is a profile of it. */
#include "collector/serve/profile_source.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arena/snapshot.h"
#include "arena/threads_profile.h"
#include "base/clock.h"
#include "collector/threads/threads_agent.h"
#include "proto/merge.h"

enum { THREADS_PATIENCE_MS = 3000, QUEUE_SECONDS = 6 };

static const char no_memory[] = "cannot be profiled: out of memory";

static int to_stream(void *ctx, const void *bytes, size_t n) {
    return fwrite(bytes, 1, n, ctx) == n ? 0 : -ENOMEM;
}

/* ---- snapshots */

int threads_ask(struct server *s, const struct target *t, struct threads_head **record,
                const char **why) {
    pthread_mutex_t *asking = &s->asking[t->file->pid % SERVER_ASK_LOCKS];
    struct arena_header h;
    struct timespec end;
    *record = NULL;
    int err = arena_file_header(t->file, &h, NULL, why);
    if (err)
        return err;
    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec += QUEUE_SECONDS;
    *why = "is being asked by too many at once";
    if (pthread_mutex_clocklock(asking, CLOCK_MONOTONIC, &end) != 0)
        return -EBUSY;
    err = threads_agent_record(t->file, &h, THREADS_PATIENCE_MS, record, why);
    pthread_mutex_unlock(asking);
    return err;
}

/* Writes the kind, of a copy of the arena, to a stream. */
static int write_snapshot(const struct arena_image *image, const struct threads_head *record,
                          enum profile_kind kind, struct snapshot_file *f, FILE *out) {
    const struct snapshot_time now = {f->realtime_ns, f->monotonic_ns};
    f->mutex_fraction = arena_view_header(&image->view)->mutex_fraction;
    if (record)
        return threads_profile_write(&image->view, record, &mem_malloc, to_stream, out);
    return snapshot_write(&image->view, kind, &now, &mem_malloc, to_stream, out);
}

static int take_from(const struct arena_image *image, const struct threads_head *record,
                     enum profile_kind kind, struct snapshot_file *f, const char **why) {
    FILE *out = open_memstream(&f->file, &f->bytes);
    *why = no_memory;
    if (!out)
        return -ENOMEM;
    int err = write_snapshot(image, record, kind, f, out);
    if (fclose(out) != 0 && !err)
        err = -ENOMEM;
    return err;
}

int snapshot_file_take(struct server *s, const struct target *t, enum profile_kind kind,
                       struct snapshot_file *f, const char **why) {
    struct arena_image image;
    struct threads_head *record = NULL;
    int err;
    *f = (struct snapshot_file){0};
    /* First, for the answer refers to what is in the arena then. */
    if (kind == KIND_THREADS && (err = threads_ask(s, t, &record, why)) != 0)
        return err;
    server_work_begins(s);
    f->realtime_ns = clock_ns(CLOCK_REALTIME);
    f->monotonic_ns = clock_ns(CLOCK_MONOTONIC);
    err = target_load(t, &image, why);
    if (!err) {
        err = take_from(&image, record, kind, f, why);
        arena_image_release(&image);
    }
    server_work_ends(s);
    free(record);
    return err;
}

void snapshot_file_release(struct snapshot_file *f) {
    free(f->file);
    *f = (struct snapshot_file){0};
}

/* ---- profiles */

static int decode(const struct snapshot_file *f, struct profile **p, const char **why) {
    *why = "cannot be profiled: its arena is damaged";
    int err = profile_decode(f->file, f->bytes, NULL, p, NULL, 0);
    if (err == -ENOMEM)
        *why = no_memory;
    return err;
}

int profile_of_snapshot(const struct snapshot_file *f, enum profile_kind kind, struct profile **p,
                        const char **why) {
    int err = decode(f, p, why);
    if (!err && kind != KIND_CPU)
        (*p)->duration_nanos = 0;
    return err;
}

/* How long threads have waited grows with every look: those that just wait on are to be the same.
 */
static void forget_waited(struct profile *p) {
    for (size_t i = 0; i < p->n_samples; i++) {
        struct profile_sample *sample = &p->samples[i];
        size_t n = 0;
        for (size_t k = 0; k < sample->n_labels; k++)
            if (strcmp(sample->labels[k].key, "waited") != 0)
                sample->labels[n++] = sample->labels[k];
        sample->n_labels = n;
    }
}

int profile_of_window(const struct snapshot_file *earlier, const struct snapshot_file *later,
                      enum profile_kind kind, struct profile **p, const char **why) {
    struct profile *before = NULL, *after = NULL;
    int err = decode(earlier, &before, why);
    if (!err)
        err = decode(later, &after, why);
    if (!err && kind == KIND_THREADS) {
        forget_waited(before);
        forget_waited(after);
    }
    if (!err) {
        *why = "cannot be profiled: its snapshots do not fit each other";
        err = profile_delta(before, after, later->monotonic_ns - earlier->monotonic_ns, p, NULL, 0);
        if (err == -ENOMEM)
            *why = no_memory;
    }
    profile_free(before);
    profile_free(after);
    if (!err)
        (*p)->time_nanos = kind == KIND_CPU ? earlier->realtime_ns : later->realtime_ns;
    return err;
}

int profile_call_goroutines(struct profile *p) {
    const char *name = profile_string(p, "goroutine");
    if (!name)
        return -ENOMEM;
    for (size_t i = 0; i < p->n_sample_types; i++)
        p->sample_types[i].type = name;
    p->default_sample_type = p->period_type.type = name;
    return 0;
}
