/* Where the profiles of a served process come from: snapshots of its arena, or its record of
 * threads; the difference of two of them.
 *
 * Functions return 0 or a negative errno, with *why as in target.h. Any thread, one at a time per
 * object. Not async-signal-safe. */
#ifndef CPPROF_COLLECTOR_SERVE_PROFILE_SOURCE_H
#define CPPROF_COLLECTOR_SERVE_PROFILE_SOURCE_H

#include "arena/kinds.h"
#include "arena/threads_record.h"
#include "collector/serve/target.h"
#include "proto/profile.h"

/* One kind of a process at one moment, as an encoded profile with addresses only: small, since it
 * is kept through a window. */
struct snapshot_file {
    char *file; /* owned */
    size_t bytes;
    int64_t realtime_ns, monotonic_ns; /* when it was taken */
    uint64_t mutex_fraction;           /* the process's setting */
};

/* Takes one. Threads are asked for, and waited for some seconds at most. Release it in every case.
 */
int snapshot_file_take(struct server *s, const struct target *t, enum profile_kind kind,
                       struct snapshot_file *f, const char **why);
void snapshot_file_release(struct snapshot_file *f);

/* The profile in one, to be freed. Like Go's it has no duration, by which scrapers would take it
 * for a delta; but the one of cpu has, which Go has not. */
int profile_of_snapshot(const struct snapshot_file *f, enum profile_kind kind, struct profile **p,
                        const char **why);

/* What happened between two of a kind. The time of cpu is that of the earlier, as in Go. Threads
 * that wait on are no difference, so these have no label `waited`. */
int profile_of_window(const struct snapshot_file *earlier, const struct snapshot_file *later,
                      enum profile_kind kind, struct profile **p, const char **why);

/* Calls threads goroutines, in a profile of them. 0 or -ENOMEM. */
int profile_call_goroutines(struct profile *p);

/* The threads of a process, to be freed on success; what they refer to is in its arena from then
 * on. Waits for its turn, and for the answer, some seconds each. */
int threads_ask(struct server *s, const struct target *t, struct threads_head **record,
                const char **why);

#endif
