/* Questions and answers.
 *
 * Model: a few buffers that are never unmapped, so that a late answer does no harm. `state` of each
 * is a ticket and a phase. The dumper takes a free one, makes it ASKED with a new ticket and sends
 * the thread the ticket; the thread's handler moves ASKED to WRITING, writes, and moves on to
 * ANSWERED. A dumper that gives up moves ASKED back to FREE, so the answer that comes later finds
 * another state and is none; one that is being written is left alone until it is there. */
#include "preload/threads/threads_ask.h"

#include <string.h>

#include "arena/threads_record.h"
#include "preload/capture.h"
#include "preload/signals.h"
#include "preload/sys.h"

#define PATIENCE_NS INT64_C(250000000)
#define ALL_NS      INT64_C(1000000000)

/* `value` of a question: the cookie, a ticket of 24 bits, and the index of the buffer. */
#define COOKIE      UINT64_C(0x637071)
#define PHASE_BITS  2
#define TICKET_BITS 24
#define INDEX_BITS  8

enum phase { FREE, ASKED, WRITING, ANSWERED };

static uint64_t *buffers; /* AGENT_ANSWERS of buffer_words() */

static size_t buffer_words(void) {
    return agent.config.stack_depth + 1;
}

static uint64_t *buffer_of(uint32_t i) {
    return buffers + i * buffer_words();
}

static uint64_t state_of(uint64_t ticket, enum phase phase) {
    return ticket << PHASE_BITS | phase;
}

static bool move(struct answer *a, uint64_t ticket, enum phase from, enum phase to) {
    uint64_t now = state_of(ticket, from);
    return __atomic_compare_exchange_n(&a->state, &now, state_of(ticket, to), false,
                                       __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

bool ask_init(void) {
    buffers = sys_map_anonymous(AGENT_ANSWERS * buffer_words() * sizeof *buffers);
    return buffers != NULL;
}

/* ---- the thread */

static bool is_queued(const siginfo_t *si) {
    return si->si_code == SI_QUEUE;
}

static uint64_t value_of(const siginfo_t *si) {
    return (uint64_t)(uintptr_t)si->si_value.sival_ptr;
}

bool ask_is_question(const siginfo_t *si) {
    return is_queued(si) && value_of(si) >> (TICKET_BITS + INDEX_BITS) == COOKIE;
}

bool ask_is_request(const siginfo_t *si) {
    return is_queued(si) && value_of(si) == ARENA_REQUEST_THREADS;
}

void ask_answer(const siginfo_t *si, const ucontext_t *uc) {
    uint64_t value = value_of(si), ticket = value >> INDEX_BITS & ((1u << TICKET_BITS) - 1);
    uint32_t i = value & ((1u << INDEX_BITS) - 1);
    struct store *s = store_peek();
    struct capture c;
    if (i >= AGENT_ANSWERS || !s || !move(&fork_page->answers[i], ticket, ASKED, WRITING))
        return;
    struct answer *a = &fork_page->answers[i];
    a->depth = 0;
    if (capture_has_room(uc) && capture_context(s, &c, uc)) {
        capture_mark(&c);
        a->depth = c.depth;
        memcpy(buffer_of(i), c.pcs, c.depth * sizeof *c.pcs);
        capture_release(&c);
    }
    __atomic_store_n(&a->state, state_of(ticket, ANSWERED), __ATOMIC_RELEASE);
}

/* ---- the dumper */

struct question {
    uint32_t thread;
    bool open;
    uint64_t ticket;
    int64_t asked_ns;
};

struct asking {
    const uint32_t *tids;
    ask_sink *sink;
    void *ctx;
    uint32_t n_open;
    struct question questions[AGENT_ANSWERS];
};

static bool take_answer(struct answer *a, uint64_t ticket) {
    uint64_t now = __atomic_load_n(&a->state, __ATOMIC_ACQUIRE), phase = now & ANSWERED;
    return (phase == FREE || phase == ANSWERED) &&
           __atomic_compare_exchange_n(&a->state, &now, state_of(ticket, ASKED), false,
                                       __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

/* False when the thread is gone, or nothing can be sent to it. */
static bool send(uint32_t tid, uint32_t i, uint64_t ticket) {
    siginfo_t si;
    memset(&si, 0, sizeof si);
    si.si_signo = agent.ask_signo;
    si.si_code = SI_QUEUE;
    si.si_pid = sys_getpid();
    si.si_value.sival_ptr =
        (void *)(uintptr_t)(COOKIE << (TICKET_BITS + INDEX_BITS) | ticket << INDEX_BITS | i);
    return sys_call4(SYS_rt_tgsigqueueinfo, agent.pid, tid, si.si_signo, (long)&si) == 0;
}

static void close_question(struct asking *k, uint32_t i, const uint64_t *pcs, uint32_t depth) {
    k->questions[i].open = false;
    k->n_open--;
    k->sink(k->ctx, k->questions[i].thread, pcs, depth);
}

/* Asks thread `thread` by a free buffer; false when there is none. */
static bool ask(struct asking *k, uint32_t thread) {
    static uint64_t last_ticket; /* one dumper at a time */
    uint64_t ticket = ++last_ticket & ((1u << TICKET_BITS) - 1);
    for (uint32_t i = 0; i < AGENT_ANSWERS; i++) {
        struct answer *a = &fork_page->answers[i];
        if (k->questions[i].open || !take_answer(a, ticket))
            continue;
        k->questions[i] = (struct question){thread, true, ticket, sys_clock_ns(CLOCK_MONOTONIC)};
        k->n_open++;
        if (!send(k->tids[thread], i, ticket) && move(a, ticket, ASKED, FREE))
            close_question(k, i, NULL, 0);
        return true;
    }
    return false;
}

/* Looks at one question: answered, or given up. */
static void look(struct asking *k, uint32_t i, int64_t now) {
    struct question *q = &k->questions[i];
    struct answer *a = &fork_page->answers[i];
    if (!q->open)
        return;
    if (__atomic_load_n(&a->state, __ATOMIC_ACQUIRE) == state_of(q->ticket, ANSWERED))
        close_question(k, i, buffer_of(i), a->depth);
    else if (now - q->asked_ns > PATIENCE_NS && move(a, q->ticket, ASKED, FREE))
        close_question(k, i, NULL, 0);
    else if (now - q->asked_ns > 2 * PATIENCE_NS) /* it is being written, or its writer is dead */
        close_question(k, i, NULL, 0);
}

static void look_at_all(struct asking *k) {
    int64_t now = sys_clock_ns(CLOCK_MONOTONIC);
    for (uint32_t i = 0; i < AGENT_ANSWERS; i++)
        look(k, i, now);
}

void ask_threads(const uint32_t *tids, uint32_t n, ask_sink *sink, void *ctx) {
    struct asking k = {.tids = tids, .sink = sink, .ctx = ctx};
    const struct timespec moment = {0, 100000};
    int64_t end = sys_clock_ns(CLOCK_MONOTONIC) + ALL_NS;
    uint32_t next = 0;
    while (agent.ask_signo && next < n && sys_clock_ns(CLOCK_MONOTONIC) < end) {
        while (next < n && ask(&k, next))
            next++;
        look_at_all(&k);
        if (k.n_open)
            sys_call2(SYS_nanosleep, (long)&moment, 0);
    }
    while (k.n_open) {
        sys_call2(SYS_nanosleep, (long)&moment, 0);
        look_at_all(&k);
    }
    for (; next < n; next++)
        sink(ctx, next, NULL, 0);
}
