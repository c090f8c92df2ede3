/* Threads: their start and end. */
#ifndef CPPROF_PRELOAD_THREAD_H
#define CPPROF_PRELOAD_THREAD_H

#include "preload/thread_entry.h"

/* The first thing a new thread does, and main in agent_init: bounds of its stack, signals, timer.
 * `masked`: the thread's `masked` to begin with; `note_mask`: add what it finds blocked;
 * `stack_bytes` 0: main. Async-signal-safe. */
void thread_begin(uint64_t start_pc, uint8_t masked, bool note_mask, size_t stack_bytes);

/* The last: gives timer and entry back, and records CPU time that no tick came for any more. */
void thread_end(void);

/* In a forked child: the calling thread is the only one. */
void thread_fork_child(void);

#endif
