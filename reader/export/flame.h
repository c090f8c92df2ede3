/* Flame graphs: a page that can be explored, and a picture.
 *
 * Private to reader/export/. `int` results are 0 or -ENOMEM. */
#ifndef CPPROF_READER_EXPORT_FLAME_H
#define CPPROF_READER_EXPORT_FLAME_H

#include "reader/export/stacks.h"

/* One HTML file that asks for nothing else: flame.html with flame.css, flame.js and the stacks. */
int flame_page(struct report *r, const struct stacks *s, FILE *to);

/* A picture of fixed width; names and values are shown by browsers over a frame. */
int flame_picture(struct report *r, const struct stacks *s, FILE *to);

/* What a frame belongs to: its package if its name tells one, else its library, else "". Copied to
 * `group`, cut to its size; returns it. */
enum { GROUP_BYTES = 256 };
const char *flame_group(const struct stack_frame *f, char group[GROUP_BYTES]);

#endif
