/* What becomes of several profiles: one, and what is left when a base is taken away.
 *
 * One thread; not async-signal-safe. `int` results are 0, -ENOMEM, or -EINVAL with pprof's words in
 * `why`. */
#ifndef CPPROF_READER_SOURCE_COMBINE_H
#define CPPROF_READER_SOURCE_COMBINE_H

#include <stdbool.h>
#include <stddef.h>

#include "proto/profile.h"

/* As source_combine, of `n` > 0 profiles that the caller gives away: they are freed, or, if there
 * is one alone, it is *out, not a sample copied. */
int source_combine_all(struct profile **profiles, size_t n, struct profile **out, char *why,
                       size_t why_bytes);

/* `p` without `base`, as -base, or as -diff_base (`diff`): then what is the base's is marked, and
 * is what 100 % means. `normalize`: values of `p` are scaled first so that their sums are the
 * base's. Takes both profiles, which are freed. *out is set on success only. */
int source_subtract_base(struct profile *p, struct profile *base, bool diff, bool normalize,
                         struct profile **out, char *why, size_t why_bytes);

/* Multiplies values, one ratio for each sample type, and rounds. Samples are left out whose scaled
 * values are all 0, whatever those are that were not scaled: so it is in pprof. */
void source_scale(struct profile *p, const double *ratios);

#endif
