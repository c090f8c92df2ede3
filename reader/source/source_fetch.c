/* Profiles from files and servers: grabbed, merged, without their base, with names. The order is
 * that of google/pprof's fetchProfiles. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "reader/filter/filter.h"
#include "reader/source/combine.h"
#include "reader/source/source_grab.h"

/* The sources, or the bases, of one request. */
struct side {
    const char *what;        /* "source", "base" */
    struct profile *profile; /* of all that were fetched so far; owned */
    struct mapping_sources mappings;
    size_t n, fetched;
    bool remote;
};

static void side_release(struct side *s) {
    profile_free(s->profile);
    mapping_sources_release(&s->mappings);
    s->profile = NULL;
}

/* Merges what has just been grabbed into what was there before. */
static int side_add(struct side *s, struct grab *grabs, size_t n, char *why, size_t why_bytes) {
    struct profile *profiles[MAX_GRABS_AT_ONCE + 1];
    size_t n_profiles = 0;
    int err = 0;

    if (s->profile)
        profiles[n_profiles++] = s->profile;
    s->profile = NULL;
    for (size_t i = 0; i < n; i++) {
        struct grab *g = &grabs[i];

        if (!g->profile) {
            fprintf(stderr, "%s: %s\n", g->source, g->why ? g->why : "out of memory");
            continue;
        }
        s->remote = s->remote || g->remote;
        s->fetched++;
        profiles[n_profiles++] = g->profile;
        g->profile = NULL;
        if (err == 0)
            err = mapping_sources_join(&s->mappings, &g->mappings);
    }
    if (n_profiles == 0)
        return err;
    if (err == 0)
        return source_combine_all(profiles, n_profiles, &s->profile, why, why_bytes);
    for (size_t i = 0; i < n_profiles; i++)
        profile_free(profiles[i]);
    return err;
}

/* Says how many of several there are; none is an error. */
static int side_count(const struct side *s, char *why, size_t why_bytes) {
    if (s->fetched == 0 && s->n > 0) {
        snprintf(why, why_bytes, "failed to fetch any %s profiles", s->what);
        return -ENOENT;
    }
    if (s->fetched < s->n)
        fprintf(stderr, "Fetched %zu %s profiles out of %zu\n", s->fetched, s->what, s->n);
    return 0;
}

/* Grabs the sources from `from` on, as many as at once, and the base with the first ones. */
static int fetch_some(const struct source_request *q, size_t from, struct side *sources,
                      struct side *bases, char *why, size_t why_bytes) {
    struct grab grabs[MAX_GRABS_AT_ONCE] = {0};
    size_t n_bases = from == 0 ? bases->n : 0, n = q->n_sources - from;
    char reason[SOURCE_WHY_BYTES] = "";
    int err;

    if (n > MAX_GRABS_AT_ONCE - n_bases)
        n = MAX_GRABS_AT_ONCE - n_bases;
    for (size_t i = 0; i < n; i++)
        grabs[i] = (struct grab){.request = q, .source = q->sources[from + i]};
    if (n_bases)
        grabs[n] = (struct grab){.request = q, .source = q->base};
    grab_all(grabs, n + n_bases);
    err = side_add(sources, grabs, n, reason, sizeof(reason));
    if (err == 0)
        err = side_add(bases, grabs + n, n_bases, reason, sizeof(reason));
    if (err < 0)
        snprintf(why, why_bytes, "problem fetching source profiles: %s",
                 *reason ? reason : strerror(-err));
    for (size_t i = 0; i < n + n_bases; i++)
        grab_release(&grabs[i]);
    return err ? err : (int)n;
}

/* Grabs everything; in a struct of its own, a grab is large. */
static int fetch_all(const struct source_request *q, struct side *sources, struct side *bases,
                     char *why, size_t why_bytes) {
    int rc = 0;

    for (size_t from = 0; from < q->n_sources && rc >= 0; from += (size_t)rc)
        rc = fetch_some(q, from, sources, bases, why, why_bytes);
    if (rc < 0)
        return rc;
    rc = side_count(sources, why, why_bytes);
    return rc ? rc : side_count(bases, why, why_bytes);
}

/* The profile without its base; *out is set on success only. */
static int subtract(const struct source_request *q, struct side *sources, struct side *bases,
                    struct profile **out, char *why, size_t why_bytes) {
    struct profile *p = sources->profile, *base = bases->profile;
    int err = mapping_sources_join(&sources->mappings, &bases->mappings);

    sources->profile = bases->profile = NULL;
    if (err == 0 && base)
        return source_subtract_base(p, base, q->base_is_diff, q->normalize, out, why, why_bytes);
    profile_free(base);
    if (err == 0)
        *out = p;
    else
        profile_free(p);
    return err;
}

/* Frames that are of no interest are dropped by the names that all have now. */
static int finish(const struct source_request *q, struct profile *p, char *why, size_t why_bytes) {
    int err = 0;

    if (q->all_frames)
        p->drop_frames = p->keep_frames = "";
    /* pprof passes over expressions that do not compile, too. */
    if (filter_uninteresting(p, why, why_bytes) == -ENOMEM)
        err = -ENOMEM;
    mapping_sources_forget(p);
    if (err == 0 && q->comment && *q->comment)
        err = profile_add_comment(p, q->comment);
    return err;
}

int source_fetch(const struct source_request *q, struct profile **out, char *why,
                 size_t why_bytes) {
    const struct source_tls tls = {.cert = q->tls_cert, .key = q->tls_key, .ca = q->tls_ca};
    struct side sources = {.what = "source", .n = q->n_sources};
    struct side bases = {.what = "base", .n = q->base && *q->base};
    struct profile *p = NULL;
    int err = fetch_all(q, &sources, &bases, why, why_bytes);

    err = err ? err : subtract(q, &sources, &bases, &p, why, why_bytes);
    err =
        err ? err : source_symbolize_with(p, q->symbolize, &sources.mappings, &tls, why, why_bytes);
    err = err ? err : finish(q, p, why, why_bytes);
    if (err == 0 && (sources.remote || bases.remote))
        err = source_save(p, why, why_bytes);
    err = err ? err : profile_check(p, why, why_bytes);
    if (err == 0)
        *out = p;
    else
        profile_free(p);
    if (err == -ENOMEM)
        snprintf(why, why_bytes, "out of memory");
    side_release(&sources);
    side_release(&bases);
    return err;
}
