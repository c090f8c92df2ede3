/* Small strings put together without libc's stdio. Async-signal-safe; no state. */
#ifndef CPPROF_PRELOAD_TEXT_H
#define CPPROF_PRELOAD_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
    char *s;     /* always NUL-terminated */
    size_t room; /* bytes, with the NUL */
    size_t len;
    bool cut; /* something did not fit */
};

/* Declares a local text of `room_` bytes. */
#define TEXT(name, room_)                                                                          \
    char name##_bytes[room_];                                                                      \
    name##_bytes[0] = '\0';                                                                        \
    struct text name = {name##_bytes, room_, 0, false}

void text_bytes(struct text *t, const char *s, size_t n);
void text_str(struct text *t, const char *s);
void text_uint(struct text *t, uint64_t n);

/* The decimal number at s, up to the first other byte. */
uint64_t text_parse_uint(const char *s);
/* The hexadecimal number at *s, which is left after it. */
uint64_t text_parse_hex(const char **s);

#endif
