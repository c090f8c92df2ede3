/* What tells a process from another one of the same number. */
#ifndef CPPROF_PRELOAD_PROCESS_H
#define CPPROF_PRELOAD_PROCESS_H

#include <stdint.h>

/* When the process began: field 22 of /proc/PID/stat; 0 when that cannot be read, or it has ended
 * and only has to be waited for. Async-signal-safe; touches no errno. */
uint64_t process_start_ticks(int pid);

#endif
