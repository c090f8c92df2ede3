/* A thread as events see it. All functions are async-signal-safe and keep errno. */
#ifndef CPPROF_PRELOAD_THREAD_ENTRY_H
#define CPPROF_PRELOAD_THREAD_ENTRY_H

#include "preload/store.h"

/* What is only true for one process: redone at a thread's start, and at its first event after a
 * fork. */
void thread_renew(struct thread_state *t);

/* Makes sure that a thread which the agent did not see begin is known, for an event of it.
 * Async-signal-safe. */
void thread_notice(void);

/* The calling thread's random state. Async-signal-safe. */
uint64_t *thread_rng(void);

/* The name of the calling thread, as of some milliseconds ago, as a label; 0 when there is no room.
 * Async-signal-safe. */
arena_ref thread_label(struct store *s);

/* Notes an event of the calling thread in its entry of the arena. Async-signal-safe. */
void thread_sampled(struct store *s, enum arena_event event);

/* Gives the thread's entry back, at its end. */
void thread_entry_release(struct thread_state *t);

#endif
