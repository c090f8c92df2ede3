/* The CPU timers of threads: one POSIX timer per thread on that thread's CPU clock, at the rate of
 * the settings or of a window (preload/cpu_window.h). All functions are async-signal-safe and keep
 * errno. */
#ifndef CPPROF_PRELOAD_CPU_TIMER_H
#define CPPROF_PRELOAD_CPU_TIMER_H

#include "preload/agent.h"

/* Tells our ticks from the program's own timers: nobody else has this address. */
extern const char cpu_timer_cookie;

/* The calling thread is to be sampled: it has the timer that it should have from now on, until
 * cpu_timer_close. `is_new`: it has used CPU time only to come here, which counts, too. */
void cpu_timer_open(struct thread_state *t, bool is_new);

/* The calling thread is not to be sampled any more. Returns what is owed, see below. */
int64_t cpu_timer_close(struct thread_state *t);

/* Brings the calling thread's timer to the rate that it should have. True when the rate has
 * changed, by this or before, since the thread last looked; what a tick stands for is then what is
 * owed. In the handler of a tick. */
bool cpu_timer_look(struct thread_state *t);

/* CPU time, in ns of whole periods, that the calling thread's timer was to have reported so far,
 * less what the thread has noted as recorded. May be negative. */
int64_t cpu_timer_owed(const struct thread_state *t);
static inline void cpu_timer_recorded(struct thread_state *t, int64_t ns) {
    t->cpu_owed_ns -= ns;
}

/* Gives the thread in slot i of fork_page, if it is open, a timer of that rate. False when it has
 * it already, or cannot have it, or is just changing it and looks again when it is done. In one
 * thread at a time. */
bool cpu_timer_change(uint32_t i, uint32_t hz);

/* Makes all timers of the process arrive as `signo`, 0: deletes them; used when the program wants
 * our signal. */
void cpu_move_timers(int signo);

/* Stops, starts all timers of the process. */
void cpu_run_timers(bool run);

#endif
