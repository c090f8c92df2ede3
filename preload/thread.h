/* Threads: their start and end, names, CPU timers' owners. */
#ifndef CPPROF_PRELOAD_THREAD_H
#define CPPROF_PRELOAD_THREAD_H

#include "preload/store.h"

/* The first thing a new thread does, and main in agent_init: bounds of its stack, signals, timer.
 * `masked`: the thread's `masked` to begin with; `note_mask`: add what it finds blocked;
 * `stack_bytes` 0: main. Async-signal-safe. */
void thread_begin(uint64_t start_pc, uint8_t masked, bool note_mask, size_t stack_bytes);

/* The last: gives timer and entry back, and records CPU time that no tick came for any more. */
void thread_end(void);

/* Makes sure that a thread which the agent did not see begin is known, for an event of it.
 * Async-signal-safe. */
void thread_notice(void);

/* In a forked child: the calling thread is the only one. */
void thread_fork_child(void);

/* The calling thread's random state. Async-signal-safe. */
uint64_t *thread_rng(void);

/* The name of the calling thread, as of some milliseconds ago, as a label; 0 when there is no room.
 * Async-signal-safe. */
arena_ref thread_label(struct store *s);

/* Notes an event of the calling thread in its entry of the arena. Async-signal-safe. */
void thread_sampled(struct store *s, enum arena_event event);

#endif
