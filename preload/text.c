/* Small strings without stdio: numbers and paths for the agent's few files and messages. */
#include "preload/text.h"

#include <string.h>

void text_bytes(struct text *t, const char *s, size_t n) {
    if (n >= t->room - t->len) {
        t->cut = true;
        n = t->room - t->len - 1;
    }
    memcpy(t->s + t->len, s, n);
    t->len += n;
    t->s[t->len] = '\0';
}

void text_str(struct text *t, const char *s) {
    text_bytes(t, s, strlen(s));
}

void text_uint(struct text *t, uint64_t n) {
    char digits[20];
    size_t i = sizeof digits;
    do {
        digits[--i] = (char)('0' + n % 10);
        n /= 10;
    } while (n);
    text_bytes(t, digits + i, sizeof digits - i);
}

uint64_t text_parse_uint(const char *s) {
    uint64_t n = 0;
    for (; *s >= '0' && *s <= '9'; s++)
        n = n * 10 + (uint64_t)(*s - '0');
    return n;
}

uint64_t text_parse_hex(const char **s) {
    uint64_t n = 0;
    for (;; (*s)++) {
        char c = **s;
        if (c >= '0' && c <= '9')
            n = n << 4 | (uint64_t)(c - '0');
        else if (c >= 'a' && c <= 'f')
            n = n << 4 | (uint64_t)(c - 'a' + 10);
        else
            return n;
    }
}
