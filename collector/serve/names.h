/* The names of a server's profiles: one symbolizer for all requests, used by one at a time.
 *
 * Any thread. Not async-signal-safe; it forks. */
#ifndef CPPROF_COLLECTOR_SERVE_NAMES_H
#define CPPROF_COLLECTOR_SERVE_NAMES_H

#include "proto/profile.h"

struct names;

struct names *names_new(void);   /* NULL when out of memory */
void names_free(struct names *); /* NULL is allowed */

/* Ends the readers of files when nothing has been symbolized for a while: they may hold the debug
 * information of large programs. To be called from time to time; does not wait. */
void names_rest(struct names *);

/* symbolize_profile: names every location of `p`; `offsets`, where not NULL, has room for a number
 * for each of them. 0 or -ENOMEM. */
int names_put(struct names *, struct profile *p, uint32_t *offsets);

#endif
