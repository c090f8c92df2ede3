/* The table of counters: how each stands in a profile's comments. Constant data, usable anywhere.
 */
#ifndef CPPROF_ARENA_COUNTERS_H
#define CPPROF_ARENA_COUNTERS_H

#include <stdbool.h>

#include "arena/arena.h"

struct counter {
    const char *comment;       /* follows the number; alone when `is_flag`; "" : no comment */
    enum arena_event concerns; /* profiles of this event only; 0: of all */
    bool is_flag;              /* it is so or not; the number says nothing */
};

extern const struct counter counters[ARENA_COUNTERS];

#endif
