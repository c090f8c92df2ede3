/* CPU sampling by request of another process: at a rate, for a time, on top of what the settings
 * say. All functions are async-signal-safe and keep errno. */
#ifndef CPPROF_PRELOAD_CPU_WINDOW_H
#define CPPROF_PRELOAD_CPU_WINDOW_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

/* Samples at `hz`, or at what is in force if that is faster, for `seconds` from now; the grant
 * stands in the arena's header once every thread has its timer. Nothing happens, and nothing is
 * granted, in a sandbox, without a tick signal, or when a number is out of range. In the handler.
 */
void cpu_window_request(uint32_t hz, uint32_t seconds);

/* Whether the signal is of the timer by which the agent goes on with a window that is too much work
 * for one handler; and goes on. */
bool cpu_window_is_timer(const siginfo_t *si);
void cpu_window_go_on(void);

/* The rate that every timer should have now; 0: there should be none. Ends a window whose time is
 * up. */
uint32_t cpu_window_rate(void);

/* Ends the window: there is no signal left to sample by. */
void cpu_window_stop(void);

#endif
