/* Naming, encoding, writing. */
#include "collector/serve/profile_reply.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "collector/serve/legacy_text.h"
#include "collector/serve/names.h"

static int to_stream(void *ctx, const void *bytes, size_t n) {
    return fwrite(bytes, 1, n, ctx) == n ? 0 : -ENOMEM;
}

void profile_reply(struct server *s, struct profile *p, const char *filename, struct reply *r) {
    server_work_begins(s);
    int err = names_put(s->names, p, NULL);
    profile_renumber(p);
    FILE *out = err ? NULL : reply_open(r);
    if (out) {
        err = profile_encode(p, to_stream, out);
        reply_close(r, out, REPLY_DATA);
    }
    server_work_ends(s);
    if (err || !out)
        reply_error(r, 500, "failed to collect profile: %s", strerror(err ? -err : ENOMEM));
    else if (r->status == 200)
        snprintf(r->disposition, sizeof r->disposition, "attachment; filename=\"%s\"", filename);
}

/* ---- text */

/* What Go tells of its memory, as far as it means something here, from the profile's estimates. */
static void memory_tail(const struct profile *p, uint64_t max_rss_bytes, char *tail, size_t room) {
    int64_t sum[4] = {0}; /* allocated objects, bytes; objects, bytes in use */
    for (size_t i = 0; i < p->n_samples; i++)
        for (size_t k = 0; k < 4 && k < p->n_sample_types; k++)
            sum[k] += p->samples[i].values[k];
    snprintf(tail, room,
             "# runtime.MemStats\n"
             "# Alloc = %" PRId64 "\n"
             "# TotalAlloc = %" PRId64 "\n"
             "# Mallocs = %" PRId64 "\n"
             "# Frees = %" PRId64 "\n"
             "# HeapAlloc = %" PRId64 "\n"
             "# HeapObjects = %" PRId64 "\n"
             "# MaxRSS = %" PRIu64 "\n",
             sum[3], sum[1], sum[0], sum[0] - sum[2], sum[3], sum[2], max_rss_bytes);
}

static int write_text(struct server *s, struct profile *p, const struct profile_text *text,
                      FILE *out) {
    char tail[512];
    uint32_t *offsets = calloc(p->n_locations + 1, sizeof *offsets);
    int err = offsets ? names_put(s->names, p, offsets) : -ENOMEM;
    struct legacy_text t = {.kind = text->kind,
                            .name = text->name,
                            .offsets = offsets,
                            .mutex_fraction = (int64_t)text->mutex_fraction};
    if (text->kind == KIND_HEAP || text->kind == KIND_ALLOCS) {
        memory_tail(p, text->max_rss_bytes, tail, sizeof tail);
        t.tail = tail;
    }
    if (!err)
        err = legacy_text_write(&t, p, out);
    free(offsets);
    return err;
}

void profile_reply_text(struct server *s, struct profile *p, const struct profile_text *text,
                        struct reply *r) {
    FILE *out = reply_open(r);
    if (!out)
        return;
    server_work_begins(s);
    int err = write_text(s, p, text, out);
    server_work_ends(s);
    reply_close(r, out, REPLY_TEXT);
    if (err)
        reply_error(r, 500, "failed to collect profile: %s", strerror(-err));
}
