/* Threads as text, in the form of Go's goroutine?debug=2:
 *
 *     thread TID "NAME" [STATE, WAITED, on OBJECT held by thread TID "NAME"]:
 *     FUNCTION()
 *     	FILE:LINE +OFFSET
 *     created by FUNCTION
 *     	FILE:LINE +OFFSET
 *
 * with an empty line after each thread, and after them one line for each circle of threads that
 * wait for each other. What is not known is left out. An inlined call is `FUNCTION(...)` and has no
 * offset. A function without a line has the file of its mapping; an address without a function
 * stands in its place, and the offset is then that in the file. Frames that are no code are one
 * line, in brackets. Names are quoted as in C.
 *
 * Not async-signal-safe. */
#ifndef CPPROF_COLLECTOR_THREADS_TEXT_H
#define CPPROF_COLLECTOR_THREADS_TEXT_H

#include <stdio.h>

#include "collector/threads/threads_report.h"

void threads_text_write(const struct threads_report *r, FILE *out);

/* The same for one of its threads, without the empty line. */
void threads_text_thread(const struct threads_report *r, const struct report_thread *t, FILE *out);

#endif
