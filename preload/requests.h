/* What other processes ask of this one by a signal, arena/requests.h. Async-signal-safe; keeps
 * errno. */
#ifndef CPPROF_PRELOAD_REQUESTS_H
#define CPPROF_PRELOAD_REQUESTS_H

#include <signal.h>
#include <stdbool.h>

/* Whether the signal is a request, or what goes on with one: it is not the program's. */
bool request_is_one(const siginfo_t *si);

/* Does what is asked, in the signal handler; what makes no sense, or cannot be done now, is left
 * undone. */
void request_serve(const siginfo_t *si);

#endif
