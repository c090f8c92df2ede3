/* The stacks of a report as one tree from the root down, each call path once: what collapsed stacks
 * and flame graphs are made of. Inlined calls are frames, too.
 *
 * Private to reader/export/. One thread at a time; not async-signal-safe. Strings are those of the
 * profile, which must outlive the tree. */
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

struct stack_node {
    uint32_t frame;
    uint32_t parent, child, sibling; /* first child, next sibling; 0: none, for the root is none */
    uint32_t depth;                  /* the root's is 0 */
    bool inlined;                    /* in every sample */
    /* Of stacks that end here. */
    int64_t base, value;
    /* How wide that is drawn: the greater of both, so that what came and what went is to be seen.
     */
    int64_t width;
    /* The same of this node and all below. */
    int64_t base_total, value_total, width_total;
};

enum stacks_diff {
    STACKS_PLAIN,
    STACKS_BASE,       /* -diff_base: base and value are those of two profiles */
    STACKS_DIFFERENCE, /* -base: value is what is more, base what is less */
};

struct stacks {
    struct stack_frame *frames;
    size_t n_frames;
    struct stack_node *nodes; /* [0] is the root, which is no frame */
    size_t n_nodes;
    enum stacks_diff diff;
};

/* Makes it; the children of a node are in the order of their titles. Samples whose value is 0 are
 * left out, those without frames count at the root. When two profiles are compared, frames are the
 * same by their name, wherever their file was. It renumbers the profile. 0 or -ENOMEM. */
int stacks_build(struct report *r, struct stacks *out);
void stacks_release(struct stacks *s);

/* The nodes in preorder: the one after `node`, or 0 at the end. */
uint32_t stacks_next(const struct stacks *s, uint32_t node);

/* `name`, `name:12`, `[libc.so.6]`: malloc'ed; NULL when out of memory. */
char *stack_frame_title(const struct stack_frame *f);

#endif
