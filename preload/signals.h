/* Signals that we hold, ticks and dump requests, and what the program is shown instead.
 *
 * The program sees the actions and masks that it set itself; the kernel sees ours. All functions
 * are async-signal-safe and keep errno, unless they say otherwise. */
#ifndef CPPROF_PRELOAD_SIGNALS_H
#define CPPROF_PRELOAD_SIGNALS_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

/* Installs the handlers. Not async-signal-safe; from agent_init. */
void signals_init(void);

/* Makes our signals deliverable to the calling thread; with `note`, notes which of them it had
 * blocked. */
void signals_thread_begin(bool note);

/* --- what the hooks ask */

/* sigaction for a signal that we hold: does it and returns true; else the caller goes on as if we
 * were not there. `act` and `old` may be NULL, or the same. */
bool signals_action(int signo, const struct sigaction *act, struct sigaction *old);

/* The action that the program believes in, for a signal that we hold; else false. */
bool signals_shown(int signo, struct sigaction *old);

/* The signals that are kept deliverable in every thread, as the kernel's word. */
uint64_t signals_open_set(void);

/* A thread has an alternate stack of so many bytes: when it has no room for our handler, that runs
 * on the ordinary stacks from now on. */
void signals_altstack(size_t bytes);

/* A change of the calling thread's mask, in two steps around the real call: _begin turns the
 * program's set (NULL: only asks) into the kernel's and notes what is believed blocked now; _end
 * adds to *old (may be NULL) what was believed blocked before, or undoes the note on failure. */
struct signals_mask {
    uint8_t *masked; /* whose belief: the thread's, or the vfork child's */
    uint8_t before;
    sigset_t kernel;
};
void signals_mask_begin(struct signals_mask *m, int how, const sigset_t *set);
void signals_mask_end(const struct signals_mask *m, int result, sigset_t *old);

/* Puts the note back as it was before _begin. */
void signals_mask_undo(const struct signals_mask *m);

/* Whether the program has a handler of any signal. Asks the kernel: not for hot paths. */
bool signals_program_handles(void);

/* The program is going to use a signal in another way than by a handler (ITIMER_PROF): if it is the
 * tick signal, ticks move to another one. */
void signals_release(int signo);

/* The program waits for signals of this set by sigwait, or by reading a signalfd, where ticks could
 * not be told from its own: they move. */
void signals_program_waits(const sigset_t *set, bool by_descriptor);

/* Around exec and spawn: the kernel's mask and ignored signals are the program's, so that the new
 * program inherits them. `saved` is given back to signals_exec_failed. */
enum { SIGNALS_HELD_MAX = 8 };
struct signals_saved {
    uint64_t mask;
    bool ignored[SIGNALS_HELD_MAX];
    struct sigaction action[SIGNALS_HELD_MAX];
};
void signals_exec_begin(struct signals_saved *saved);
void signals_exec_failed(const struct signals_saved *saved);

/* Blocks our signals in the calling thread; puts the mask back. Nothing in a sandbox. */
void signals_block(uint64_t *saved);
void signals_restore(uint64_t saved);

#endif
