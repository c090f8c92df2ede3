/* Faults in the dumper, which reads memory that threads of the program may unmap meanwhile.
 *
 * For the dumper alone: a process of its own, whose signal actions are its own, too. */
#ifndef CPPROF_PRELOAD_FAULT_GUARD_H
#define CPPROF_PRELOAD_FAULT_GUARD_H

#include <stdbool.h>

/* From now on a fault ends this process quietly, without a core dump, which older kernels take as
 * the end of everybody who shares its memory. */
void fault_guard_init(void);

/* Calls f(arg); false when that ended in a fault. Not nested. */
bool fault_guard_run(void (*f)(void *), void *arg);

#endif
