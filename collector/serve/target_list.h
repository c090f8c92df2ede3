/* All that a server serves, with what people want to know of each.
 *
 * Any thread. Not async-signal-safe. */
#ifndef CPPROF_COLLECTOR_SERVE_TARGET_LIST_H
#define CPPROF_COLLECTOR_SERVE_TARGET_LIST_H

#include "collector/arena_file.h"
#include "collector/serve/process_info.h"
#include "collector/serve/server.h"

struct target_entry {
    int pid;
    uint64_t start_ticks;
    char command[65];           /* base name of what it was started as */
    struct arena_header header; /* of its arena */
    uint64_t arena_bytes;       /* memory that it takes */
    struct process_info info;
    char prefix[64]; /* the path of its endpoints, with a slash at its end */
};

/* Calls `each` for every living process that is served and whose arena can be read, by pid. */
typedef void target_entry_fn(void *ctx, const struct target_entry *e);
void target_list_walk(const struct server *s, target_entry_fn *each, void *ctx);

#endif
