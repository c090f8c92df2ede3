/* The files that a symbolizer has open, found again by build ID.
 *
 * Not async-signal-safe. One thread at a time per set. */
#ifndef CPPROF_SYMBOLIZE_FILES_H
#define CPPROF_SYMBOLIZE_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "symbolize/symbolize_answer.h"

struct symbolize_files;

/* Addresses of one file. All borrowed. */
struct symbolize_request {
    const char *path;        /* absolute, or "[vdso]" */
    const char *place;       /* where it is to be read; NULL: at its path */
    const char *build_id;    /* of what was mapped, lower-case hex; "" when unknown */
    const uint64_t *offsets; /* positions in the file */
    uint32_t n;
    const char *debug_path; /* see symbolize.h */
    bool in_process;
};

struct symbolize_files *symbolize_files_new(void);   /* NULL when out of memory */
void symbolize_files_free(struct symbolize_files *); /* closes them; NULL is allowed */

/* Fills *answer (zeroed before), to be released in every case. Returns 0, or a negative errno when
 * the file could not be read, with a few words in `why`; the answer is then empty. */
int symbolize_files_lookup(struct symbolize_files *, const struct symbolize_request *,
                           struct answer *answer, char *why, size_t why_bytes);

#endif
