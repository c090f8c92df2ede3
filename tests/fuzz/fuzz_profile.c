/* Any bytes are refused with a reason or give a valid profile, which is the same after it has been
 * encoded and decoded. The message is tried as it is and, if it begins so, as gzip; the limits keep
 * one input cheap. Run without arguments it starts from nothing; with a directory, from that. */
// link: proto/*.c build/gen/proto/profile.pb-c.c
// libs: -lprotobuf-c -lz
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/profile.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

struct output {
    uint8_t *at;
    size_t n;
};

static void require(int condition, const char *what) {
    if (condition)
        return;
    fprintf(stderr, "fuzz_profile: %s\n", what);
    abort();
}

static int keep(void *ctx, const void *bytes, size_t n) {
    struct output *o = ctx;

    o->at = realloc(o->at, o->n + n);
    require(o->at != NULL, "no memory");
    memcpy(o->at + o->n, bytes, n);
    o->n += n;
    return 0;
}

static struct output encode(const struct profile *p) {
    struct output o = {0};

    require(profile_encode(p, keep, &o) == 0, "a decoded profile does not encode");
    return o;
}

static void require_same(const struct profile *p, const struct profile *q) {
    require(p->n_samples == q->n_samples && p->n_locations == q->n_locations &&
                p->n_mappings == q->n_mappings && p->n_functions == q->n_functions &&
                p->n_comments == q->n_comments && p->n_sample_types == q->n_sample_types,
            "counts changed");
    require(p->time_nanos == q->time_nanos && p->duration_nanos == q->duration_nanos &&
                p->period == q->period && strcmp(p->doc_url, q->doc_url) == 0,
            "the header changed");
    for (size_t i = 0; i < p->n_samples; i++) {
        const struct profile_sample *a = &p->samples[i], *b = &q->samples[i];
        require(a->n_locations == b->n_locations && a->n_labels == b->n_labels,
                "a sample's counts changed");
        require(memcmp(a->values, b->values, p->n_sample_types * sizeof(*a->values)) == 0,
                "values changed");
        for (size_t k = 0; k < a->n_locations; k++)
            require(a->locations[k]->id == b->locations[k]->id, "a stack changed");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    const struct profile_limits limits = {.max_bytes = 1 << 20, .max_samples = 1 << 16};
    struct profile *p = NULL, *q = NULL;
    struct output first, second;
    char why[200] = "";
    int err = profile_decode(bytes, n, &limits, &p, why, sizeof(why));

    if (err < 0) {
        require(why[0] != '\0' && !strchr(why, '\n'), "refused without one line of reason");
        require(err == -EINVAL || err == -E2BIG, "refused with another error");
        return 0;
    }
    require(profile_check(p, why, sizeof(why)) == 0, why);
    first = encode(p);
    err = profile_decode(first.at, first.n, NULL, &q, why, sizeof(why));
    require(err == 0, why);
    require_same(p, q);
    second = encode(q);
    require(first.n == second.n && memcmp(first.at, second.at, first.n) == 0, "bytes changed");
    free(first.at);
    free(second.at);
    profile_free(p);
    profile_free(q);
    return 0;
}
