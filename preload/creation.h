/* The threadcreate profile: who makes threads. Async-signal-safe; keeps errno. */
#ifndef CPPROF_PRELOAD_CREATION_H
#define CPPROF_PRELOAD_CREATION_H

#include "preload/capture.h"

/* The stack of the calling thread, which is about to make another. False when it could not be had.
 */
bool creation_stack(struct capture_key *key);

/* The thread was made. */
void creation_count(const struct capture_key *key);

#endif
