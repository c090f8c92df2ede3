/* What /proc tells of a process and its threads.
 *
 * Not async-signal-safe. Any thread. */
#ifndef CPPROF_COLLECTOR_PROC_THREAD_H
#define CPPROF_COLLECTOR_PROC_THREAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "arena/waits.h"

struct proc_thread {
    pid_t tid;
    char name[64]; /* "" when unknown */
    char state;    /* the letter of /proc/PID/task/TID/stat; '?': not known */
    enum arena_wait wait;
    uint64_t object; /* the futex that it waits at; else 0 */
    bool restarted;  /* it waits in a call that goes on after a stop, and has lost its number */
};

/* Reads what there is of thread `tid`; what cannot be read, for it may be forbidden or the thread
 * gone, is unknown. */
void proc_thread_read(struct proc_thread *t, pid_t pid, pid_t tid);

/* One word for what a thread does: that of its wait, else of its state (static). */
const char *proc_state_word(char state, enum arena_wait wait);

/* The value of a line `KEY:\t...` of /proc/PID/status, up to the end of the line, in `value`. False
 * when there is none. */
bool proc_status_line(pid_t pid, const char *key, char *value, size_t bytes);

/* The process's state letter; '?' when there is no such process. */
char proc_state(pid_t pid);

#endif
