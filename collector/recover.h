/* The last profiles of a process that died without writing them.
 *
 * Not async-signal-safe. One thread at a time per output; several processes may try the same arena
 * at once, and one of them does it. */
#ifndef CPPROF_COLLECTOR_RECOVER_H
#define CPPROF_COLLECTOR_RECOVER_H

#include "collector/arena_file.h"
#include "collector/profile_files.h"

enum recovered {
    RECOVERED,       /* profiles are written, and the arena is removed */
    RECOVERED_EMPTY, /* there was nothing to write; the arena is removed */
    RECOVERED_GONE,  /* somebody else was quicker, or is at it */
    RECOVER_FAILED,  /* after a message; what could not be written is still there */
};

/* Writes the profiles of a dead process's arena and removes it, and what was left beside it. */
enum recovered recover_arena(const struct arena_file *f, const struct profile_output *out);

#endif
