/* What flags of a command line have said, before it is seen what that means together. Private to
 * reader/flags*.c.
 *
 * One thread; not async-signal-safe. */
#ifndef CPPROF_READER_FLAGS_GIVEN_H
#define CPPROF_READER_FLAGS_GIVEN_H

#include <stdbool.h>

#include "reader/flags.h"

/* The old names of sample types, in the order in which the first one wins. */
enum { FLAGS_MEAN_DELAY = 1, N_VALUE_FLAGS = 7 };
struct value_flag {
    const char *name, *sample_type;
};
extern const struct value_flag value_flags[N_VALUE_FLAGS];

struct given {
    struct flags *flags;
    const char *base, *diff_base, *http;
    bool no_browser, json, csv, svg;
    bool values[N_VALUE_FLAGS];
    unsigned *choices;     /* for each option, one bit for each of its choices */
    const char **commands; /* for each command, its argument; "" if it has none; NULL: not given */
};

/* Takes flags up to the first argument that is none; *at becomes its index. What is wrong is said
 * on stderr, with the usage. */
enum flags_result flags_take(struct given *g, int argc, char **argv, int *at);

/* diff, flame and folded are no commands of pprof. NULL is none. */
bool flags_is_export_word(const char *word);

#endif
