/* The options of pprof that change a report: one table, read by the command line (`-focus=x`), by
 * the shell (`focus=x`) and by the help.
 *
 * A `struct options` owns its strings. Any thread, one at a time. Not async-signal-safe. */
#ifndef CPPROF_READER_OPTIONS_H
#define CPPROF_READER_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

enum granularity {
    GRANULARITY_DEFAULT, /* functions */
    GRANULARITY_FUNCTIONS,
    GRANULARITY_FILEFUNCTIONS,
    GRANULARITY_FILES,
    GRANULARITY_LINES,
    GRANULARITY_ADDRESSES,
};

/* Strings are never NULL: absent is "". */
struct options {
    char *output;
    bool call_tree, relative_percentages, compact_labels, intel_syntax, mean, normalize;
    char *unit; /* "minimum", "auto", or a unit */
    char *source_path, *trim_path;
    char *sample_index;
    double divide_by;
    bool sort_cum;
    char *tagroot, *tagleaf;
    bool drop_negative, trim, noinlines, showcolumns;
    int nodecount; /* -1: the command's own */
    double nodefraction, edgefraction;
    char *focus, *ignore, *prune_from, *hide, *show, *show_from;
    char *tagfocus, *tagignore, *tagshow, *taghide;
    enum granularity granularity;
};

enum option_type { OPTION_BOOL, OPTION_INT, OPTION_FLOAT, OPTION_STRING, OPTION_CHOICE };

struct option {
    const char *name; /* as in `focus=x` */
    enum option_type type;
    const char *const *choices; /* OPTION_CHOICE: NULL-terminated, in the order of the help */
    size_t offset;              /* in struct options */
    const char *help;           /* pprof's text; NULL for OPTION_CHOICE */
};
extern const struct option options_table[]; /* sorted by name */
extern const size_t n_options;

/* The defaults of pprof. 0 or -ENOMEM. */
int options_init(struct options *o);
int options_copy(struct options *to, const struct options *from); /* into one not initialized */
void options_release(struct options *o);

/* The option of that name, or the one that has it as a choice (`cum` -> `sort`); or NULL. */
const struct option *option_find(const char *name);

/* pprof's text on an option or on one of its choices; NULL where it has none. */
const char *option_help(const char *name);

/* Sets one from text, with pprof's own words in `why` if it cannot be. 0, -EINVAL or -ENOMEM. */
int option_set(struct options *o, const struct option *which, const char *value, char *why,
               size_t why_bytes);
/* Its value as text, as pprof's `options` command shows it: malloc'ed, the caller's. */
char *option_get(const struct options *o, const struct option *which);

#endif
