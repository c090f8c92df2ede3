/* The labels of a sample by key, as reports show them: Go's maps hold all values of a key.
 *
 * Private to reader/report/. One thread at a time; not async-signal-safe. */
#ifndef CPPROF_READER_REPORT_LABEL_GROUPS_H
#define CPPROF_READER_REPORT_LABEL_GROUPS_H

#include <stdio.h>

#include "proto/profile.h"

/* Writes what all labels of one key come to: labels[0] is the first of `n`, all numeric or all not,
 * in the order of the file. */
typedef void label_group_fn(const struct profile_label *const *labels, size_t n, FILE *to,
                            void *ctx);

/* Calls `write` for the labels of each key, string labels or `numeric` ones, and gives what it
 * wrote to `to`, sorted as text, `between` the pieces. Returns how many keys there were, or
 * -ENOMEM. */
int label_groups_write(const struct profile_sample *s, bool numeric, label_group_fn *write,
                       void *ctx, const char *between, FILE *to);

#endif
