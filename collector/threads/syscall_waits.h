/* What a thread in a system call waits for: the call's number to the words of arena/waits.h.
 * Constant data, usable anywhere. x86-64 only. */
#ifndef CPPROF_COLLECTOR_SYSCALL_WAITS_H
#define CPPROF_COLLECTOR_SYSCALL_WAITS_H

#include <stdbool.h>

#include "arena/waits.h"

enum arena_wait syscall_wait(long nr);

/* Whether a call that was interrupted and did nothing says EINTR even where no signal handler ran,
 * and may be made again with the same arguments. */
bool syscall_restartable(long nr);

#endif
