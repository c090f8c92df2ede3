/* Puts names on the addresses of a profile: functions, files, lines, inlined calls.
 *
 * Not async-signal-safe: malloc, fork. One thread at a time per symbolizer. The process must not
 * ignore SIGCHLD. */
#ifndef CPPROF_SYMBOLIZE_H
#define CPPROF_SYMBOLIZE_H

#include <stdbool.h>

#include "proto/profile.h"

struct symbolizer;

struct symbolize_options {
    /* Directories of separate debug files, as elfutils' tools take them (`:.debug:/usr/lib/debug`:
     * "" beside the file, a relative one below that, an absolute one with the file's directory and
     * .build-id/ below it). NULL: that default. */
    const char *debug_path;
    /* Where the executable can be read when its path is another file's by now; NULL: nowhere but at
     * /proc/PID/exe, with the PID of the profile's comments. */
    const char *exe;
    /* The map of JIT code; NULL: /tmp/perf-PID.map, with the PID of the profile's comments. */
    const char *perf_map;
    /* NULL, or one number for each location of the profile, in its order: each location that gets
     * lines gets here how far its address lies behind the start of its outermost function, or 0. */
    uint32_t *function_offsets;
    /* Read files in this process, which then crashes with libdw: for tests and fuzzing. */
    bool in_process;
};

/* A symbolizer keeps the files that it used last open, for the next profile: one process for each,
 * at most 16. NULL when out of memory. */
struct symbolizer *symbolizer_new(void);
void symbolizer_free(struct symbolizer *); /* ends those processes; NULL is allowed */

/* Gives every location of `p` that has no lines the lines that can be found for it, innermost
 * inlined call first, and `p` the functions they name. A file is used only when its build ID is
 * that of the mapping, or the mapping has none; it is also looked for where the process sees it.
 * What could not be symbolized, and why, is added to p's comments, in lines `cpprof: FILE: ...`,
 * and is no error. A mapping's has_* become true where that holds for every location in it; other
 * mappings keep theirs. `options` may be NULL. Returns 0 or -ENOMEM; then some locations may have
 * their lines and others not. */
int symbolize_profile(struct symbolizer *, struct profile *p,
                      const struct symbolize_options *options);

#endif
