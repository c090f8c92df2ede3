/* The masks of threads, and what exec hands on. All functions are async-signal-safe and keep errno.
 */
#ifndef CPPROF_PRELOAD_SIGNALS_MASK_H
#define CPPROF_PRELOAD_SIGNALS_MASK_H

#include "preload/signals_held.h"

/* Makes our signals deliverable to the calling thread; with `note`, notes which of them it had
 * blocked. */
void signals_thread_begin(bool note);

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

/* Around exec and spawn: the kernel's mask and ignored signals are the program's, so that the new
 * program inherits them. `saved` is given back to signals_exec_failed. */
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
