/* Whether the agent can be preloaded into a program: asked before it is run, since the loader would
 * leave the agent out without a word. */
#ifndef CPPROF_COLLECTOR_PRELOADABLE_H
#define CPPROF_COLLECTOR_PRELOADABLE_H

#include <stddef.h>

enum preloadable {
    PRELOADABLE,
    PRELOADABLE_NOT,           /* `why` says in one line, without newline, what is in the way */
    PRELOADABLE_NOT_FOUND,     /* no such program */
    PRELOADABLE_NOT_EXECUTABLE /* it is there and cannot be executed; `why` says why */
};

/* Looks at `program`, found as execvp finds it. A script is judged by its interpreter. Puts the
 * path that was found into `path`. Not async-signal-safe; any thread. */
enum preloadable preloadable_check(const char *program, char *path, size_t path_bytes, char *why,
                                   size_t why_bytes);

#endif
