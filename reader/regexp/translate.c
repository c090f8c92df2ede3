/* The grammar: literals, groups, flags, repetitions. Classes are in class.c, escapes in escape.c.
 *
 * Only i is left to PCRE2 as a flag, for ^, $, . and the greedy forms are written as what they mean
 * where they stand. A flag is written before the next atom, not where it is set, so that what
 * repeats the atom before it still follows that. No group captures: nobody asks. */
#include "reader/regexp/translate.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_REPEAT = 1000, MAX_NESTING = 1000 };

/* ---- text */

const char *regexp_refuse(struct translator *t, const char *what, const char *at, size_t n) {
    snprintf(t->why, t->why_bytes, "error parsing regexp: %s: `%.*s`", what, (int)n, at);
    return NULL;
}

static bool put_room(struct translator *t, size_t n) {
    size_t room = t->room ? t->room : 64;
    char *out;

    while (room < t->n + n)
        room *= 2;
    if (room == t->room)
        return true;
    out = realloc(t->out, room);
    if (!out) {
        t->no_memory = true;
        return false;
    }
    t->out = out;
    t->room = room;
    return true;
}

void regexp_put(struct translator *t, const char *text) {
    size_t n = strlen(text);

    if (!put_room(t, n))
        return;
    memcpy(t->out + t->n, text, n);
    t->n += n;
}

void regexp_putf(struct translator *t, const char *format, ...) {
    char text[64];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    regexp_put(t, text);
}

void regexp_put_rune(struct translator *t, uint32_t rune) {
    if (rune < 0x80 && (isalnum((int)rune) || rune == '_'))
        regexp_putf(t, "%c", (char)rune);
    else
        regexp_putf(t, "\\x{%x}", (unsigned)rune);
}

/* ---- atoms */

/* The last atom is behind us. */
static void note_repeats(struct translator *t) {
    if (t->has_atom && t->atom_repeats > t->repeats)
        t->repeats = t->atom_repeats;
}

/* What is appended next can be repeated. */
static void atom_begin(struct translator *t, bool single) {
    note_repeats(t);
    if (t->flags.fold != t->folding)
        regexp_put(t, t->flags.fold ? "(?i)" : "(?-i)");
    t->folding = t->flags.fold;
    t->has_atom = true;
    t->atom = t->n;
    t->atom_is_single = single;
    t->atom_repeats = 1;
}

static void atom_put(struct translator *t, const char *text, bool single) {
    atom_begin(t, single);
    regexp_put(t, text);
}

static void put_literal(struct translator *t, uint32_t rune) {
    atom_begin(t, true);
    if (rune >= 0xd800 && rune < 0xe000) /* no text has one */
        regexp_put(t, "(?!)");
    else
        regexp_put_rune(t, rune);
}

/* `\Q` has been read. */
static const char *read_quoted(struct translator *t, const char *at) {
    const char *end = strstr(at, "\\E");
    uint32_t rune;

    while (at && *at && at != end) {
        at = regexp_rune(t, at, &rune);
        if (at)
            put_literal(t, rune);
    }
    return at && end ? end + 2 : at;
}

static const char *read_backslash(struct translator *t, const char *at) {
    const char *after;
    uint32_t rune;

    switch (at[1]) {
    case 'A':
    case 'b':
    case 'B':
    case 'z':
        atom_put(t, (char[]){'\\', at[1], '\0'}, false);
        return at + 2;
    case 'C':
        return regexp_refuse(t, "invalid escape sequence", at, 2);
    case 'Q':
        return read_quoted(t, at + 2);
    default:
        break;
    }
    if (at[1] && strchr("pPdDsSwW", at[1])) {
        atom_begin(t, true);
        return regexp_class_escape(t, at);
    }
    after = regexp_escape(t, at, &rune);
    if (after)
        put_literal(t, rune);
    return after;
}

/* ---- repetitions */

/* `{n}`, `{n,}`, `{n,m}`: max -1 is without end, min -1 a number that is too large. NULL if it is
 * none of these: then it is literal. */
static const char *read_number(const char *at, int *number) {
    if (!isdigit((unsigned char)at[0]) || (at[0] == '0' && isdigit((unsigned char)at[1])))
        return NULL;
    for (*number = 0; isdigit((unsigned char)*at); at++)
        *number = *number < 0 || *number >= 100000000 ? -1 : *number * 10 + (*at - '0');
    return at;
}

