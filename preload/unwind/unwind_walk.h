/* A walk in progress: the frame it is at, and how it reads the target's memory.
 *
 * Always, for the frame at hand:
 *   - `pc` is what to look rules up for: exact, or return address - 1;
 *   - rbp and rbx are known by where their values are saved (0: not known), and are read only
 *     when a rule needs them: most frames do not;
 *   - `regs`, if not 0, points to the general registers of the last frame that was interrupted, in
 *     the order of gregset_t;
 *   - `interrupted` means that it is this frame: they are its own, and it may be anywhere in its
 *     code. */
#ifndef CPPROF_PRELOAD_UNWIND_WALK_H
#define CPPROF_PRELOAD_UNWIND_WALK_H

#include "preload/unwind/unwind.h"
#include "preload/unwind/unwind_object.h"

struct walk {
    uint64_t pc, sp, regs;
    uint64_t rbp_at, rbx_at;
    uint64_t epoch;
    /* Readable directly: [stack_lo, stack_lo + stack_size), and the registers to start from. */
    uint64_t stack_lo, stack_size;
    uint64_t start_lo, start_size;
    /* Other memory, by system calls: the block of window_words words, a power of two, that begins
     * at window_at; of it window_size bytes are in `window`. */
    uint64_t *window;
    uint64_t window_at, window_size;
    uint32_t window_words;
    bool interrupted;
    bool landing;       /* take it that libgcc is entering a handler, see landing_sp */
    bool saw_eh_return; /* a frame was of a function that does so */
    bool no_syscalls;
    uint64_t word; /* the window when there is no room for a larger one */
    struct unwind_words *words;
};

enum walk_step { WALK_ON, WALK_OUTERMOST, WALK_LOST };

/* Reads the word at `at` of the target's memory; false where it cannot be read. */
bool walk_read(struct walk *walk, uint64_t at, uint64_t *value);

/* The rule for `pc`, from the cache, or decoded. */
uint64_t walk_rule(const struct walk *walk, uint64_t pc);

/* Steps over a signal frame whose ucontext_t is at rsp. */
enum walk_step walk_signal(struct walk *walk);

/* Steps to a caller that was reached by a call: the return address `ra` and the caller's rsp, where
 * its rbp is saved (or 0). rbx becomes unknown. */
enum walk_step walk_to(struct walk *walk, uint64_t ra, uint64_t sp, uint64_t rbp_at);

/* True when the call that returns to `ra` leads to the function that `pc` is likely to be in. */
bool walk_is_call_of(uint64_t ra, uint64_t pc);

/* Steps out of a frame that no CFI covers, by the frame pointer or what the code at hand and the
 * top of the stack look like. */
enum walk_step walk_guess(struct walk *walk);

#endif
