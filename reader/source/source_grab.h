/* One source: a file or a server, as a profile with its binaries located; and many at once.
 *
 * Private to reader/source/. Not async-signal-safe. */
#ifndef CPPROF_READER_SOURCE_SOURCE_GRAB_H
#define CPPROF_READER_SOURCE_SOURCE_GRAB_H

#include "reader/source/source_parts.h"

struct grab {
    const struct source_request *request;
    const char *source;
    /* What came of it: */
    struct profile *profile; /* owned; NULL after an error */
    struct mapping_sources mappings;
    bool remote;
    char *why; /* owned; why there is no profile, NULL when there is no memory for it */
};

enum { MAX_GRABS_AT_ONCE = 128 };

/* Grabs `n` <= MAX_GRABS_AT_ONCE at once, and returns when all are done. */
void grab_all(struct grab *grabs, size_t n);
void grab_release(struct grab *g);

#endif
