/* From an arena to a pprof file: the one snapshot and encoder, used by the agent's dumper on its
 * own memory and by the collector on what it read of another process.
 *
 * It trusts nothing in the view: every reference is checked against `size`, lists and probes are
 * bounded. It allocates only through `struct mem` and calls nothing of libc but memory and string
 * functions, so that it can run in the dumper. One thread at a time per call; the arena may be
 * written meanwhile. */
#ifndef CPPROF_ARENA_SNAPSHOT_H
#define CPPROF_ARENA_SNAPSHOT_H

#include "arena/kinds.h"
#include "arena/view.h"
#include "proto/mem.h"
#include "proto/writer.h"

struct snapshot_time {
    int64_t realtime_ns, monotonic_ns; /* now */
};

/* True when the arena holds at least one sample of the event. `v` has passed arena_view_check. */
int snapshot_has_samples(const struct arena_view *v, enum arena_event event);

enum { SNAPSHOT_COMPRESSION = 1 }; /* zlib's level */

/* Writes what stands at the head of a profile of kind `k`: types, period, times. */
void snapshot_write_head(struct pprof_writer *w, const struct arena_header *h, const struct kind *k,
                         const struct snapshot_time *now);

/* Writes the profile of one kind, not of threads, as a gzip'd, valid, not symbolized pprof file
 * through `sink`: addresses, mappings 1..N with build IDs, the program's own first, locations 1..N,
 * comments that tell what was dropped, truncated and not covered. `v` has passed arena_view_check.
 * Scratch memory is given back before it returns; it grows with the distinct addresses, at 32 to 64
 * bytes each. Returns 0, -ENOMEM, or the sink's error. */
int snapshot_write(const struct arena_view *v, enum profile_kind kind,
                   const struct snapshot_time *now, const struct mem *mem, pprof_sink_fn *sink,
                   void *sink_ctx);

#endif
