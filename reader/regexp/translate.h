/* RE2's syntax, as Go reads it, written anew in PCRE2's: what means the same stays, what means
 * something else is spelled out, what Go refuses is refused in Go's words.
 *
 * Private to reader/regexp*. No state; any thread. Not async-signal-safe: malloc. */
#ifndef CPPROF_READER_REGEXP_TRANSLATE_H
#define CPPROF_READER_REGEXP_TRANSLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The pattern for PCRE2, malloc'ed; NULL with `error parsing regexp: ...` in `why` (`cannot
 * allocate memory` when there is none). It is meant for
 * PCRE2_UTF | PCRE2_ALT_CIRCUMFLEX | PCRE2_NO_AUTO_CAPTURE with newline LF. */
char *regexp_translate(const char *pattern, char *why, size_t why_bytes);

/* ---- between the translator's files */

/* Flags of `(?imsU)`. */
struct regexp_flags {
    bool fold, multi_line, dot_all, ungreedy;
};

struct regexp_group {
    struct regexp_flags flags; /* when it was opened */
    bool folding;
    size_t start;     /* of its text in `out` */
    uint32_t repeats; /* as in the translator, of what was before it */
};

struct translator {
    const char *pattern;
    char *out; /* owned; no NUL at the end */
    size_t n, room;
    bool no_memory;
    struct regexp_flags flags;
    bool folding; /* what `out` says at its end */
    struct regexp_group *groups;
    size_t n_groups, groups_room;
    bool has_atom;         /* there is something to repeat: */
    size_t atom;           /* where it begins in `out` */
    bool atom_is_single;   /* and a repetition may follow it without parentheses */
    uint32_t atom_repeats; /* how often {n,m} multiply in it, at most */
    uint32_t repeats;      /* the same for the group so far */
    char *why;
    size_t why_bytes;
};

/* Says what is wrong with `n` bytes of the pattern; returns NULL. */
const char *regexp_refuse(struct translator *t, const char *what, const char *at, size_t n);

/* Append to `out`. */
void regexp_put(struct translator *t, const char *text);
__attribute__((format(printf, 2, 3))) void regexp_putf(struct translator *t, const char *format,
                                                       ...);
/* One character, whatever it means to PCRE2. */
void regexp_put_rune(struct translator *t, uint32_t rune);

/* The readers below begin at `at` and return where they stopped, or NULL: refused. */

/* One character in UTF-8; at the end of the pattern that is U+FFFD, of no bytes. */
const char *regexp_rune(struct translator *t, const char *at, uint32_t *rune);
/* `\n`, `\x41`, `\052`, `\.`: after the backslash, which is at `at`, a character. */
const char *regexp_escape(struct translator *t, const char *at, uint32_t *rune);
/* `[...]`, appended. */
const char *regexp_class(struct translator *t, const char *at);
/* `\d`, `\pN`, `\P{Greek}`, appended as a class. */
const char *regexp_class_escape(struct translator *t, const char *at);

#endif
