/* What a thread that stands still waits for, from its registers.
 *
 * Not async-signal-safe. One thread at a time per image. */
#ifndef CPPROF_COLLECTOR_REGISTERS_WAIT_H
#define CPPROF_COLLECTOR_REGISTERS_WAIT_H

#include <sys/user.h>

#include "arena/waits.h"
#include "collector/threads/image.h"

/* Of a thread that was stopped, or died, in a system call, whether it had waited there or not; NONE
 * for one in no call, or in one of those that do not wait. */
enum arena_wait registers_wait(struct image *im, const struct user_regs_struct *regs);

#endif
