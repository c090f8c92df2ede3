/* Stops all threads of a process for as long as it takes to copy their registers and the used part
 * of their stacks, and lets them go on.
 *
 * What holds for the process meanwhile and afterwards:
 *   - No signal is lost and none is sent: the stop is ptrace's own (PTRACE_INTERRUPT); a signal
 *     that came first is handed on.
 *   - A process that was stopped (SIGSTOP) stays so.
 *   - System calls go on by themselves: sleeps and futexes for the time that is left, others from
 *     their beginning. Of these, calls that Linux would have end with EINTR after a stop
 *     (epoll_wait, semop, sigtimedwait, receiving with a timeout) are made again, as the others
 *     are, with their whole timeout. What remains of ptrace: a read of inotify before Linux 3.8,
 *     and calls on devices and file systems that return EINTR by their own decision.
 *   - If this process is killed meanwhile, the kernel lets the threads go.
 *
 * Not async-signal-safe. One at a time in a process: it waits for its tracees. */
#ifndef CPPROF_COLLECTOR_THREADS_STOP_H
#define CPPROF_COLLECTOR_THREADS_STOP_H

#include "collector/threads/proc_thread.h"
#include "collector/threads/threads_walk.h"

struct stopped_thread {
    struct proc_thread about; /* as it was before */
    bool traced, stopped;     /* while it lasts */
    int signal;               /* that it was about to take; 0: none */
    bool copied;              /* the rest is known */
    struct user_regs_struct regs;
    struct stack_copy stack;
    uint32_t lock[3]; /* what stands at the futex that it waits at */
};

struct thread_stop {
    pid_t pid;
    pid_t living;                   /* a thread that had not ended */
    int memory;                     /* descriptor of its memory; -1: none */
    struct stopped_thread *threads; /* owned */
    size_t n;
    uint64_t copied_bytes;
};

/* Copies what is said above. Threads that end meanwhile are left out; those that do not stop within
 * half a second (in the kernel, uninterruptibly) have not been copied. On error -errno and one line
 * for people in `why`. Release it in every case; all threads run again before this returns. */
int thread_stop_copy(struct thread_stop *s, pid_t pid, char *why, size_t why_bytes);
void thread_stop_release(struct thread_stop *s);

#endif
