/* CPU profiles in binary, as gperftools writes them: words of 32 or 64 bits in either order of
 * bytes, then memory maps as text.
 *
 *   0, 3, 0, period in us, 0           the third is 1 for Java, whose profiles are not read
 *   count, n, address * n              as often as there are stacks
 *   0, 1, 0                            the end
 */
#include "reader/source/legacy.h"

#include <errno.h>

/* What is left of the file. When a word is missing, at is NULL, and all that follow are 0. */
struct words {
    const uint8_t *at, *end;
    unsigned bytes; /* of a word */
    bool big_endian;
};

static uint64_t take_word(struct words *w) {
    uint64_t value = 0;

    if (!w->at || w->end - w->at < w->bytes) {
        w->at = NULL;
        return 0;
    }
    for (unsigned i = 0; i < w->bytes; i++)
        value |= (uint64_t)w->at[i] << 8 * (w->big_endian ? w->bytes - 1 - i : i);
    w->at += w->bytes;
    return value;
}

/* Finds the kind of words by the header, which is then taken off. */
static bool take_header(struct legacy *l, struct words *w, uint64_t *period_us) {
    for (unsigned kind = 0; kind < 4; kind++) {
        uint64_t header[5];

        *w = (struct words){.at = (const uint8_t *)l->rest.at,
                            .end = (const uint8_t *)l->rest.end,
                            .bytes = kind < 2 ? 4 : 8,
                            .big_endian = kind % 2 == 1};
        for (unsigned i = 0; i < 5; i++)
            header[i] = take_word(w);
        *period_us = header[3];
        if (w->at && header[0] == 0 && header[1] == 3 && header[2] == 0 && header[3] > 0 &&
            header[4] == 0)
            return true;
    }
    return false;
}

/* Takes one stack; *last is whether it was the mark of the end. */
static int take_sample(struct legacy *l, struct words *w, bool *last) {
    uint64_t count = take_word(w), n = take_word(w);
    int64_t values[2] = {(int64_t)count, legacy_product((int64_t)count, l->p->period)};
    int err = 0;

    if (!w->at || n > (uint64_t)(w->end - w->at) / 4)
        return LEGACY_OTHER;
    for (uint64_t i = 0; i < n && err == 0; i++)
        err = legacy_add_address(l, take_word(w));
    if (err < 0)
        return err;
    *last = count == 0 && n == 1 && l->addresses[0] == 0;
    if (*last)
        return 0;
    legacy_addresses_of_calls(l, 1);
    return legacy_add_sample(l, values, NULL);
}

/* The address that more than half of the samples have as their leaf's caller, if there is one. */
static uint64_t majority_caller(const struct profile *p) {
    uint64_t candidate = 0;
    size_t votes = 0;

    for (size_t i = 0; i < p->n_samples; i++) {
        const struct profile_sample *s = &p->samples[i];
        uint64_t address = s->n_locations > 1 ? s->locations[1]->address : 0;

        if (votes == 0)
            candidate = address;
        if (address == candidate)
            votes++;
        else
            votes--;
    }
    return candidate;
}

static bool has_caller(const struct profile_sample *s, uint64_t address) {
    return s->n_locations > 1 && s->locations[1]->address == address;
}

/* If all samples but one in 32 have the same caller of the leaf, it is the signal handler's frame,
 * not the program's: the leaf itself comes from the signal's context. */
static void drop_handler_frame(struct profile *p) {
    uint64_t caller = majority_caller(p);
    size_t n = 0;

    for (size_t i = 0; i < p->n_samples; i++)
        n += has_caller(&p->samples[i], caller);
    if (n < p->n_samples - p->n_samples / 32)
        return;
    for (size_t i = 0; i < p->n_samples; i++)
        if (has_caller(&p->samples[i], caller))
            legacy_drop_frame(&p->samples[i], 1);
}

int legacy_cpu(struct legacy *l) {
    static const char *const types[] = {"samples", "count", "cpu", "nanoseconds", NULL};
    struct words w;
    uint64_t period_us;
    bool last = false;
    int rc;

    if (!take_header(l, &w, &period_us))
        return LEGACY_OTHER;
    l->p->period = legacy_product((int64_t)period_us, 1000);
    rc = legacy_types(l, types, "cpu", "nanoseconds");
    while (rc == 0 && !last && w.at && w.at < w.end)
        rc = take_sample(l, &w, &last);
    if (rc != 0)
        return rc;
    drop_handler_frame(l->p);
    drop_handler_frame(l->p);
    l->rest.at = w.at ? (const char *)w.at : l->rest.end;
    rc = legacy_memory_maps(l);
    if (rc == 0)
        legacy_drop_duplicate_leaves(l->p);
    return rc;
}
