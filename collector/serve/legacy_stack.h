/* The parts of collector/serve/legacy_text.h that all kinds have: stacks, labels, the memory map.
 *
 * Strings may hold anything: what would break a line is not printed as it is, and what would make
 * it longer than parsers take (64 KiB) is cut. Not async-signal-safe. Any thread. */
#ifndef CPPROF_COLLECTOR_SERVE_LEGACY_STACK_H
#define CPPROF_COLLECTOR_SERVE_LEGACY_STACK_H

#include <stdio.h>

#include "collector/serve/legacy_text.h"

/* ` 0xPC 0xPC ...\n`: at least one, for without any a line is malformed for parsers. */
void legacy_stack_addresses(const struct profile_sample *s, FILE *out);

/* `# labels: {...}\n`, or nothing. */
void legacy_stack_labels(const struct legacy_text *t, const struct profile_sample *s, FILE *out);

/* Its `#` lines and the empty one. */
void legacy_stack_calls(const struct legacy_text *t, const struct profile *p,
                        const struct profile_sample *s, FILE *out);

/* The section at the end. */
void legacy_memory_map(const struct profile *p, FILE *out);

#endif
