/* A timer by which a handler has itself called again, once, by the signal that questions come by.
 *
 * A timer is a word that is 0 while there is none: the kernel's id + 1. Its address tells its
 * signal from the program's own. A forked child has none, and sets the word to 0. For one thread at
 * a time per timer; async-signal-safe; keeps errno. */
#ifndef CPPROF_PRELOAD_SELF_TIMER_H
#define CPPROF_PRELOAD_SELF_TIMER_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

/* In `ns` from now, instead of what it was set to before. False when the kernel refuses it. */
bool self_timer_set(int32_t *timer, int64_t ns);

void self_timer_delete(int32_t *timer);

bool self_timer_is(const int32_t *timer, const siginfo_t *si);

#endif
