/* Queries and forms are walked each time: they are short and have few names. */
#include "collector/serve/params.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static int hex_digit(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

long percent_decode(const char *s, size_t n, bool plus, char *out, size_t room) {
    size_t len = 0;
    for (size_t i = 0; i < n; i++) {
        char c = plus && s[i] == '+' ? ' ' : s[i];
        if (s[i] == '%') {
            int high = n - i > 2 ? hex_digit(s[i + 1]) : -1,
                low = high < 0 ? -1 : hex_digit(s[i + 2]);
            if (low < 0)
                return -1;
            c = (char)(high << 4 | low);
            i += 2;
        }
        if (len + 1 >= room)
            return -1;
        out[len++] = c;
    }
    out[len] = '\0';
    return (long)len;
}

/* The value of one `name=value`; false when it is another name's, or does not count. */
static bool pair_value(const char *pair, size_t n, const char *name, char *value, size_t room) {
    char key[64];
    const char *equals = memchr(pair, '=', n);
    size_t key_bytes = equals ? (size_t)(equals - pair) : n;
    if (n == 0 || memchr(pair, ';', n) ||
        percent_decode(pair, key_bytes, true, key, sizeof key) != (long)strlen(name) ||
        strcmp(key, name) != 0)
        return false;
    if (!equals)
        return true;
    size_t value_bytes = n - key_bytes - 1;
    char decoded[512];
    long len = 0;
    if (value_bytes < sizeof decoded)
        len = percent_decode(equals + 1, value_bytes, true, decoded, sizeof decoded);
    if (len < 0)
        return false;
    for (long i = 0; i < len; i++)
        if ((unsigned char)decoded[i] < ' ')
            decoded[i] = '\1';
    if (value_bytes >= sizeof decoded || (size_t)len >= room)
        snprintf(value, room, "\1");
    else
        memcpy(value, decoded, (size_t)len + 1);
    return true;
}

static bool find_value(const char *pairs, const char *name, char *value, size_t room) {
    for (const char *p = pairs; p && *p;) {
        size_t n = strcspn(p, "&");
        if (pair_value(p, n, name, value, room))
            return true;
        p += n + (p[n] == '&');
    }
    return false;
}

bool param_value(const struct params *p, const char *name, char *value, size_t room) {
    *value = '\0';
    return find_value(p->form, name, value, room) || find_value(p->query, name, value, room) ||
           find_value(p->parts, name, value, room);
}

int parse_decimal(const char *s, int64_t *n) {
    bool negative = *s == '-';
    uint64_t value = 0, most = negative ? (uint64_t)INT64_MAX + 1 : INT64_MAX;
    bool over = false;
    *n = 0;
    s += *s == '-' || *s == '+';
    if (!*s || s[strspn(s, "0123456789")])
        return -EINVAL;
    for (; *s; s++) {
        uint64_t digit = (uint64_t)(*s - '0');
        over = over || value > (most - digit) / 10;
        value = value * 10 + digit;
    }
    if (over)
        value = most;
    *n = negative ? (int64_t)(0 - value) : (int64_t)value;
    return over ? -ERANGE : 0;
}

/* What a number's first characters say of its base; *skip is how many those are. */
static unsigned number_base(const char *s, size_t n, size_t *skip) {
    char mark = n > 1 && s[0] == '0' ? (char)(s[1] | 0x20) : '\0';
    *skip = mark == 'x' || mark == 'o' || mark == 'b' ? 2 : 0;
    if (mark == 'x')
        return 16;
    if (mark == 'b')
        return 2;
    return n > 1 && s[0] == '0' ? 8 : 10;
}

static int digit_of(char c, unsigned base) {
    int digit = hex_digit(c);
    return (unsigned)digit < base ? digit : -1;
}

/* An underscore may stand between two digits, or behind the base. */
static bool separates(const char *s, size_t n, size_t i, unsigned base) {
    return i > 0 && s[i - 1] != '_' && i + 1 < n && digit_of(s[i + 1], base) >= 0;
}

uint64_t parse_address(const char *s, size_t n) {
    size_t skip;
    unsigned base = number_base(s, n, &skip);
    uint64_t value = 0;
    bool over = false;
    if (skip == n)
        return 0;
    for (size_t i = skip; i < n; i++) {
        int digit = digit_of(s[i], base);
        if (s[i] == '_' && separates(s, n, i, base))
            continue;
        if (digit < 0)
            return 0;
        over = over || value > (UINT64_MAX - (unsigned)digit) / base;
        value = value * base + (unsigned)digit;
    }
    return over ? UINT64_MAX : value;
}
