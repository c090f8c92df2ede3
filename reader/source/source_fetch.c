/* Profiles from files and servers, merged into one, as google/pprof's fetchProfiles. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reader/filter/filter.h"
#include "reader/source/source_parts.h"

static int fetch_one(const char *source, struct profile **out, char *why, size_t why_bytes) {
    void *bytes = NULL;
    size_t n = 0;
    int err = profile_read_bytes(source, 0, &bytes, &n, why, why_bytes);

    err = err ? err : source_parse(bytes, n, out, why, why_bytes);
    free(bytes);
    return err;
}

static int fetch_all(const char *const *sources, size_t n, struct profile **out, char *why,
                     size_t why_bytes) {
    struct profile **profiles = calloc(n + 1, sizeof(*profiles));
    size_t fetched = 0;
    int err = profiles ? 0 : -ENOMEM;

    for (size_t i = 0; i < n && err == 0; i++)
        if (fetch_one(sources[i], &profiles[fetched], why, why_bytes) == 0)
            fetched++;
        else
            fprintf(stderr, "%s: %s\n", sources[i], why);
    if (err == 0 && fetched == 0) {
        snprintf(why, why_bytes, "failed to fetch any source profiles");
        err = -ENOENT;
    }
    if (err == 0 && fetched < n)
        fprintf(stderr, "Fetched %zu source profiles out of %zu\n", fetched, n);
    if (err == 0 && fetched == 1) {
        *out = profiles[0];
        profiles[0] = NULL;
    } else if (err == 0) {
        err = source_combine(profiles, fetched, out, why, why_bytes);
    }
    for (size_t i = 0; i < fetched; i++)
        profile_free(profiles[i]);
    free(profiles);
    return err;
}

int source_fetch(const struct source_request *q, struct profile **out, char *why,
                 size_t why_bytes) {
    struct profile *p = NULL;
    int err = fetch_all(q->sources, q->n_sources, &p, why, why_bytes);

    if (err == 0)
        *out = p;
    return err;
}
