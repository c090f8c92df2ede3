/* What an event of a thread needs: its random state, its name as a label, its entry in the arena.
 */
#include "preload/thread_entry.h"

#include <string.h>
#include <sys/prctl.h>

#include "preload/clock.h"
#include "preload/math.h"
#include "preload/slot.h"
#include "preload/sys.h"

/* A name is believed for so long, 1 to 10 ms: asking the kernel costs more than a short stack. */
enum { LABEL_TICKS = 10000000 };

uint64_t *thread_rng(void) {
    struct thread_state *t = &thread_state;
    if (unlikely(!t->rng) && agent_sandboxed()) {
        t->rng = (uintptr_t)t * UINT64_C(0x9e3779b97f4a7c15) | 1;
    } else if (unlikely(!t->rng)) {
        /* Differs between threads by address, between processes and runs by time and layout. */
        uint64_t x = (uint64_t)sys_clock_ns(CLOCK_MONOTONIC) ^ (uintptr_t)t << 20 ^
                     (uint64_t)sys_getpid() << 40;
        x *= UINT64_C(0x9e3779b97f4a7c15);
        t->rng = (x ^ x >> 31) | 1;
        random_next(&t->rng);
    }
    return &t->rng;
}

void thread_renew(struct thread_state *t) {
    t->generation = agent.generation;
    t->tid = agent_sandboxed() ? 0 : (uint32_t)sys_gettid();
    if (t->tid != (uint32_t)agent.pid) /* also one that libc made for itself */
        __atomic_store_n(&hot.threaded, true, __ATOMIC_RELAXED);
    t->slot = NULL;
    t->thread_entry = 0;
    t->label = 0;
    if (t->stage != THREAD_DYING)
        slot_claim(t);
}

void thread_notice(void) {
    struct thread_state *t = &thread_state;
    if (t->generation != agent.generation || !t->tid)
        thread_renew(t);
}

void thread_entry_release(struct thread_state *t) {
    struct store *s = store_peek();
    if (s && t->thread_entry && t->generation == s->generation) {
        struct arena_thread *table = (struct arena_thread *)(s->base + s->header->threads.offset);
        __atomic_store_n(&table[t->thread_entry - 1].tid, 0, __ATOMIC_RELEASE);
    }
    t->thread_entry = 0;
}

HOT arena_ref thread_label(struct store *s) {
    struct thread_state *t = &thread_state;
    char name[16] = {0};
    bool known = t->label && t->generation == s->generation;
    uint64_t now = clock_ticks();
    if (agent_sandboxed() || (known && now - t->label_ticks < LABEL_TICKS))
        return known ? t->label : 0;
    t->label_ticks = now;
    sys_call5(SYS_prctl, PR_GET_NAME, (long)name, 0, 0, 0);
    if (known && memcmp(name, t->label_name, sizeof name) == 0)
        return t->label;
    memcpy(t->label_name, name, sizeof name);
    return t->label = store_label(s, name, strnlen(name, sizeof name));
}

/* Claims an entry; 0 when there is none. */
static uint32_t claim_entry(struct store *s, uint32_t tid) {
    struct arena_header *h = s->header;
    uint64_t room = h->threads.bytes / sizeof(struct arena_thread);
    for (uint32_t i = 0; i < room; i++) {
        uint64_t offset = h->threads.offset + i * sizeof(struct arena_thread);
        if (!store_reserve(s, offset, sizeof(struct arena_thread)))
            return 0;
        struct arena_thread *e = (struct arena_thread *)(s->base + offset);
        uint32_t none = 0;
        if (__atomic_load_n(&e->tid, __ATOMIC_RELAXED) ||
            !__atomic_compare_exchange_n(&e->tid, &none, tid, false, __ATOMIC_ACQ_REL,
                                         __ATOMIC_RELAXED))
            continue;
        e->label = 0;
        e->cpu_ns = e->samples = 0;
        uint32_t high = __atomic_load_n(&h->thread_high, __ATOMIC_RELAXED);
        while (high < i + 1 && !__atomic_compare_exchange_n(&h->thread_high, &high, i + 1, true,
                                                            __ATOMIC_RELEASE, __ATOMIC_RELAXED))
            ;
        return i + 1;
    }
    return 0;
}

HOT void thread_sampled(struct store *s, enum arena_event event) {
    struct thread_state *t = &thread_state;
    thread_notice();
    if (t->stage == THREAD_DYING || !t->tid)
        return; /* it gave its entry back; nobody would give back another */
    if (!t->thread_entry && !(t->thread_entry = claim_entry(s, t->tid)))
        return;
    struct arena_thread *table = (struct arena_thread *)(s->base + s->header->threads.offset);
    struct arena_thread *e = &table[t->thread_entry - 1];
    __atomic_store_n(&e->label, t->label, __ATOMIC_RELAXED);
    __atomic_fetch_add(&e->samples, 1, __ATOMIC_RELAXED);
    if (event == ARENA_EVENT_CPU)
        __atomic_fetch_add(&e->cpu_ns, t->cpu_period_ns, __ATOMIC_RELAXED);
}
