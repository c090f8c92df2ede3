/* What is taken out of a profile, or changed in it, before it is reported. Each works in place.
 *
 * One thread at a time per profile; not async-signal-safe. `int` results are 0, -ENOMEM, or -EINVAL
 * with pprof's words in `why`. What pprof only warns of goes to stderr. */
#ifndef CPPROF_READER_FILTER_FILTER_H
#define CPPROF_READER_FILTER_FILTER_H

#include <stdbool.h>
#include <stddef.h>

#include "proto/profile.h"
#include "reader/options.h"

/* focus, ignore, hide, show, show_from, prune_from, tagfocus, tagignore, tagshow, taghide, in the
 * order of pprof's applyFocus, with its warnings (`Focus expression matched no samples`). */
int filter_apply(struct profile *p, const struct options *o, char *why, size_t why_bytes);

/* tagroot and tagleaf: label values become frames. */
int filter_tag_frames(struct profile *p, const struct options *o);

/* Merges locations that the granularity does not tell apart (functions, lines, inlines, addresses,
 * columns), as profile.Aggregate. */
int filter_aggregate(struct profile *p, enum granularity g, bool noinlines, bool showcolumns);

/* drop_frames and keep_frames of the profile itself (profile.RemoveUninteresting): done once, when
 * it has been symbolized. */
int filter_uninteresting(struct profile *p, char *why, size_t why_bytes);

/* The unit of each numeric label's key. `identify` warns of keys that have several. */
struct label_units;
struct label_units *label_units_new(const struct profile *p); /* NULL when out of memory */
const char *label_unit(const struct label_units *, const char *key);
void label_units_free(struct label_units *);

/* Which sample type `sample_index` (a number, a name, "" for the default) is; -EINVAL with pprof's
 * words. */
int filter_sample_index(const struct profile *p, const char *sample_index, size_t *index, char *why,
                        size_t why_bytes);

#endif
