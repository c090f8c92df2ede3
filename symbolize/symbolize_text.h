/* What the symbolizer writes into a profile, and reads of it: comments, and strings that came from
 * elsewhere.
 *
 * Not async-signal-safe: malloc. One thread at a time per profile. */
#ifndef CPPROF_SYMBOLIZE_TEXT_H
#define CPPROF_SYMBOLIZE_TEXT_H

#include "proto/profile.h"

/* Adds `cpprof: ` and the formatted text to the comments, unless that line is there already from an
 * earlier run. Returns 0 or -ENOMEM. */
int symbolize_comment(struct profile *p, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A copy of `s` that lives as long as the profile, as profile.proto's strings have to be (UTF-8),
 * and not longer than its receivers take. NULL when out of memory. */
const char *symbolize_string(struct profile *p, const char *s);

/* The profiled process, from the profile's comments; -1 when it is not there. */
long symbolize_pid(const struct profile *p);

#endif
