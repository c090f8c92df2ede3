/* The stacks of a report as one tree from the root down, each call path once: what collapsed stacks
 * and flame graphs are made of. Inlined calls are frames, too.
 *
 * Private to reader/export/. One thread; not async-signal-safe. Strings are those of the profile,
 * which must outlive the tree. */
#ifndef CPPROF_READER_EXPORT_STACKS_H
#define CPPROF_READER_EXPORT_STACKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "reader/report/report.h"

struct stack_frame {
    const char *name, *file; /* "": not known */
    int64_t line, column;    /* 0, but where the granularity tells lines apart */
    uint64_t address;        /* 0, but where it tells addresses apart */
    const char *library;     /* the file that is mapped there, or "" */
};

/* A call path: its last frame. The node before it whose depth is one less is its caller. */
struct stack_node {
    uint32_t depth; /* the root's is 0 */
    uint32_t frame : 31;
    uint32_t inlined : 1; /* in every sample */
    int64_t value, base;  /* of stacks that end here: now, and what there was before */
};

enum stacks_diff {
    STACKS_PLAIN,
    STACKS_BASE,       /* -diff_base: base and value are those of two profiles */
    STACKS_DIFFERENCE, /* -base: value is what is more, base what is less */
};

struct stacks {
    struct stack_frame *frames; /* in the order of their names */
    size_t n_frames;
    struct stack_node *nodes; /* in preorder; [0] is the root, which is no frame */
    size_t n_nodes;
    uint32_t depth; /* of the deepest node */
    enum stacks_diff diff;
};

/* Makes it; the children of a node are in the order of their frames. Samples whose value is 0 are
 * left out, those without frames count at the root. When two profiles are compared, frames are the
 * same by their name, wherever their file was. It renumbers the profile. 0 or -ENOMEM. */
int stacks_build(struct report *r, struct stacks *out);
void stacks_release(struct stacks *s);

/* Of a node and all below. A stack is as wide as the greater of its value and its base, so that
 * what came and what went is to be seen. */
struct stack_total {
    int64_t value, base, width;
};
/* One for each node: malloc'ed; NULL when out of memory. */
struct stack_total *stacks_totals(const struct stacks *s);

/* `name`, `name:12`, `[libc.so.6]`: malloc'ed; NULL when out of memory. */
char *stack_frame_title(const struct stack_frame *f);

#endif
