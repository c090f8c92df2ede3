/* Whether a process is still the one that it was.
 *
 * Not async-signal-safe. Any thread. */
#ifndef CPPROF_COLLECTOR_PROCESS_H
#define CPPROF_COLLECTOR_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

/* When process `pid` was started, as in /proc/PID/stat field 22; false when it is not there, or has
 * ended (a zombie has). */
bool process_start(int pid, uint64_t *start_ticks);

/* Whether process `pid` is there, was started at `start_ticks`, by its own clock, and has not
 * ended. */
bool process_lives(int pid, uint64_t start_ticks);

#endif