static const char *read_counts(const char *at, int *min, int *max) {
    at = read_number(at + 1, min);
    if (!at)
        return NULL;
    *max = *min;
    if (*at == ',') {
        at++;
        *max = -1;
        if (*at != '}') {
            at = read_number(at, max);
            if (at && *max < 0)
                *min = -1;
        }
    }
    return at && *at == '}' ? at + 1 : NULL;
}

static void wrap_atom(struct translator *t) {
    if (t->atom_is_single || !put_room(t, 2))
        return;
    memmove(t->out + t->atom + 1, t->out + t->atom, t->n - t->atom);
    t->out[t->atom] = '(';
    t->n++;
    regexp_put(t, ")");
}

/* Counted repetitions within each other make as many copies as their product. */
static bool multiply_repeats(struct translator *t, int min, int max) {
    int times = max < 0 ? min : max;

    if (max == 0) {
        t->atom_repeats = 1;
        return true;
    }
    if (times > 1)
        t->atom_repeats *= (uint32_t)times;
    return (min < 2 && max < 2) || t->atom_repeats <= MAX_REPEAT;
}

/* An operator at `at`, of `n` bytes without the `?` that may follow. *last is the one just before
 * it, or NULL. */
static const char *read_repeat(struct translator *t, const char *at, size_t n, int min, int max,
                               const char *last) {
    const char *after = at + n;
    bool lazy = t->flags.ungreedy;

    if (*after == '?') {
        after++;
        lazy = !lazy;
    }
    if (last)
        return regexp_refuse(t, "invalid nested repetition operator", last, (size_t)(after - last));
    if (!t->has_atom)
        return regexp_refuse(t, "missing argument to repetition operator", at,
                             (size_t)(after - at));
    wrap_atom(t);
    if (*at == '{' && !multiply_repeats(t, min, max))
        return regexp_refuse(t, "invalid repeat count", at, (size_t)(after - at));
    regexp_putf(t, "%.*s%s", (int)n, at, lazy ? "?" : "");
    t->atom_is_single = false;
    return after;
}

static const char *read_braces(struct translator *t, const char *at, const char *last,
                               bool *is_repeat) {
    int min, max;
    const char *after = read_counts(at, &min, &max);

    *is_repeat = after != NULL;
    if (!after) {
        put_literal(t, '{');
        return at + 1;
    }
    if (min < 0 || min > MAX_REPEAT || max > MAX_REPEAT || (max >= 0 && min > max))
        return regexp_refuse(t, "invalid repeat count", at, (size_t)(after - at));
    return read_repeat(t, at, (size_t)(after - at), min, max, last);
}

/* ---- groups */

static const char *open_group(struct translator *t, const char *after) {
    struct regexp_group *g;

    if (t->n_groups == MAX_NESTING)
        return regexp_refuse(t, "expression nests too deeply", t->pattern, strlen(t->pattern));
    if (t->n_groups == t->groups_room) {
        size_t room = t->groups_room ? t->groups_room * 2 : 8;
        g = realloc(t->groups, room * sizeof(*g));
        if (!g) {
            t->no_memory = true;
            return NULL;
        }
        t->groups = g;
        t->groups_room = room;
    }
    note_repeats(t);
    g = &t->groups[t->n_groups++];
    *g = (struct regexp_group){
        .flags = t->flags, .folding = t->folding, .start = t->n, .repeats = t->repeats};
    regexp_put(t, "(");
    t->has_atom = false;
    t->repeats = 1;
    return after;
}

static const char *close_group(struct translator *t, const char *after) {
    const struct regexp_group *g;

    if (t->n_groups == 0)
        return regexp_refuse(t, "unexpected )", t->pattern, strlen(t->pattern));
    note_repeats(t);
    g = &t->groups[--t->n_groups];
    regexp_put(t, ")");
    t->flags = g->flags;
    t->folding = g->folding;
    t->has_atom = true;
    t->atom = g->start;
    t->atom_is_single = true;
    t->atom_repeats = t->repeats;
    t->repeats = g->repeats;
    return after;
}

