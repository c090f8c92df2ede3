/* Holds a stack of the agent's unwinder against libunwind's, and against what is known of it.
 *
 * Used from signal handlers, so it only counts, and keeps the first differences to be printed
 * later. One thread at a time. */
#ifndef CPPROF_TESTS_UNWIND_COMPARE_H
#define CPPROF_TESTS_UNWIND_COMPARE_H

#define UNW_LOCAL_ONLY
#include <dlfcn.h>
#include <inttypes.h>
#include <libunwind.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "preload/unwind/unwind.h"

enum { COMPARE_FRAMES = 256, COMPARE_KEPT = 4 };

struct compare_stack {
    size_t count;
    uint64_t pc[COMPARE_FRAMES];
    bool outermost;
};

struct compare {
    /* Callers of the code under test, from the known frame to the outermost. */
    struct compare_stack known;
    /* Pcs at which a fiber's stack may end, instead of in the known callers. */
    bool fibers;
    /* libunwind cannot be trusted with this code: the known callers alone are checked. */
    bool alone;
    uint64_t stack_lo, stack_hi;
    size_t stacks;
    size_t compared; /* libunwind, too, came to the known end */
    size_t further;  /* libunwind lost its way, the agent's unwinder did not */
    size_t lost;     /* libunwind came to the known end, the agent's unwinder did not */
    size_t both_lost;
    size_t differ; /* compared, and not equal */
    struct {
        struct compare_stack ours, theirs;
        const char *why;
    } kept[COMPARE_KEPT];
    size_t kept_count;
};

static inline void compare_ours(const struct compare *c, const ucontext_t *uc,
                                struct compare_stack *out) {
    struct unwind_start start = {.uc = uc, .stack_lo = c->stack_lo, .stack_hi = c->stack_hi};
    enum unwind_end end;

    out->count = unwind_stack(&start, out->pc, COMPARE_FRAMES, &end);
    out->outermost = end == UNWIND_OUTERMOST;
}

/* libunwind's stack, with its addresses as unwind_stack gives them. */
static void compare_theirs(ucontext_t *uc, int flags, struct compare_stack *out) {
    unw_cursor_t cursor;
    bool exact = flags == UNW_INIT_SIGNAL_FRAME;
    int more = unw_init_local2(&cursor, uc, flags);

    out->count = 0;
    out->outermost = false;
    if (more < 0)
        return;
    do {
        unw_word_t ip;

        unw_get_reg(&cursor, UNW_REG_IP, &ip);
        if (ip == 0)
            break;
        out->pc[out->count++] = exact ? ip : ip - 1;
        bool was_exact = exact;
        more = unw_step(&cursor);
        /* true at the interrupted frame; the one before was the trampoline, which nobody called */
        exact = more > 0 && unw_is_signal_frame(&cursor) > 0;
        if (exact && !was_exact)
            out->pc[out->count - 1]++;
    } while (more > 0 && out->count < COMPARE_FRAMES);
    out->outermost = more >= 0 && out->count < COMPARE_FRAMES;
}

/* Takes the callers of the calling function as known. */
static __attribute__((noinline)) void compare_init(struct compare *c) {
    ucontext_t uc;
    struct compare_stack here;
    pthread_attr_t attr;
    void *lo;
    size_t size;

    memset(c, 0, sizeof *c);
    unwind_objects_refresh();
    unw_getcontext(&uc);
    compare_theirs(&uc, 0, &here);
    /* without this function and its caller, of which other instructions will be running */
    c->known.count = here.count - 2;
    memcpy(c->known.pc, here.pc + 2, c->known.count * sizeof here.pc[0]);
    pthread_getattr_np(pthread_self(), &attr);
    pthread_attr_getstack(&attr, &lo, &size);
    pthread_attr_destroy(&attr);
    c->stack_lo = (uint64_t)(uintptr_t)lo;
    c->stack_hi = c->stack_lo + size;
}

static inline bool compare_ends_as_known(const struct compare *c, const struct compare_stack *s) {
    size_t n = c->known.count;

    return s->outermost && s->count > n &&
           memcmp(s->pc + s->count - n, c->known.pc, n * sizeof s->pc[0]) == 0;
}

static inline bool compare_equal(const struct compare_stack *a, const struct compare_stack *b) {
    return a->count == b->count && memcmp(a->pc, b->pc, a->count * sizeof a->pc[0]) == 0;
}

static inline void compare_keep(struct compare *c, const char *why,
                                const struct compare_stack *ours,
                                const struct compare_stack *theirs) {
    if (c->kept_count == COMPARE_KEPT)
        return;
    c->kept[c->kept_count].ours = *ours;
    c->kept[c->kept_count].theirs = *theirs;
    c->kept[c->kept_count++].why = why;
}

/* Unwinds `uc`, an interrupted context, both ways, and counts how the stacks compare. */
static inline void compare_context(struct compare *c, ucontext_t *uc) {
    static struct compare_stack ours, theirs;
    bool fiber =
        (uint64_t)uc->uc_mcontext.gregs[REG_RSP] - c->stack_lo >= c->stack_hi - c->stack_lo;
    bool ours_end, theirs_end;

    compare_ours(c, uc, &ours);
    theirs.count = 0;
    theirs.outermost = false;
    if (!c->alone)
        compare_theirs(uc, UNW_INIT_SIGNAL_FRAME, &theirs);
    ours_end = compare_ends_as_known(c, &ours);
    theirs_end = compare_ends_as_known(c, &theirs);
    if (c->fibers && fiber) {
        ours_end = ours.outermost;
        theirs_end = theirs.outermost;
        /* makecontext's return address, that no call pushed */
        if (theirs.count != 0 && theirs.count == ours.count &&
            theirs.pc[theirs.count - 1] + 1 == ours.pc[theirs.count - 1])
            theirs.pc[theirs.count - 1]++;
    }
    c->stacks++;
    c->compared += theirs_end;
    if (!ours_end && !theirs_end) {
        c->both_lost++;
        compare_keep(c, "both lost", &ours, &theirs);
    } else if (!ours_end) {
        c->lost++;
        compare_keep(c, "lost", &ours, &theirs);
    } else if (!theirs_end) {
        c->further++;
    } else if (!compare_equal(&ours, &theirs)) {
        c->differ++;
        compare_keep(c, "differ", &ours, &theirs);
    }
}

static inline void compare_print_stack(const char *name, const struct compare_stack *s) {
    printf("    %s, %s:\n", name, s->outermost ? "outermost" : "lost");
    for (size_t i = 0; i < s->count; i++) {
        Dl_info info = {0};

        dladdr((void *)(uintptr_t)s->pc[i], &info);
        printf("      %zu %#" PRIx64 " %s+%#" PRIx64 " %s\n", i, s->pc[i],
               info.dli_fname ? info.dli_fname : "?",
               info.dli_fname ? s->pc[i] - (uint64_t)(uintptr_t)info.dli_fbase : 0,
               info.dli_sname ? info.dli_sname : "");
    }
}

static inline void compare_print(const struct compare *c, const char *name) {
    printf("  %s: %zu stacks, %zu equal to libunwind's, further than it %zu, different %zu, "
           "lost %zu, both lost %zu\n",
           name, c->stacks, c->compared - c->differ - c->lost, c->further, c->differ, c->lost,
           c->both_lost);
    for (size_t i = 0; i < c->kept_count; i++) {
        printf("   %s\n", c->kept[i].why);
        compare_print_stack("ours", &c->kept[i].ours);
        compare_print_stack("libunwind's", &c->kept[i].theirs);
    }
}

#endif
