/* Questions: which threads are asked when, and for how long an answer is waited for. How they are
 * answered is in threads_answer.c. */
#include "preload/threads/threads_ask.h"

#include <string.h>

#include "preload/sys.h"

#define PATIENCE_NS INT64_C(250000000)
#define ALL_NS      INT64_C(1000000000)

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
           __atomic_compare_exchange_n(&a->state, &now, answer_state(ticket, ASKED), false,
                                       __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

/* False when the thread is gone, or nothing can be sent to it. */
static bool send(uint32_t tid, uint32_t i, uint64_t ticket) {
    siginfo_t si;
    memset(&si, 0, sizeof si);
    si.si_signo = agent.ask_signo;
    si.si_code = SI_QUEUE;
    si.si_pid = sys_getpid();
    si.si_value.sival_ptr = (void *)(uintptr_t)answer_value(ticket, i);
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
    uint64_t ticket = ++last_ticket & ANSWER_TICKET_MASK;
    for (uint32_t i = 0; i < AGENT_ANSWERS; i++) {
        struct answer *a = &fork_page->answers[i];
        if (k->questions[i].open || !take_answer(a, ticket))
            continue;
        k->questions[i] = (struct question){thread, true, ticket, sys_clock_ns(CLOCK_MONOTONIC)};
        k->n_open++;
        if (!send(k->tids[thread], i, ticket) && answer_move(a, ticket, ASKED, FREE))
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
    if (__atomic_load_n(&a->state, __ATOMIC_ACQUIRE) == answer_state(q->ticket, ANSWERED))
        close_question(k, i, answer_buffer(i), a->depth);
    else if (now - q->asked_ns > PATIENCE_NS && answer_move(a, q->ticket, ASKED, FREE))
        close_question(k, i, NULL, 0);
    else if (now - q->asked_ns > 2 * PATIENCE_NS) /* it is being written, or its writer is dead */
        close_question(k, i, NULL, 0);
}

static void look_at_all(struct asking *k) {
    int64_t now = sys_clock_ns(CLOCK_MONOTONIC);
    for (uint32_t i = 0; i < AGENT_ANSWERS; i++)
        look(k, i, now);
}

/* What a dumper that was killed has asked is nobody's any more: there is one dumper at a time. */
static void forget_old_questions(void) {
    for (uint32_t i = 0; i < AGENT_ANSWERS; i++) {
        uint64_t now = __atomic_load_n(&fork_page->answers[i].state, __ATOMIC_ACQUIRE);
        answer_move(&fork_page->answers[i], now >> 2, ASKED, FREE);
    }
}

void ask_threads(const uint32_t *tids, uint32_t n, ask_sink *sink, void *ctx) {
    struct asking k = {.tids = tids, .sink = sink, .ctx = ctx};
    const struct timespec moment = {0, 100000};
    int64_t end = sys_clock_ns(CLOCK_MONOTONIC) + ALL_NS;
    uint32_t next = 0;
    forget_old_questions();
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
