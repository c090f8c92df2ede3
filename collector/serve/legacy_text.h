/* Profiles as text, as net/http/pprof answers debug=1: what people read, and google/pprof's legacy
 * parsers, too, with the same totals as the protobuf form. Samples, the largest first:
 *
 *     heap, allocs    IN_USE: BYTES [ALLOCATED: BYTES] @ 0xPC 0xPC ...
 *     mutex, block    DELAY CONTENTIONS @ 0xPC 0xPC ...
 *     others          COUNT @ 0xPC 0xPC ...
 *
 * Then `# labels: {"KEY":"VALUE", ...}` where there are any, JSON; one line for each call, aligned,
 *
 *     #	0xPC	FUNCTION+0xOFFSET	FILE:LINE
 *
 * and an empty line. A PC of the first line is where the call returns to, one of the others is one
 * less and in the call, as in Go; calls that were inlined into each other share it. What is not
 * known is left out; a function without a file has that of its mapping. A frame that is no code is
 * 0x1, and so is a stack that has none.
 *
 * At the end `--- Memory map: ---`, which Go leaves out, so that pprof can symbolize the text from
 * the files on its machine. Mappings have their build IDs there, as far as its form allows.
 *
 * What held a lock (held_contentions, held_delay) has no place in this form: mutex tells it after
 * the other samples, in the same form but behind `# `, which parsers pass over.
 *
 * Not async-signal-safe. Any thread, one at a time per profile. */
#ifndef CPPROF_COLLECTOR_SERVE_LEGACY_TEXT_H
#define CPPROF_COLLECTOR_SERVE_LEGACY_TEXT_H

#include <stdio.h>

#include "arena/kinds.h"
#include "proto/profile.h"

struct legacy_text {
    enum profile_kind kind;
    const char *name; /* in the header of counts: "goroutine" for threads; NULL: the kind's */
    const uint32_t *offsets; /* of each location in its function, as the symbolizer gives them: in
                                the order of the profile's; NULL: none */
    int64_t mutex_fraction;  /* for people; the values are already scaled by it. 0: not known */
    const char *tail;        /* lines `# ...\n` after heap and allocs, or NULL */
};

/* Writes a symbolized profile of `kind`, with ids 1..N as decoder and profile_renumber leave them.
 * Values below 0, which the form cannot have, become 0. 0; -EINVAL for cpu, which has no text, and
 * for a profile with other values than the kind's; -ENOMEM, also when `out` takes no more. */
int legacy_text_write(const struct legacy_text *t, const struct profile *p, FILE *out);

#endif
