/* Any text is refused with one line of reason or gives a valid profile, which is the same after it
 * has been encoded and decoded, but for labels that are 0. */
// link: reader/source/legacy*.c proto/*.c build/gen/proto/profile.pb-c.c
// libs: -lprotobuf-c -lz -lm
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reader/source/source_parts.h"
#include "tests/fuzz/reader_heads.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

struct output {
    uint8_t *at;
    size_t n;
};

static void require(int condition, const char *what) {
    if (condition)
        return;
    fprintf(stderr, "fuzz_legacy: %s\n", what);
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

static void require_same(const struct profile *p, const struct profile *q) {
    require(p->n_samples == q->n_samples && p->n_locations == q->n_locations &&
                p->n_mappings == q->n_mappings && p->period == q->period &&
                p->n_sample_types == q->n_sample_types,
            "counts changed");
    for (size_t i = 0; i < p->n_samples; i++) {
        const struct profile_sample *a = &p->samples[i], *b = &q->samples[i];

        require(a->n_locations == b->n_locations, "a stack's depth changed");
        require(memcmp(a->values, b->values, p->n_sample_types * sizeof(*a->values)) == 0,
                "values changed");
        for (size_t k = 0; k < a->n_locations; k++)
            require(a->locations[k]->address == b->locations[k]->address, "a stack changed");
    }
}

static void encode_and_decode(const struct profile *p) {
    struct output o = {0};
    struct profile *q = NULL;
    char why[200] = "";

    require(profile_encode(p, keep, &o) == 0, "a profile does not encode");
    require(profile_decode(o.at, o.n, NULL, &q, why, sizeof(why)) == 0, why);
    require_same(p, q);
    free(o.at);
    profile_free(q);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    struct profile *p = NULL;
    char why[300] = "";
    uint8_t *text = with_head(bytes, n, &n);
    int err = legacy_parse((const char *)text, n, &p, why, sizeof(why));

    free(text);
    if (err < 0) {
        require(!p && err == -EINVAL && why[0] != '\0', "refused without a reason");
        return 0;
    }
    require(profile_check(p, why, sizeof(why)) == 0, why);
    encode_and_decode(p);
    profile_free(p);
    return 0;
}
