/* The threads of this process: a record, arena/threads_record.h, of each with its stack. In the
 * dumper only. */
#ifndef CPPROF_PRELOAD_THREADS_COLLECT_H
#define CPPROF_PRELOAD_THREADS_COLLECT_H

#include <stddef.h>

#include "arena/threads_record.h"

/* A record in a mapping of *bytes, which the caller unmaps; NULL without memory. */
struct threads_head *threads_collect(size_t *bytes);

/* Answers a request: writes a record beside the arena. */
void threads_record_write(void);

#endif
