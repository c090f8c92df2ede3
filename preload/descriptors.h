/* Descriptors that never block, because O_NONBLOCK is set: a transfer on one is no wait, so its
 * hook calls through, without a look at the clock. The model stands in preload/descriptors.c.
 * Async-signal-safe; keeps errno. */
#ifndef CPPROF_PRELOAD_DESCRIPTORS_H
#define CPPROF_PRELOAD_DESCRIPTORS_H

#include "preload/agent.h"

/* Higher ones are taken to block. */
enum { DESCRIPTORS = 1024 };

/* A bit each: it never blocks, as far as known. Atomic. */
extern INTERNAL uint64_t descriptors_nonblocking[DESCRIPTORS / 64];

static inline bool descriptor_is_nonblocking(int fd) {
    return (unsigned)fd < DESCRIPTORS &&
           __atomic_load_n(&descriptors_nonblocking[fd / 64], __ATOMIC_RELAXED) >> fd % 64 & 1;
}

/* Asks the kernel, and remembers the answer. */
bool descriptor_ask(int fd);

/* For hooks of transfers. */
static inline bool descriptor_never_blocks(int fd) {
    if (unlikely(--thread_state.descriptor_calls < 0))
        return descriptor_ask(fd);
    return descriptor_is_nonblocking(fd);
}

/* What the calling process has found out, or set; fd may be negative. */
void descriptor_learn(int fd, bool nonblocking);

/* The program has set the flag, or taken it away: it is the open file's, which may have other
 * numbers, too. */
void descriptor_flag(int fd, bool nonblocking);

/* It is about to be closed. */
static inline void descriptor_forget(int fd) {
    if (unlikely(descriptor_is_nonblocking(fd)))
        descriptor_learn(fd, false);
}

/* Whether O_NONBLOCK is set: a system call. */
bool descriptor_kernel_says(int fd);

#endif
