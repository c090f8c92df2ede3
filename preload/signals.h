/* Signals that we hold, ticks and dump requests, and what the program is shown instead.
 *
 * The program sees the actions and masks that it set itself; the kernel sees ours. All functions
 * are async-signal-safe and keep errno, unless they say otherwise. */
#ifndef CPPROF_PRELOAD_SIGNALS_H
#define CPPROF_PRELOAD_SIGNALS_H

#include "preload/signals_mask.h"

/* Installs the handlers. Not async-signal-safe; from agent_init. */
void signals_init(void);

/* --- what the hooks ask */

/* sigaction for a signal that we hold: does it and returns true; else the caller goes on as if we
 * were not there. `act` and `old` may be NULL, or the same. */
bool signals_action(int signo, const struct sigaction *act, struct sigaction *old);

/* A thread has an alternate stack of so many bytes: when it has no room for our handler, that runs
 * on the ordinary stacks from now on. */
void signals_altstack(size_t bytes);

/* The program is going to use a signal in another way than by a handler (ITIMER_PROF): if it is the
 * tick signal, ticks move to another one. */
void signals_release(int signo);

/* The program waits for signals of this set by sigwait, or by reading a signalfd, where ticks could
 * not be told from its own: they move. */
void signals_program_waits(const sigset_t *set, bool by_descriptor);

#endif
