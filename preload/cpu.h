/* The CPU sampler: what becomes of the ticks of a thread's timer, preload/cpu_timer.h. */
#ifndef CPPROF_PRELOAD_CPU_H
#define CPPROF_PRELOAD_CPU_H

#include <signal.h>
#include <stdbool.h>

/* Begins, ends sampling of the calling thread; `is_new`: it has used CPU time only to come here,
 * which counts, too. cpu_thread_end also records the expiries that were due but never delivered.
 * Async-signal-safe. */
void cpu_thread_begin(bool is_new);
void cpu_thread_end(void);

/* Before exec, or the entry into a sandbox: settles, deletes the calling thread's timer and takes a
 * pending tick out of the queue, because it would kill the new program. cpu_exec_failed arms it
 * again. Async-signal-safe. */
void cpu_exec_begin(void);
void cpu_exec_failed(void);

/* Adds what the calling thread, which is about to end the process, has used since its last tick;
 * nothing where nothing has been recorded yet. Async-signal-safe. */
void cpu_settle(void);

/* True when a signal is a tick of ours and not the program's own. */
bool cpu_is_tick(const siginfo_t *si);

/* Records a tick. In the signal handler, after agent_fork_check. */
void cpu_tick(const siginfo_t *si, void *context);

#endif
