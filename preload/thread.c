/* Threads.
 *
 * Model: a thread is known to the agent by its thread-local `thread_state`, all zero until
 * thread_begin, and, once it was sampled, by an entry in the arena's table, which it claims and
 * gives back itself. Threads that the agent did not see begin (raw clone, threads of library
 * constructors) stay THREAD_NEW: their allocations are sampled, their CPU time is not, and reads of
 * their stacks are checked ones, because its bounds are unknown. */
#include "preload/thread.h"

#include <sys/auxv.h>

#include "preload/cpu.h"
#include "preload/signals_mask.h"
#include "preload/slot.h"
#include "preload/sys.h"
#include "preload/waiters.h"

static void set_stack_bounds(struct thread_state *t, size_t stack_bytes) {
    if (stack_bytes) { /* glibc puts the thread's control block at the top of its stack */
        t->stack_hi = (uint64_t)(uintptr_t)__builtin_thread_pointer();
        t->stack_lo = t->stack_hi - stack_bytes;
        return;
    }
    /* The kernel keeps at least 128 MiB free of other mappings below the top of main's stack. */
    t->stack_hi = getauxval(AT_EXECFN); /* its string lies above main's first frame */
    t->stack_lo = t->stack_hi - (UINT64_C(120) << 20);
}

void thread_begin(uint64_t start_pc, uint8_t masked, bool note_mask, size_t stack_bytes) {
    struct thread_state *t = &thread_state;
    thread_renew(t);
    t->stage = THREAD_LIVE;
    t->start_pc = start_pc;
    t->masked = masked;
    set_stack_bounds(t, stack_bytes);
    signals_thread_begin(note_mask);
    cpu_thread_begin(stack_bytes != 0);
}

void thread_end(void) {
    struct thread_state *t = &thread_state;
    waiters_abandon();
    if (t->stage == THREAD_LIVE)
        cpu_thread_end();
    t->stage = THREAD_DYING;
    slot_release(t);
    thread_entry_release(t);
}

void thread_fork_child(void) {
    struct thread_state *t = &thread_state;
    thread_renew(t);
    t->rng = 0;
    t->heap_ready = 0;
    t->block_left = 0; /* or the child would sample what its parent samples */
    t->has_timer = false;
    if (t->stage == THREAD_LIVE)
        cpu_thread_begin(false);
}
