/* Thread slots: what others may know of a thread, `struct thread_slot` in preload/agent.h.
 * Async-signal-safe; touches no errno. */
#ifndef CPPROF_PRELOAD_SLOT_H
#define CPPROF_PRELOAD_SLOT_H

#include "preload/agent.h"

/* Gives the calling thread a slot, if it has none and there is one; else it is counted. */
void slot_claim(struct thread_state *t);

/* Gives the slot back. The timer in it is gone already. */
void slot_release(struct thread_state *t);

/* Frees slots, and deletes timers, of threads that ended without telling (raw exit). */
void slot_reap(void);

/* How many entries of fork_page->slots are to be looked at. */
static inline uint32_t slot_high(void) {
    return __atomic_load_n(&fork_page->slots_high, __ATOMIC_ACQUIRE);
}

#endif
