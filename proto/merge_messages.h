/* The messages of one profile after another, put into a profile that has each content once.
 *
 * Private to proto/. The sources have passed profile_check. One thread at a time; not
 * async-signal-safe. `int` results are 0 or -ENOMEM. */
#ifndef CPPROF_PROTO_MERGE_MESSAGES_H
#define CPPROF_PROTO_MERGE_MESSAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/ids.h"
#include "proto/merge.h"

struct merge_slot {
    uint64_t hash;
    size_t number; /* of the message in its list, from 1 on; 0: an empty slot */
};

struct merge_table {
    struct merge_slot *slots; /* owned; open addressing */
    size_t n_slots;           /* a power of two */
};

struct merge {
    struct profile *p; /* the result */
    bool
        as_needed; /* mappings come with the locations that need them, as the first of their kind */
    struct merge_table mappings, locations, samples;
    /* Of the source at work: how often it counts, and from its ids to messages of the result. */
    int64_t scale;
    struct ids from_mappings, from_locations, from_functions;
    /* One sample, in terms of the result; room for the largest of all. Owned. */
    struct profile_location **stack;
    struct profile_label *labels;
    const struct profile_label **sorted, **other_sorted;
};

/* How much can come: of all sources together, and of one sample. */
struct merge_room {
    size_t mappings, locations, samples;
    size_t stack, labels;
};

/* Begins, with a zeroed merge, what becomes `p`, which has its sample types and no messages yet.
 * Release it in every case. */
int merge_init(struct merge *m, struct profile *p, const struct merge_room *room);
void merge_release(struct merge *m);

/* From here on messages are of this source: first its mappings, or with `as_needed` the first of
 * all if there is none yet, then its samples, which bring the locations and functions that they
 * need. Samples whose values are 0 are passed over; the sum of
 * others may become 0. */
int merge_source_begin(struct merge *m, const struct merge_source *source);
int merge_mapping(struct merge *m, const struct profile_mapping *from);
int merge_sample(struct merge *m, const struct profile_sample *from);

#endif
