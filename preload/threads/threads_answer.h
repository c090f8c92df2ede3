/* Answering a dumper that asks a thread for its stack, in the signal handler of that thread.
 *
 * Everything here is async-signal-safe and touches no errno, but for answer_init. */
#ifndef CPPROF_PRELOAD_THREADS_ANSWER_H
#define CPPROF_PRELOAD_THREADS_ANSWER_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <ucontext.h>

#include "preload/agent.h"

/* A buffer's `state` is a ticket and a phase. */
enum answer_phase { FREE, ASKED, WRITING, ANSWERED };
#define ANSWER_TICKET_MASK UINT64_C(0xffffff)

static inline uint64_t answer_state(uint64_t ticket, enum answer_phase phase) {
    return ticket << 2 | phase;
}

/* Moves a buffer of that ticket from one phase to another; false when it is in neither. */
static inline bool answer_move(struct answer *a, uint64_t ticket, enum answer_phase from,
                               enum answer_phase to) {
    uint64_t now = answer_state(ticket, from);
    return __atomic_compare_exchange_n(&a->state, &now, answer_state(ticket, to), false,
                                       __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

/* The value that the signal of a question carries. */
uint64_t answer_value(uint64_t ticket, uint32_t buffer);

/* The addresses of an answer. */
uint64_t *answer_buffer(uint32_t i);

/* Maps the buffers. Called once, from agent_init. False without memory. */
bool answer_init(void);

/* Whether the signal is a question of a dumper of ours. */
bool answer_is_question(const siginfo_t *si);

/* Answers: the stack that the signal interrupted. */
void answer_question(const siginfo_t *si, const ucontext_t *uc);

#endif
