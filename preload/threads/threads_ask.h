/* Asking threads that do not wait in a hook for their stacks, by a signal. In the dumper. */
#ifndef CPPROF_PRELOAD_THREADS_ASK_H
#define CPPROF_PRELOAD_THREADS_ASK_H

#include "preload/threads/threads_answer.h"

/* What a thread answered: `depth` addresses, leaf first, valid during the call; none: no answer.
 */
typedef void ask_sink(void *ctx, uint32_t thread, const uint64_t *pcs, uint32_t depth);

/* Asks the n threads `tids`; gives each its answer by its index, in any order, once. Takes at most
 * about a second, whatever they do. */
void ask_threads(const uint32_t *tids, uint32_t n, ask_sink *sink, void *ctx);

#endif
