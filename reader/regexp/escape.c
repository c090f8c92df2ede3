/* Characters: UTF-8, and what a backslash makes of the next one. */
#include "reader/regexp/translate.h"

#include <ctype.h>
#include <string.h>

#include "reader/utf8.h"

const char *regexp_rune(struct translator *t, const char *at, uint32_t *rune) {
    size_t n = utf8_rune(at, rune);

    if (n == 0 && *at)
        return regexp_refuse(t, "invalid UTF-8", at, strlen(at));
    if (n == 0)
        *rune = 0xfffd;
    return at + n;
}

static int hex_digit(uint32_t rune) {
    if (rune >= '0' && rune <= '9')
        return (int)(rune - '0');
    if (rune < 0x80 && isxdigit((int)rune))
        return tolower((int)rune) - 'a' + 10;
    return -1;
}

static bool is_octal(char c) {
    return c >= '0' && c <= '7';
}

/* What follows `\x{`, in *at, which is moved on, also when it is refused. */
static bool read_braced_hex(struct translator *t, const char **at, uint32_t *rune) {
    uint32_t value = 0, c;

    for (size_t n = 0; **at; n++) {
        *at = regexp_rune(t, *at, &c);
        if (!*at)
            return false;
        if (c == '}') {
            *rune = value;
            return n > 0;
        }
        if (hex_digit(c) < 0)
            return false;
        value = value * 16 + (uint32_t)hex_digit(c);
        if (value > 0x10ffff)
            return false;
    }
    return false;
}

/* What follows `\x`. */
static bool read_hex(struct translator *t, const char **at, uint32_t *rune) {
    uint32_t high, low;

    if (!**at || !(*at = regexp_rune(t, *at, &high)))
        return false;
    if (high == '{')
        return read_braced_hex(t, at, rune);
    if (!(*at = regexp_rune(t, *at, &low)))
        return false;
    if (hex_digit(high) < 0 || hex_digit(low) < 0)
        return false;
    *rune = (uint32_t)(hex_digit(high) * 16 + hex_digit(low));
    return true;
}

/* Up to three digits, the first of which is `rune`. */
static const char *read_octal(const char *at, uint32_t *rune) {
    *rune -= '0';
    for (int i = 1; i < 3 && is_octal(*at); i++)
        *rune = *rune * 8 + (uint32_t)(*at++ - '0');
    return at;
}

const char *regexp_escape(struct translator *t, const char *at, uint32_t *rune) {
    static const char letters[] = "afnrtv", means[] = "\a\f\n\r\t\v";
    const char *after = at + 1, *letter;

    if (!*after)
        return regexp_refuse(t, "trailing backslash at end of expression", "", 0);
    after = regexp_rune(t, after, rune);
    if (!after)
        return NULL;
    if (*rune < 0x80 && !isalnum((int)*rune))
        return after;
    /* a digit other than 0 that stands alone would refer back */
    if (*rune < 0x80 && is_octal((char)*rune) && (*rune == '0' || is_octal(*after)))
        return read_octal(after, rune);
    letter = *rune < 0x80 ? strchr(letters, (int)*rune) : NULL;
    if (letter) {
        *rune = (uint32_t)means[letter - letters];
        return after;
    }
    if (*rune == 'x' && read_hex(t, &after, rune))
        return after;
    return after ? regexp_refuse(t, "invalid escape sequence", at, (size_t)(after - at)) : NULL;
}
