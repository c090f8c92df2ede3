/* Pictures of graphs, by Graphviz's `dot`.
 *
 * One thread; not async-signal-safe. */
#ifndef CPPROF_READER_PICTURE_H
#define CPPROF_READER_PICTURE_H

#include <stddef.h>
#include <stdio.h>

/* Has `dot -Ttype` turn the DOT text in the file `dot` (read from its beginning) into a picture,
 * and writes that to `to`. SVG gets a script by which it can be moved and scaled in a browser.
 * 0 or a negative errno with the reason in `why`; then nothing was written. */
int picture_write(int dot, const char *type, FILE *to, char *why, size_t why_bytes);

#endif
