/* Walks the stacks of a process from outside, given its threads' registers and its memory.
 *
 * Not async-signal-safe. One thread at a time per walker. */
#ifndef CPPROF_COLLECTOR_THREADS_WALK_H
#define CPPROF_COLLECTOR_THREADS_WALK_H

#include <sys/user.h>

#include "collector/threads/image.h"
#include "collector/threads/threads_report.h"

/* A copy of the upper end of a stack, made while its thread stood still. */
struct stack_copy {
    uint64_t address; /* of the first byte */
    size_t n;         /* 0: there is none */
    uint8_t *bytes;
};

struct walker;

/* A walker for an image, which must outlive it. NULL when out of memory. */
struct walker *walker_new(struct image *im);
void walker_free(struct walker *w); /* NULL is allowed */

/* Fills `stack`, empty before, with the frames of a thread that stands at `regs`; `copy` may be
 * NULL, and is preferred to what the image has. The root frame tells a stack that was cut or lost.
 * 0 or -ENOMEM. */
int walker_walk(struct walker *w, const struct user_regs_struct *regs,
                const struct stack_copy *copy, struct threads_report *r,
                struct report_stack *stack);

#endif
