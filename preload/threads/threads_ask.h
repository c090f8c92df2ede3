/* Asking threads that do not wait in a hook for their stacks, by a signal. */
#ifndef CPPROF_PRELOAD_THREADS_ASK_H
#define CPPROF_PRELOAD_THREADS_ASK_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <ucontext.h>

#include "preload/agent.h"

/* Maps the buffers. Called once, from agent_init. False without memory. */
bool ask_init(void);

/* ---- in the signal handler; async-signal-safe */

/* Whether the signal is a question of a dumper of ours; else whether it is another process's
 * request for a record of threads, arena/threads_record.h. */
bool ask_is_question(const siginfo_t *si);
bool ask_is_request(const siginfo_t *si);

/* Answers: the stack that the signal interrupted. */
void ask_answer(const siginfo_t *si, const ucontext_t *uc);

/* ---- in the dumper */

/* What a thread answered: `depth` addresses, leaf first, valid during the call; none: no answer.
 */
typedef void ask_sink(void *ctx, uint32_t thread, const uint64_t *pcs, uint32_t depth);

/* Asks the n threads `tids`; gives each its answer by its index, in any order, once. Takes at most
 * about a second, whatever they do. */
void ask_threads(const uint32_t *tids, uint32_t n, ask_sink *sink, void *ctx);

#endif
