/* What the dumper encodes with: memory from mmap, files written by raw calls. Touches no errno. */
#ifndef CPPROF_PRELOAD_DUMP_OUTPUT_H
#define CPPROF_PRELOAD_DUMP_OUTPUT_H

#include <stddef.h>

#include "proto/mem.h"

extern const struct mem dump_mem;

/* Writes n bytes to the descriptor that `fd` points to: 0 or a negative errno. A pprof_sink_fn. */
int dump_write_all(void *fd, const void *bytes, size_t n);

#endif
