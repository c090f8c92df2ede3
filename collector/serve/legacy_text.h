/* Profiles as text, as net/http/pprof answers debug=1: what people read, and google/pprof's legacy
 * parsers, too, with the same totals as the protobuf form.
 *
 * After each sample come lines `#\t0xPC\tFUNCTION+0xOFFSET\tFILE:LINE`, one for each call, aligned;
 * at the end `--- Memory map: ---`, which Go leaves out, so that the text can be symbolized. Not
 * async-signal-safe. */
#ifndef CPPROF_COLLECTOR_SERVE_LEGACY_TEXT_H
#define CPPROF_COLLECTOR_SERVE_LEGACY_TEXT_H

#include <stdio.h>

#include "arena/kinds.h"
#include "proto/profile.h"

struct legacy_text {
    enum profile_kind kind;
    const char *name;        /* in the header: the kind's, or "goroutine" for threads */
    const uint32_t *offsets; /* of each location in its function, from the symbolizer; NULL: none */
    int64_t mutex_fraction;  /* for the header of mutex; values are already scaled */
    const char *tail;        /* lines `# ...` after heap and allocs, or NULL */
};

/* Writes a symbolized profile of `kind`; not of cpu, which has no text. 0 or -ENOMEM. */
int legacy_text_write(const struct legacy_text *t, const struct profile *p, FILE *out);

#endif
