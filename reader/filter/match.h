/* What the filters share: messages counted from 0, which of them a regular expression matches, and
 * a table of what was found out about pairs of strings.
 *
 * Private to reader/filter/. One thread at a time; not async-signal-safe. `int` results are 0 or
 * -ENOMEM. */
#ifndef CPPROF_READER_FILTER_MATCH_H
#define CPPROF_READER_FILTER_MATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/profile.h"
#include "reader/regexp.h"

/* While it lasts, the id of each mapping, location and function is its place in its list, so that
 * an array can say something of each. Then the ids come back. */
struct numbers {
    uint64_t *mappings, *locations, *functions; /* owned: the ids */
};
int numbers_begin(struct profile *p, struct numbers *n);
void numbers_end(struct profile *p, struct numbers *n);

/* Which functions (by name or file) and which mappings (by file) match. Zeroed is of no regular
 * expression. */
struct matches {
    bool *functions, *mappings; /* owned; by number */
};
/* Nothing if `re` is NULL. */
int matches_find(const struct profile *p, struct regexp *re, struct matches *m);
void matches_release(struct matches *m);
bool matches_line(const struct matches *m, const struct profile_line *line);
bool matches_mapping(const struct matches *m, const struct profile_location *l);
/* One of its lines, or its mapping. */
bool matches_location(const struct matches *m, const struct profile_location *l);

/* A function's name without what a prune expression does not look at: a leading dot, arguments.
 * malloc'ed, NULL when out of memory. */
char *prune_name(const char *name);

/* Two addresses, not both NULL, to a number; most often addresses of strings of one profile, which
 * are equal where their contents are. Zeroed is empty. */
struct pair {
    const void *a, *b;
    size_t value;
};
struct pairs {
    struct pair *slots; /* owned; open addressing */
    size_t n, n_slots;  /* a power of two */
};
/* NULL if it is not there. Good until the next pairs_add. */
struct pair *pairs_find(const struct pairs *t, const void *a, const void *b);
/* Of one that is not there. */
int pairs_add(struct pairs *t, const void *a, const void *b, size_t value);
void pairs_release(struct pairs *t);

/* Whether it is a label with a text; the others are numbers. */
static inline bool label_is_text(const struct profile_label *l) {
    return l->str[0] != '\0';
}

/* As label_units_new, without a word on stderr. */
struct label_units *label_units_find(const struct profile *p);

/* ---- the filters; regular expressions and matches may be NULL */

struct name_filter {
    struct regexp *focus, *ignore, *hide, *show;
    /* which were found anywhere */
    bool focus_matched, ignore_matched, hide_matched, show_matched;
};
int filter_names(struct profile *p, struct name_filter *f);
int filter_show_from(struct profile *p, struct regexp *re, bool *matched);
int filter_prune_from(struct profile *p, struct regexp *re);

/* Samples that an expression of tagfocus and tagignore selects. */
struct tag_filter;
/* `name` is the option's. 0 with *f NULL for ""; -EINVAL with the reason in `why`. */
int tag_filter_new(const char *name, const char *expression, struct tag_filter **f, char *why,
                   size_t why_bytes);
void tag_filter_free(struct tag_filter *f); /* NULL is allowed */
int filter_samples(struct profile *p, struct tag_filter *focus, struct tag_filter *ignore,
                   bool *focus_matched, bool *ignore_matched);
/* Labels by their keys. */
int filter_labels(struct profile *p, struct regexp *show, struct regexp *hide, bool *show_matched,
                  bool *hide_matched);

#endif