/* `(?P<name>` or `(?<name>`; `name` is where the name begins. */
static const char *read_name(struct translator *t, const char *at, const char *name) {
    const char *end = strchr(at, '>'), *c;
    uint32_t rune;

    for (c = at; *c && c != end;) /* whatever is wrong with the UTF-8 is said first */
        if (!(c = regexp_rune(t, c, &rune)))
            return NULL;
    if (!end)
        return regexp_refuse(t, "invalid named capture", at, strlen(at));
    for (c = name; c < end && (isalnum((unsigned char)*c) || *c == '_'); c++)
        ;
    if (c < end || c == name)
        return regexp_refuse(t, "invalid named capture", at, (size_t)(end + 1 - at));
    return open_group(t, end + 1);
}

static bool set_flag(struct regexp_flags *flags, uint32_t rune, bool on) {
    switch (rune) {
    case 'i':
        flags->fold = on;
        return true;
    case 'm':
        flags->multi_line = on;
        return true;
    case 's':
        flags->dot_all = on;
        return true;
    case 'U':
        flags->ungreedy = on;
        return true;
    default:
        return false;
    }
}

/* `(?i)`, `(?i-s:`, `(?:`. */
static const char *read_flags(struct translator *t, const char *at) {
    struct regexp_flags flags = t->flags;
    const char *c = at + 2;
    bool on = true, saw_flag = false;
    uint32_t rune;

    while (*c) {
        c = regexp_rune(t, c, &rune);
        if (!c)
            return NULL;
        if (set_flag(&flags, rune, on)) {
            saw_flag = true;
        } else if (rune == '-' && on) {
            on = saw_flag = false;
        } else if ((rune == ':' || rune == ')') && (on || saw_flag)) {
            if (rune == ':' && !open_group(t, c))
                return NULL;
            t->flags = flags;
            return c;
        } else {
            break;
        }
    }
    return regexp_refuse(t, "invalid or unsupported Perl syntax", at, (size_t)(c - at));
}

static const char *read_group(struct translator *t, const char *at) {
    if (at[1] != '?')
        return open_group(t, at + 1);
    if (at[2] == 'P' && at[3] == '<' && at[4])
        return read_name(t, at, at + 4);
    if (at[2] == '<' && at[3])
        return read_name(t, at, at + 3);
    return read_flags(t, at);
}

/* ---- all of it */

static const char *read_bar(struct translator *t, const char *after) {
    note_repeats(t);
    regexp_put(t, "|");
    t->has_atom = false;
    return after;
}

static const char *read_plain(struct translator *t, const char *at) {
    uint32_t rune;
    const char *after = regexp_rune(t, at, &rune);

    if (after)
        put_literal(t, rune);
    return after;
}

static const char *read_one(struct translator *t, const char *at) {
    switch (*at) {
    case '(':
        return read_group(t, at);
    case ')':
        return close_group(t, at + 1);
    case '|':
        return read_bar(t, at + 1);
    case '^':
        atom_put(t, t->flags.multi_line ? "(?m:^)" : "\\A", false);
        return at + 1;
    case '$':
        atom_put(t, t->flags.multi_line ? "(?m:$)" : "\\z", false);
        return at + 1;
    case '.':
        atom_put(t, t->flags.dot_all ? "(?s:.)" : ".", true);
        return at + 1;
    case '[':
        atom_begin(t, true);
        return regexp_class(t, at);
    case '\\':
        return read_backslash(t, at);
    default:
        return read_plain(t, at);
    }
}

static const char *read_all(struct translator *t) {
    const char *last = NULL, *before;

    for (const char *at = t->pattern; *at; last = before) {
        bool is_repeat = *at && strchr("*+?", *at);
        before = at;
        if (is_repeat)
            at = read_repeat(t, at, 1, 0, 0, last);
        else if (*at == '{')
            at = read_braces(t, at, last, &is_repeat);
        else
            at = read_one(t, at);
        if (!at)
            return NULL;
        if (!is_repeat)
            before = NULL;
    }
    if (t->n_groups > 0)
        return regexp_refuse(t, "missing closing )", t->pattern, strlen(t->pattern));
    return t->pattern;
}

char *regexp_translate(const char *pattern, char *why, size_t why_bytes) {
    struct translator t = {
        .pattern = pattern, .repeats = 1, .atom_repeats = 1, .why = why, .why_bytes = why_bytes};
    bool good = read_all(&t) != NULL && put_room(&t, 1);

    free(t.groups);
    if (t.no_memory)
        snprintf(why, why_bytes, "cannot allocate memory");
    if (!good || t.no_memory) {
        free(t.out);
        return NULL;
    }
    t.out[t.n] = '\0';
    return t.out;
}
