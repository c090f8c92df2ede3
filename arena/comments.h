/* What a profile says about itself in its comments. Signal and thread safety as in
 * arena/snapshot.h. */
#ifndef CPPROF_ARENA_COMMENTS_H
#define CPPROF_ARENA_COMMENTS_H

#include "arena/kinds.h"
#include "arena/view.h"
#include "proto/writer.h"

/* Copies `n` bytes at `s` to `out` (room for `room` bytes, with the NUL that is added), with `?`
 * for control characters and for what is not UTF-8, which profile.proto's strings have to be.
 * Returns the length. Thread names are cut by the kernel at 15 bytes, in the middle of a character
 * if it so happens. */
size_t text_clean(char *out, size_t room, const char *s, size_t n);

/* Writes the comments of a profile of a checked view: who, which settings, what was lost. `damaged`
 * is the number of references that led nowhere. */
void comments_write(const struct arena_view *v, const struct kind *kind, uint64_t damaged,
                    struct pprof_writer *w);

#endif
