/* Where the file of a mapping may be when it is not, or no more, at its path.
 *
 * Thread-safe. Not async-signal-safe. */
#ifndef CPPROF_SYMBOLIZE_PLACES_H
#define CPPROF_SYMBOLIZE_PLACES_H

#include <limits.h>

#include "proto/profile.h"

enum { PLACES_MAX = 4 };

struct symbolize_places {
    char path[PLACES_MAX][PATH_MAX];
    int n;
};

/* The places for mapping `m` of `p`, besides its own path. While the process runs: where it sees
 * that path, which is another place in a container; what it has mapped, for who may look (root);
 * and what it runs, for the executable: an update has removed these, or put other files there. And,
 * for the executable, `exe`, where not NULL. A build ID has to tell whether what is there is that
 * file. */
void symbolize_places(const struct profile *p, const struct profile_mapping *m, const char *exe,
                      struct symbolize_places *places);

#endif
