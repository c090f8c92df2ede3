/* One ELF file, opened for looking up names: what the symbolizer knows about files, in the process
 * that reads them.
 *
 * Not async-signal-safe. One thread at a time per object. */
#ifndef CPPROF_SYMBOLIZE_OBJECT_H
#define CPPROF_SYMBOLIZE_OBJECT_H

#include <stddef.h>
#include <stdint.h>

#include "symbolize/symbolize_answer.h"

struct symbolize_source {
    int fd;               /* an open regular file */
    const char *path;     /* names it in messages, and leads to its debug file */
    const char *build_id; /* of what was mapped, lower-case hex; "" when unknown */
    const char
        *debug_path; /* where separate debug files are, in elfutils' form; NULL: its default */
};

struct object;

/* Reads the file, which may be hostile: call it where a crash does no harm. Takes `fd` in every
 * case; the strings are copied. A file that is not ELF, or not the one with that build ID, gives an
 * object too, which refuses every look-up and says why. NULL when out of memory. */
struct object *object_open(const struct symbolize_source *source);
void object_close(struct object *o); /* NULL is allowed */

/* Looks up n addresses, each as its position in the file. Fills *answer, initialised for n, but for
 * the frames of those without a name. Returns 0 or -ENOMEM. */
int object_lookup(struct object *o, const uint64_t *offsets, uint32_t n, struct answer *answer);

#endif
