/* Text taken apart from the front. See the header. */
#include "reader/source/legacy_text.h"

#include <string.h>

bool text_is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r';
}

bool text_is_no_space(char c) {
    return !text_is_space(c);
}

bool text_is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool text_is_low_hex(char c) {
    return text_is_digit(c) || (c >= 'a' && c <= 'f');
}

bool text_is_hex(char c) {
    return text_is_low_hex(c) || (c >= 'A' && c <= 'F');
}

/* To strings.TrimSpace a vertical tab is space, too. */
static bool is_trimmed(char c) {
    return text_is_space(c) || c == '\v';
}

struct text text_trimmed(struct text t) {
    text_take_run(&t, is_trimmed, NULL);
    while (t.at < t.end && is_trimmed(t.end[-1]))
        t.end--;
    return t;
}

bool text_starts(struct text t, const char *s) {
    size_t n = strlen(s);

    return text_bytes(t) >= n && memcmp(t.at, s, n) == 0;
}

bool text_is(struct text t, const char *s) {
    return text_bytes(t) == strlen(s) && text_starts(t, s);
}

bool text_contains(struct text t, const char *s) {
    return memmem(t.at, text_bytes(t), s, strlen(s)) != NULL;
}

bool text_take(struct text *t, const char *s) {
    if (!text_starts(*t, s))
        return false;
    t->at += strlen(s);
    return true;
}

bool text_take_char(struct text *t, char c) {
    if (t->at == t->end || *t->at != c)
        return false;
    t->at++;
    return true;
}

bool text_take_run(struct text *t, bool (*is)(char c), struct text *taken) {
    const char *start = t->at;

    while (t->at < t->end && is(*t->at))
        t->at++;
    if (taken)
        *taken = (struct text){start, t->at};
    return t->at > start;
}

static bool is_blank(char c) {
    return c == ' ';
}

void text_skip_blanks(struct text *t) {
    text_take_run(t, is_blank, NULL);
}

void text_skip_spaces(struct text *t) {
    text_take_run(t, text_is_space, NULL);
}

bool text_take_line(struct text *t, struct text *line) {
    const char *newline;

    *line = (struct text){t->end, t->end};
    if (t->at == t->end)
        return false;
    newline = memchr(t->at, '\n', text_bytes(*t));
    *line = (struct text){t->at, newline ? newline : t->end};
    t->at = newline ? newline + 1 : t->end;
    if (line->end > line->at && line->end[-1] == '\r')
        line->end--;
    return true;
}

/* ---- numbers */

/* Takes the prefix off that says the base. */
static int base_of(struct text *t) {
    if (text_bytes(*t) < 2 || *t->at != '0')
        return 10;
    if (text_bytes(*t) > 2) {
        int base = 0;

        switch (t->at[1] | 0x20) {
        case 'x':
            base = 16;
            break;
        case 'o':
            base = 8;
            break;
        case 'b':
            base = 2;
            break;
        }
        if (base != 0) {
            t->at += 2;
            return base;
        }
    }
    t->at++;
    return 8;
}

static int digit_value(char c) {
    if (text_is_digit(c))
        return c - '0';
    return text_is_hex(c) ? (c | 0x20) - 'a' + 10 : 99;
}

/* Skips `_` between digits, and behind a prefix. */
static void skip_underscore(struct text *t, const char *first) {
    if (t->at > first && *t->at == '_' && t->at[-1] != '_' && t->at + 1 < t->end)
        t->at++;
}

bool text_u64(struct text t, int base, uint64_t *value, bool *overflow) {
    bool by_prefix = base == 0, over = false;
    const char *first = t.at;
    uint64_t v = 0;

    if (overflow)
        *overflow = false;
    if (by_prefix)
        base = base_of(&t);
    if (t.at == t.end)
        return false;
    for (; t.at < t.end; t.at++) {
        int digit;

        if (by_prefix)
            skip_underscore(&t, first);
        digit = digit_value(*t.at);

        if (digit >= base)
            return false;
        over = over || __builtin_mul_overflow(v, (uint64_t)base, &v) ||
               __builtin_add_overflow(v, (uint64_t)digit, &v);
    }
    if (overflow)
        *overflow = over;
    *value = v;
    return !over;
}

bool text_i64(struct text t, int base, int64_t *value, bool *overflow) {
    bool negative = text_take_char(&t, '-'), over;
    uint64_t v, most = negative ? (uint64_t)1 << 63 : INT64_MAX;

    if (!negative)
        text_take_char(&t, '+');
    if (!text_u64(t, base, &v, &over) && !over) {
        if (overflow)
            *overflow = false;
        return false;
    }
    if (overflow)
        *overflow = over || v > most;
    *value = negative ? (int64_t)(0 - v) : (int64_t)v;
    return !over && v <= most;
}
