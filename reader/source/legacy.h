/* The legacy formats of pprof, text and binary, as profiles. Go's profile/legacy_profile.go is what
 * they are; its words of refusal are kept. One difference: lines may be longer than 64 KiB.
 *
 * Private to reader/source/. One thread at a time per parse; not async-signal-safe. */
#ifndef CPPROF_READER_SOURCE_LEGACY_H
#define CPPROF_READER_SOURCE_LEGACY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/ids.h"
#include "proto/profile.h"
#include "reader/source/legacy_text.h"

/* One parse: the text and where in it we are, and the profile that comes of it. */
struct legacy {
    struct text rest; /* behind `line` */
    struct text line; /* empty before the first and after the last */
    struct profile *p;
    struct ids locations; /* by address */
    uint64_t *addresses;  /* of the sample at work, leaf first; owned */
    size_t n_addresses;
    char *why;
    size_t why_bytes;
};

/* A format's parser: 0; LEGACY_OTHER when it is not this format, another may be; or a negative
 * errno, with a reason: it is this format, and broken. It fills an empty profile. */
enum { LEGACY_OTHER = 1 };
typedef int legacy_parser(struct legacy *l);
legacy_parser legacy_cpu, legacy_heap, legacy_count, legacy_thread, legacy_contention;

/* ---- for the parsers */

/* Refuses with one line; returns -EINVAL. */
__attribute__((format(printf, 2, 3))) int legacy_malformed(struct legacy *l, const char *format,
                                                           ...);

/* Goes to the next line; false at the end, when `line` is empty. */
bool legacy_next(struct legacy *l);
/* Goes on to the first line that is neither empty nor a comment. */
void legacy_skip_comments(struct legacy *l);
bool legacy_is_space_or_comment(struct text line);
/* Whether memory maps begin behind this line. */
bool legacy_is_maps_sentinel(struct text line);

/* Sets the sample types, (type, unit) pairs ended by NULL, and the period's. 0 or -ENOMEM. */
int legacy_types(struct legacy *l, const char *const *types, const char *period_type,
                 const char *period_unit);

/* Collects every 0x... of `t`, a part of the line, behind those that are in `addresses`. 0,
 * -ENOMEM, or -EINVAL for one of more than 64 bits. */
int legacy_take_addresses(struct legacy *l, struct text t);
/* ` 0x1 0x2`: the characters that addresses of one line are made of. */
bool legacy_is_address(char c);
/* A number of a sample; -EINVAL for one of more than 64 bits. */
int legacy_number(struct legacy *l, struct text digits, int64_t *value);
int legacy_add_address(struct legacy *l, uint64_t address);
/* Makes `addresses` those of calls instead of returns: 1 less, from the frame with this index. */
void legacy_addresses_of_calls(struct legacy *l, size_t from);
/* Adds a sample of `addresses`, which are then none, with as many values as there are types, and
 * room for labels. 0 or -ENOMEM. */
int legacy_add_sample(struct legacy *l, const int64_t *values, const struct profile_label *label);

/* Drops the caller of a leaf that is the leaf's own address once more, less 1. */
void legacy_drop_duplicate_leaves(struct profile *p);
void legacy_drop_frame(struct profile_sample *s, size_t index);

/* Skips what is between the samples and the memory maps, and reads those. */
int legacy_additional_sections(struct legacy *l);
/* Reads memory maps from the rest, and assigns locations to them. */
int legacy_memory_maps(struct legacy *l);
/* legacy_maps.c: one line of /proc/PID/maps or of the brief form that gperftools' tools print.
 * False where it is neither. What is missing is empty. */
struct legacy_map {
    struct text start, limit, perm, offset, file, build_id;
};
bool legacy_map_entry(struct text line, struct legacy_map *out);

/* legacy_assign.c: pieces of mappings put together, the main program first, locations with their
 * mapping, ids from 1 on. 0 or -ENOMEM. */
int legacy_assign_mappings(struct profile *p);

/* What arithmetic in Go gives where it is undefined in C. */
int64_t legacy_i64(double value);
static inline int64_t legacy_product(int64_t a, int64_t b) {
    return (int64_t)((uint64_t)a * (uint64_t)b);
}

#endif
