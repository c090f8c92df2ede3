/* The frames of a profile, numbered.
 *
 * Private to reader/export/: stacks.h is made of it. One thread; not async-signal-safe. */
#ifndef CPPROF_READER_EXPORT_STACK_FRAMES_H
#define CPPROF_READER_EXPORT_STACK_FRAMES_H

#include "reader/export/stacks.h"

struct stack_frames {
    struct stack_frame *frames; /* in the order of their names */
    size_t n;
    size_t *first;     /* of each location, by its id less 1: where its frames are in `numbers` */
    uint32_t *numbers; /* of frames, those of a location root first */
    size_t n_numbers;
};

/* How many frames a location is: inlined calls count, and one without lines is one. */
static inline size_t frames_of_location(const struct profile_location *l) {
    return l->n_lines ? l->n_lines : 1;
}

/* For a profile whose locations have the ids 1..N. `by_file`: functions of the same name in two
 * files are two. 0 or -ENOMEM; release it in every case. */
int stack_frames_build(const struct profile *p, const struct options *o, bool by_file,
                       struct stack_frames *out);
void stack_frames_release(struct stack_frames *s);

#endif
