/* Running a program as `cpprof run` does: handing signals on, and waiting for it and for the
 * dumpers of its agent. One program at a time; the calling process must have no other children. */
#ifndef CPPROF_COLLECTOR_SUPERVISE_H
#define CPPROF_COLLECTOR_SUPERVISE_H

#include <sys/types.h>

/* Starts `file` with `argv` and the current environment, and waits until it ends. Meanwhile signals
 * that another process sends to this one are handed on; those of the terminal reach the program by
 * themselves. *status is that of waitpid. Returns 0, or the negative errno of starting it. */
int supervise(const char *file, char *const argv[], int *status);

/* Waits until the dumpers and symbolizers that the program's agents left have ended, at most
 * `seconds`; a signal ends the wait, too. Never waits for the program's own daemons. Returns how
 * many are still at work. */
int supervise_dumpers(int seconds);

/* Ends this process as a process with that wait status ended: by the same signal, or returns the
 * exit status. */
int supervise_exit_status(int status);

#endif
