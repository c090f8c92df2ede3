/* The table of profile kinds: what a file of each kind holds. Constant data, usable anywhere. */
#ifndef CPPROF_ARENA_KINDS_H
#define CPPROF_ARENA_KINDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena/arena.h"

enum profile_kind {
    KIND_CPU,
    KIND_HEAP,
    KIND_ALLOCS,
    KIND_MUTEX,
    KIND_BLOCK,
    KIND_THREADS,
    KIND_THREADCREATE,
    KIND_COUNT
};

/* What a bucket's `detail` becomes in a sample. */
enum kind_label {
    LABEL_NONE,
    LABEL_BYTES, /* a numeric label `bytes`, the size class */
    LABEL_WAIT,  /* a label `wait`, the word of arena/waits.h */
};

struct kind_value {
    const char *type, *unit;
    unsigned scale; /* a bucket's value is divided by this, rounded to nearest */
};

struct kind {
    const char *name;       /* in file names, CPROF_DUMP and paths */
    const char *about;      /* one line for people */
    enum arena_event event; /* 0: not made of buckets: threads, see arena/threads_profile.h */
    struct kind_value values[ARENA_VALUES]; /* bucket.v[i], in order */
    size_t n_values;
    const char *default_sample_type;
    const char *period_type, *period_unit;
    enum kind_label label;
    bool time_is_start; /* time_nanos is when recording began, not when it was read */
};

extern const struct kind kinds[KIND_COUNT];

/* The period of a kind under the settings in `h`: cpu 1e9/rate, space the heap rate, else 1; 0 when
 * the kind is off. */
int64_t kind_period(const struct kind *k, const struct arena_header *h);
/* The kind named by n bytes at s, or -1. */
int kind_find(const char *s, size_t n);

#endif
