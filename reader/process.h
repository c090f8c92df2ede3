/* Programs of others: how they ended, and why they could not begin, in the words of Go's os/exec.
 *
 * Any thread; no state. Not async-signal-safe. SIGCHLD must not be ignored. */
#ifndef CPPROF_READER_PROCESS_H
#define CPPROF_READER_PROCESS_H

#include <stddef.h>
#include <sys/types.h>

/* Waits for a child. 0 if it ended with status 0, else -EIO, or a negative errno, with the reason
 * in `why`: `exit status 3`, `signal: killed`. */
int process_wait(pid_t pid, char *why, size_t why_bytes);

/* The reason for which the program of a command line, words parted by spaces, could not be
 * started: `exec: "dot": executable file not found in $PATH`. Returns -err; `err` is positive. */
int process_not_started(const char *line, int err, char *why, size_t why_bytes);

#endif
