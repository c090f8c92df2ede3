/* The parts of fetching: what source_fetch.c puts together.
 *
 * Private to reader/source/. `int` results are 0 or a negative errno, with one line in `why`. Not
 * async-signal-safe. */
#ifndef CPPROF_READER_SOURCE_SOURCE_PARTS_H
#define CPPROF_READER_SOURCE_SOURCE_PARTS_H

#include <stddef.h>
#include <stdint.h>

#include "proto/profile.h"
#include "reader/source/source.h"

enum { SOURCE_WHY_BYTES = 4096 }; /* for one line of reason */

/* source_parse with a limit for what is decompressed, and for the profile. Any thread. */
int source_parse_within(const void *bytes, size_t n, size_t max_bytes, struct profile **out,
                        char *why, size_t why_bytes);

#endif
