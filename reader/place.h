/* Where a report goes: a file that was asked for, one that is made, or standard output.
 *
 * A file is opened when the first bytes come, or at the end: as pprof puts a report together before
 * it opens a file, one that fails early leaves none, and what was there is not lost.
 *
 * One thread; not async-signal-safe. */
#ifndef CPPROF_READER_PLACE_H
#define CPPROF_READER_PLACE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct place {
    const char *output; /* the file that was asked for, or "" */
    const char *suffix; /* of the file that is made rather than writing to a terminal, or NULL */
    bool no_terminal;   /* standard output counts as one */
    bool abandoned;     /* private: what still comes is dropped */
    int fd;             /* of the file; -1 until it is opened */
    int err;            /* private: negative if it could not be opened or written */
    char path[PATH_MAX];
    char why[PATH_MAX + 128];
};

/* Writes to the stream. Negative: it failed, with the reason in `why`; other results are passed
 * on. */
typedef int place_write_fn(void *ctx, FILE *to, char *why, size_t why_bytes);

/* Has `write` write there, and says on stderr which file it is. Its result, or a negative errno
 * with the reason in `why`; if `write` failed before much was written, nothing was. */
int place_fill(struct place *at, place_write_fn *write, void *ctx, char *why, size_t why_bytes);

#endif
