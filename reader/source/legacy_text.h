/* Text taken apart from the front: what the legacy formats, which are defined by regular
 * expressions, need of those.
 *
 * Private to reader/source/. No state, no allocation; thread-safe. */
#ifndef CPPROF_READER_SOURCE_LEGACY_TEXT_H
#define CPPROF_READER_SOURCE_LEGACY_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The characters [at, end); not NUL-terminated. */
struct text {
    const char *at, *end;
};

static inline size_t text_bytes(struct text t) {
    return (size_t)(t.end - t.at);
}

/* `\s` of RE2. */
bool text_is_space(char c);
bool text_is_no_space(char c);
bool text_is_digit(char c);
bool text_is_hex(char c);     /* either case */
bool text_is_low_hex(char c); /* 0-9, a-f */

/* As strings.TrimSpace, of ASCII. */
struct text text_trimmed(struct text t);
bool text_is(struct text t, const char *s);
bool text_starts(struct text t, const char *s);
bool text_contains(struct text t, const char *s);

/* These take something off the front. text_take_* return whether it was there, and leave `t` as it
 * was if not; those without a result take as much as there is. */
bool text_take(struct text *t, const char *s);
bool text_take_char(struct text *t, char c);
/* One or more characters that `is` holds for; they are *taken, which may be NULL. */
bool text_take_run(struct text *t, bool (*is)(char c), struct text *taken);
void text_skip_blanks(struct text *t); /* ' ' only */
void text_skip_spaces(struct text *t); /* text_is_space */

/* Takes the next line off, without its "\n" or "\r\n"; false at the end. */
bool text_take_line(struct text *t, struct text *line);

/* Numbers, as Go's strconv reads them. Base 0 goes by the prefix (0x, 0o, 0b, 0) and allows `_`
 * between digits; a sign is allowed where the type has one. False for anything else, also behind
 * it, and *overflow, which may be NULL, is whether the number is only too large. */
bool text_i64(struct text t, int base, int64_t *value, bool *overflow);
bool text_u64(struct text t, int base, uint64_t *value, bool *overflow);

#endif
