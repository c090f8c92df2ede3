/* What the parts of graph_new share: build.c walks over samples, build_tags.c counts what labels
 * they have.
 *
 * Private to reader/graph/. One thread at a time; not async-signal-safe. */
#ifndef CPPROF_READER_GRAPH_BUILD_H
#define CPPROF_READER_GRAPH_BUILD_H

#include "reader/graph/memory.h"

/* The joined labels of a sample that has none. */
extern const char no_label[];

struct build {
    struct profile *profile;
    const struct graph_options *options;
    struct graph_memory *memory;
    /* Of a graph: location i (profile_location.index) has the nodes frames[first[i]] up to
     * frames[first[i + 1]]. */
    uint32_t *first, *frames;
    uint8_t *wanted; /* by node: WANT_* */
};

/* A sample on the walk. */
struct walk {
    const struct profile_sample *sample;
    int64_t value, divisor;
    uint64_t mark;
    const char *labels; /* joined; no_label if it has none */
    uint32_t parent;    /* the node of the last frame, or NO_NODE */
    bool residual;      /* frames after it were left out */
};

/* The string labels of a sample as one text, of the profile's; NULL when out of memory. The label
 * that marks samples of a diff's base is none. */
const char *build_join_labels(struct profile *p, const struct profile_sample *s);

/* Counts a sample with the tags of a node: at its leaf (`flat`), or anywhere. 0 or -ENOMEM. */
int build_add_tags(const struct build *b, uint32_t node, const struct walk *w, bool flat);

#endif
