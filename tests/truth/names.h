/* Names for the addresses of a raw profile, by the symbol tables of the files that it was taken
 * from and of their separate debug files. A reader of its own, so that the truths do not lean on
 * the symbolizer.
 *
 * One thread at a time; not async-signal-safe. */
#ifndef CPPROF_TESTS_TRUTH_NAMES_H
#define CPPROF_TESTS_TRUTH_NAMES_H

#include <stdbool.h>

#include "proto/profile.h"

/* The name of the location's outermost function; never NULL, valid until the program ends. A
 * location that has no name is `BASENAME+0xOFFSET`, the offset one of the file's addresses. */
const char *name_of(const struct profile_location *l);

/* Whether a stack with this outermost frame is complete: it is where the kernel or the loader began
 * a program or a thread. */
bool name_is_root(const struct profile_location *l);

/* Whether the address is the first one of a function. */
bool name_is_start(const struct profile_location *l);

#endif
