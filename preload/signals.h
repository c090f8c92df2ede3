/* Our two signals, the tick and the dump request, and what the program is shown instead.
 *
 * The program sees the dispositions and masks that it set itself; the kernel sees ours. All
 * functions are async-signal-safe and keep errno, unless they say otherwise. */
#ifndef CPPROF_PRELOAD_SIGNALS_H
#define CPPROF_PRELOAD_SIGNALS_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

/* Bits of thread_state.masked. */
enum mask_bit { MASK_TICK = 1, MASK_DUMP = 2 };

/* Installs the handlers. Not async-signal-safe; from agent_init. */
void signals_init(void);

/* Makes our signals deliverable to the calling thread, and notes which of them it had blocked. */
void signals_thread_begin(void);

/* The kernel's set for a set of the program's: the bits of the signals that are ours now. */
uint64_t signals_ours(void);

/* --- what the hooks ask */

enum signal_claim {
    CLAIM_NOT_OURS, /* go on as if we were not there */
    CLAIM_KEPT,     /* noted; the kernel keeps our handler */
    CLAIM_YIELDED,  /* the program gets the signal: go on, but the old action is *old */
};

/* The program asks for (act NULL) or sets the action of a signal. *old: its own former action. */
enum signal_claim signals_claim(int signo, const struct sigaction *act, struct sigaction *old);

/* Turns the set that the program passes to a mask function into the one for the kernel, and notes
 * what it believes blocked now. `how` as in sigprocmask. */
void signals_mask_set(int how, sigset_t *set, uint8_t *masked);
/* Adds what the program believes blocked to a set that it reads. */
void signals_mask_get(sigset_t *set, uint8_t masked);

/* The program is going to use a signal in another way than by a handler (ITIMER_PROF): if it is the
 * tick signal, ticks move, and the action that the program believes in becomes the real one. */
void signals_release(int signo);

/* The program waits for signals of this set by sigwait or signalfd. */
void signals_program_waits(const sigset_t *set);

/* Around exec and spawn: the kernel's mask and ignored signals are the program's, so that the new
 * program inherits them. `saved` is given back to signals_exec_failed. */
struct signals_saved {
    uint64_t mask;
    int ignored[2]; /* signals set to SIG_IGN, or 0 */
    struct sigaction action[2];
};
void signals_exec_begin(struct signals_saved *saved);
void signals_exec_failed(const struct signals_saved *saved);

/* Blocks, restores our signals around fork. */
void signals_fork_begin(void);
void signals_fork_end(void);

#endif
