/* Profiles added to and subtracted from each other, as google/pprof's Merge does it.
 *
 * Samples are the same when they have the same locations and labels; locations the same address in
 * their mapping, mapping and lines; mappings the same size (rounded up to 4 KiB), offset, and build
 * ID or else file; functions the same four fields.
 *
 * Not async-signal-safe: malloc. Any thread, one at a time per profile. */
#ifndef CPPROF_PROTO_MERGE_H
#define CPPROF_PROTO_MERGE_H

#include "proto/profile.h"

struct merge_source {
    const struct profile *profile;
    int64_t scale; /* every value of it counts so many times: 1, or -1 to subtract */
};

/* Makes a new profile of `n` > 0 sources; samples whose values are all 0 are left out, in order of
 * first use otherwise. Sums wrap. Header: the earliest time that is not 0, the sum of durations,
 * the greatest period, the union of comments, the first URL that is not "", the frames to drop and
 * keep of the first source; sample types, period type and default sample type must be equal. All
 * mappings are kept, those of the first source first; locations and functions are those that the
 * samples need, with ids 1..N in order of first use. A mapping has functions, files, lines if all
 * that it was made of had them.
 *
 * The result shares nothing with its sources and has passed profile_check. 0; -EINVAL for types
 * that differ and for a source that profile_check refuses, with one line in `why` (may be NULL);
 * -ENOMEM. *out is set on success only. */
int profile_merge(const struct merge_source *sources, size_t n, struct profile **out, char *why,
                  size_t why_bytes);

/* The same as the pprof tool has it, for reports that are to be its own: of mappings, those that
 * samples need, in order of first use behind the first of all, and as the first of their kind is;
 * the default sample type is the first one that is not ""; the time may be that of a source that
 * comes after one without a time. */
int profile_combine(const struct merge_source *sources, size_t n, struct profile **out, char *why,
                    size_t why_bytes);

/* What happened between two snapshots of one kind of one process, as net/http/pprof's delta: later
 * minus earlier, samples that are 0 left out, the later one's time and comments, which count what
 * was lost since the start, and `duration_ns` as duration. Errors as of profile_merge. */
int profile_delta(const struct profile *earlier, const struct profile *later, int64_t duration_ns,
                  struct profile **out, char *why, size_t why_bytes);

#endif
