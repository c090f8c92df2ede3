/* From a record of threads to a pprof file: one sample for each distinct stack, name and state.
 *
 * Labels: `thread`, its name; `state`, "running" or the word of its wait; `waited`, how long so
 * far, rounded down to 1, 2 or 5 times a power of ten so that stacks still merge, none below 1 ms.
 * Signal and thread safety as in arena/snapshot.h. */
#ifndef CPPROF_ARENA_THREADS_PROFILE_H
#define CPPROF_ARENA_THREADS_PROFILE_H

#include "arena/snapshot.h"
#include "arena/threads_record.h"

/* Writes the profile of a checked record of the process whose arena `v` is. As snapshot_write. */
int threads_profile_write(const struct arena_view *v, const struct threads_head *record,
                          const struct mem *mem, pprof_sink_fn *sink, void *sink_ctx);

/* A wait, rounded down as said above, in ns. */
uint64_t threads_waited_group(uint64_t ns);

#endif
