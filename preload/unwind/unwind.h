/* The unwinder: a stack trace from registers, with .eh_frame rules.
 *
 * Every function here is async-signal-safe, takes no lock, allocates nothing and sets no errno,
 * unless it says otherwise. Any number of threads at once. */
#ifndef CPPROF_PRELOAD_UNWIND_H
#define CPPROF_PRELOAD_UNWIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <ucontext.h>

enum unwind_end {
    UNWIND_OUTERMOST, /* reached the outermost frame: main's caller or the thread's start */
    UNWIND_TRUNCATED, /* `max` frames written, more were there */
    UNWIND_LOST,      /* no rule, or memory that does not look like a stack */
};

/* Every word of the stack that a walk depended on: from the same pc and sp, with the same code, it
 * gives the same stack again if and only if these are the same, and fp where that counts. */
struct unwind_words {
    uint64_t *at; /* their addresses; room for `max` */
    uint32_t n, max;
    bool fp;    /* it depended on the frame pointer that it began with */
    bool whole; /* that is all of them, and the walk reached the outermost frame */
};

struct unwind_start {
    /* Where to start. With `uc`, the interrupted context: pc, sp, fp are taken from it, and every
     * register is known in the first frame. Without, the registers as they are after a return to
     * `pc`, a return address. */
    const ucontext_t *uc;
    uint64_t pc, sp, fp;
    /* The thread's stack: addresses in [stack_lo, stack_hi) are readable without a check. Other
     * memory is read by process_vm_readv (fibers, alternate stacks), unless `no_syscalls`. */
    uint64_t stack_lo, stack_hi;
    int no_syscalls;
    struct unwind_words *words; /* to be filled, from `n` = 0; NULL: not wanted */
};

/* Writes up to `max` addresses, leaf first: the leaf's pc, and a pc interrupted by a signal, as it
 * is; every other frame as return address minus 1. Returns how many; *end says how it ended. The
 * rest of pcs[0..max) is scratch space: other memory than the stack is read into it. Takes less
 * than 1 KB of the caller's stack. */
size_t unwind_stack(const struct unwind_start *start, uint64_t *pcs, size_t max,
                    enum unwind_end *end);

/* Has the processor fetch the cached rules of these addresses, whatever they are, of the first few
 * dozens: for a walk that may come through them. Changes nothing. */
void unwind_prefetch(const uint64_t *pcs, size_t n);

/* Forgets every cached rule: call after code was unmapped (dlclose). What is in no loaded object is
 * never cached, so dlopen needs no call. */
void unwind_forget(void);

/* Brings the list of loaded objects up to date, where the C library has no _dl_find_object (before
 * glibc 2.35); does nothing elsewhere. Call it at start, and after dlopen and dlclose.
 * Not async-signal-safe: it takes the loader's lock. Any number of threads at once. */
void unwind_objects_refresh(void);

#endif
