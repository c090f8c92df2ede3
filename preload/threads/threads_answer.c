/* Questions and answers.
 *
 * Model: a few buffers that are never unmapped, so that a late answer does no harm. The dumper
 * takes a free one, makes it ASKED with a new ticket and sends the thread the ticket; the thread's
 * handler moves ASKED to WRITING, writes, and moves on to ANSWERED. A dumper that gives up moves
 * ASKED back to FREE, so the answer that comes later finds another state and is none; one that is
 * being written is left alone until it is there. */
#include "preload/threads/threads_answer.h"

#include <string.h>

#include "preload/capture.h"
#include "preload/sys.h"

/* A question's value: this, a ticket of 24 bits, and the index of the buffer. */
#define COOKIE      UINT64_C(0x637071)
#define TICKET_BITS 24
#define INDEX_BITS  8

static uint64_t *buffers; /* AGENT_ANSWERS of buffer_words() */

static size_t buffer_words(void) {
    return agent.config.stack_depth + 1;
}

uint64_t *answer_buffer(uint32_t i) {
    return buffers + i * buffer_words();
}

uint64_t answer_value(uint64_t ticket, uint32_t buffer) {
    return COOKIE << (TICKET_BITS + INDEX_BITS) | ticket << INDEX_BITS | buffer;
}

bool answer_init(void) {
    buffers = sys_map_anonymous(AGENT_ANSWERS * buffer_words() * sizeof *buffers);
    return buffers != NULL;
}

bool answer_is_question(const siginfo_t *si) {
    return sys_signal_value(si) >> (TICKET_BITS + INDEX_BITS) == COOKIE;
}

static void write_stack(struct store *s, uint32_t i, struct answer *a, const ucontext_t *uc) {
    struct capture c;
    a->depth = 0;
    if (!capture_has_room(uc) || !capture_context(s, &c, uc))
        return;
    capture_mark(&c);
    a->depth = c.depth;
    memcpy(answer_buffer(i), c.pcs, c.depth * sizeof *c.pcs);
    capture_release(&c);
}

void answer_question(const siginfo_t *si, const ucontext_t *uc) {
    uint64_t ticket = sys_signal_value(si) >> INDEX_BITS & ANSWER_TICKET_MASK;
    uint32_t i = sys_signal_value(si) & ((1u << INDEX_BITS) - 1);
    struct store *s = store_peek();
    if (i >= AGENT_ANSWERS || !s || !answer_move(&fork_page->answers[i], ticket, ASKED, WRITING))
        return;
    write_stack(s, i, &fork_page->answers[i], uc);
    __atomic_store_n(&fork_page->answers[i].state, answer_state(ticket, ANSWERED),
                     __ATOMIC_RELEASE);
}
