/* One place of the stack that is reached by several ways: sites that are alike but for where they
 * return to, so that nothing else tells the ways apart. The includer defines at_place, which is
 * that place and is not to be inlined. */
#ifndef CPPROF_TESTS_TRUTH_PATHS_H
#define CPPROF_TESTS_TRUTH_PATHS_H

#include "tests/truth/programs/waits.h"

enum { PATHS = 7 }; /* more than are remembered */

static void at_place(int path);

#define SITE_OF(path)                                                                              \
    SITE site_path_##path(void) {                                                                  \
        at_place(path);                                                                            \
        STAY;                                                                                      \
    }
SITE_OF(0)
SITE_OF(1)
SITE_OF(2)
SITE_OF(3)
SITE_OF(4)
SITE_OF(5)
SITE_OF(6)

static void (*const sites[PATHS])(void) = {site_path_0, site_path_1, site_path_2, site_path_3,
                                           site_path_4, site_path_5, site_path_6};

/* The same again, two in turns, and all of them; from one place. */
static inline void walk_paths(int rounds) {
    for (int i = 0; i < rounds; i++) {
        const int paths[] = {0, 0, 0, i % 2, i % PATHS};
        for (size_t k = 0; k < sizeof paths / sizeof paths[0]; k++)
            sites[paths[k]]();
    }
}

#endif
