/* What /proc says of the threads of this process. Raw system calls; for the dumper, which is
 * another process. */
#ifndef CPPROF_PRELOAD_THREADS_PROC_H
#define CPPROF_PRELOAD_THREADS_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct proc_thread {
    char name[16]; /* no NUL when all 16 are used */
    char state;    /* '?': not known */
};

/* The ids of the threads, in a mapping of *bytes that the caller unmaps; NULL where /proc is not to
 * be had, or is that of another namespace. */
uint32_t *proc_threads(uint32_t *n, size_t *bytes);

/* False: the thread is gone, or nothing can be read; then *t is zero with state '?'. */
bool proc_thread_read(uint32_t tid, struct proc_thread *t);

#endif
