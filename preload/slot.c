/* Thread slots.
 *
 * Model: an array in the fork page, so that a forked child begins with none. A thread claims the
 * first free slot by compare-and-swap; `slots_hint` keeps that from being a walk over all of them
 * where there are thousands. Only `tid`, `timer` and, by the protocol of agent.h, the wait may be
 * read by others. */
#include "preload/slot.h"

#include <errno.h>

#include "preload/store.h"
#include "preload/sys.h"

static void raise_high(uint32_t n) {
    uint32_t high = __atomic_load_n(&fork_page->slots_high, __ATOMIC_RELAXED);
    while (high < n && !__atomic_compare_exchange_n(&fork_page->slots_high, &high, n, true,
                                                    __ATOMIC_RELEASE, __ATOMIC_RELAXED))
        ;
}

static struct thread_slot *find_free(uint32_t tid) {
    uint32_t first = __atomic_load_n(&fork_page->slots_hint, __ATOMIC_RELAXED);
    for (uint32_t n = 0; n < AGENT_THREAD_SLOTS; n++) {
        uint32_t i = (first + n) % AGENT_THREAD_SLOTS, none = 0;
        struct thread_slot *slot = &fork_page->slots[i];
        if (__atomic_load_n(&slot->tid, __ATOMIC_RELAXED) ||
            !__atomic_compare_exchange_n(&slot->tid, &none, tid, false, __ATOMIC_ACQ_REL,
                                         __ATOMIC_RELAXED))
            continue;
        __atomic_store_n(&fork_page->slots_hint, i + 1, __ATOMIC_RELAXED);
        raise_high(i + 1);
        return slot;
    }
    return NULL;
}

void slot_claim(struct thread_state *t) {
    if (t->slot || !t->tid)
        return;
    t->slot = find_free(t->tid);
    if (!t->slot && !agent_sandboxed()) {
        slot_reap();
        t->slot = find_free(t->tid);
    }
    if (!t->slot) {
        store_count_early(ARENA_NO_SLOT, 1);
        return;
    }
    t->errno_at = &errno;
    /* Even, whatever the last thread in it left. */
    __atomic_store_n(&t->slot->seq, (t->slot->seq + 1) & ~1u, __ATOMIC_RELAXED);
    __atomic_store_n(&t->slot->creator, 0, __ATOMIC_RELAXED);
}

static void free_slot(struct thread_slot *slot) {
    uint32_t i = (uint32_t)(slot - fork_page->slots);
    __atomic_store_n(&slot->tid, 0, __ATOMIC_RELEASE);
    if (i < __atomic_load_n(&fork_page->slots_hint, __ATOMIC_RELAXED))
        __atomic_store_n(&fork_page->slots_hint, i, __ATOMIC_RELAXED);
}

void slot_release(struct thread_state *t) {
    struct thread_slot *slot = t->slot;
    if (!slot)
        return;
    t->slot = NULL;
    __atomic_store_n(&slot->seq, (slot->seq + 1) & ~1u, __ATOMIC_RELEASE);
    free_slot(slot);
}

void slot_reap(void) {
    for (uint32_t i = 0, high = slot_high(); i < high; i++) {
        struct thread_slot *slot = &fork_page->slots[i];
        uint32_t tid = __atomic_load_n(&slot->tid, __ATOMIC_ACQUIRE);
        if (!tid || sys_call3(SYS_tgkill, agent.pid, tid, 0) != -ESRCH ||
            !__atomic_compare_exchange_n(&slot->tid, &tid, UINT32_MAX, false, __ATOMIC_ACQ_REL,
                                         __ATOMIC_RELAXED))
            continue;
        __atomic_store_n(&fork_page->timers[i].open, 0, __ATOMIC_RELEASE);
        int timer = __atomic_exchange_n(&slot->timer, 0, __ATOMIC_ACQ_REL);
        if (timer)
            sys_call1(SYS_timer_delete, timer - 1);
        free_slot(slot);
    }
}
