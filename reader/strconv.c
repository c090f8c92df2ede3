/* Go's notation of numbers and strings. Where C's own functions take more than Go does (spaces, a
 * locale's digits, hexadecimal floats without an exponent), the text is looked at first. */
#include "reader/strconv.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "reader/utf8.h"

/* ---- integers */

/* Takes the prefix of a base at *s off. */
static int take_base(const char **s) {
    static const struct {
        char letter;
        int base;
    } prefixes[] = {{'x', 16}, {'o', 8}, {'b', 2}};

    if ((*s)[0] != '0')
        return 10;
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++)
        if (((*s)[1] | 0x20) == prefixes[i].letter) {
            *s += 2;
            return prefixes[i].base;
        }
    if ((*s)[1] == '\0')
        return 10;
    *s += 1;
    return 8;
}

static int digit_of(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'z' ? c - 'a' + 10 : INT8_MAX;
}

/* Digits to the end of the text; an `_` has to stand between a digit, or the prefix, and a digit.
 */
static int parse_digits(const char *s, int base, bool underscores, bool after_prefix, uint64_t *n) {
    bool ready = after_prefix, any = false; /* an `_` may come now */
    int err = 0;

    for (*n = 0; *s; s++) {
        if (*s == '_' && underscores && ready && s[1]) {
            ready = false;
            continue;
        }
        int digit = digit_of(*s);
        if (digit >= base)
            return -EINVAL;
        if (__builtin_mul_overflow(*n, (uint64_t)base, n) ||
            __builtin_add_overflow(*n, (uint64_t)digit, n))
            err = -ERANGE;
        ready = any = true;
    }
    return any ? err : -EINVAL;
}

int strconv_int(const char *s, int base, int bits, int64_t *value) {
    bool negative = *s == '-', underscores = base == 0;
    uint64_t limit = ((uint64_t)1 << (bits - 1)) - (negative ? 0 : 1), n;
    int err;

    *value = 0;
    if (*s == '-' || *s == '+')
        s++;
    const char *digits = s;
    if (base == 0)
        base = take_base(&digits);
    err = parse_digits(digits, base, underscores, digits != s, &n);
    if (err == -EINVAL)
        return err;
    if (err == -ERANGE || n > limit) {
        n = limit;
        err = -ERANGE;
    }
    *value = negative ? (int64_t)(0 - n) : (int64_t)n;
    return err;
}

/* ---- the others */

static bool is_special(const char *s) {
    static const char *const words[] = {"inf", "infinity", "nan"};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcasecmp(s, words[i]) == 0)
            return true;
    return false;
}

/* Whether the text is of the letters of a number; C would also take spaces and `nan(...)`. */
static bool looks_like_float(const char *s) {
    const char *number = *s == '-' || *s == '+' ? s + 1 : s;

    if (is_special(number))
        return *s == *number || strcasecmp(number, "nan") != 0;
    if (!isdigit((unsigned char)*number) && *number != '.')
        return false;
    bool hex = number[0] == '0' && (number[1] | 0x20) == 'x';
    return !hex || strpbrk(number, "pP") != NULL;
}

/* The text without its `_`, each of which has to stand between digits; NULL if one does not. */
static char *without_underscores(const char *s) {
    char *copy = strdup(s), *to = copy;

    for (const char *from = s; copy && *from; from++) {
        if (*from != '_') {
            *to++ = *from;
        } else if (from == s || !isxdigit((unsigned char)from[1]) ||
                   !(isxdigit((unsigned char)from[-1]) || (from[-1] | 0x20) == 'x')) {
            free(copy);
            return NULL;
        }
    }
    if (copy)
        *to = '\0';
    return copy;
}

int strconv_float(const char *s, double *value) {
    char *end, *digits = without_underscores(s);
    int err = digits && looks_like_float(digits) ? 0 : -EINVAL;

    *value = 0;
    if (err == 0) {
        errno = 0;
        *value = strtod(digits, &end);
        if (*end || end == digits)
            err = -EINVAL;
        else if (errno == ERANGE && isinf(*value))
            err = -ERANGE;
    }
    if (err == -EINVAL)
        *value = 0;
    free(digits);
    return err;
}

int strconv_bool(const char *s, bool *value) {
    static const char *const words[2][6] = {{"0", "f", "F", "false", "FALSE", "False"},
                                            {"1", "t", "T", "true", "TRUE", "True"}};

    for (size_t i = 0; i < 12; i++)
        if (strcmp(s, words[i / 6][i % 6]) == 0) {
            *value = i / 6 == 1;
            return 0;
        }
    return -EINVAL;
}

char *strconv_format_float(double value, char text[STRCONV_FLOAT_BYTES]) {
    enum { MOST_DIGITS = 17, LEAST_EXPONENT = -4, EXPONENT_LIMIT = 6 };
    char scientific[STRCONV_FLOAT_BYTES];
    int digits = 0, exponent;

    if (isnan(value) || isinf(value))
        return strcpy(text, isnan(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf");
    do
        snprintf(scientific, sizeof scientific, "%.*e", digits, value);
    while (strtod(scientific, NULL) != value && ++digits < MOST_DIGITS);
    exponent = atoi(strchr(scientific, 'e') + 1);
    if (exponent < LEAST_EXPONENT || exponent >= EXPONENT_LIMIT)
        return strcpy(text, scientific);
    snprintf(text, STRCONV_FLOAT_BYTES, "%.*f", digits > exponent ? digits - exponent : 0, value);
    return text;
}

/* ---- quoting */

static bool is_printable(uint32_t rune) {
    return rune >= ' ' && rune != 0x7f && !(rune >= 0x80 && rune <= 0xa0) && rune != 0xad &&
           !(rune >= 0x2000 && rune <= 0x200f) && !(rune >= 0x2028 && rune <= 0x202f) &&
           rune != 0x3000 && rune != 0xfeff;
}

static int quote_one(const char **s, char *out) {
    static const char escapes[] = "\a\b\f\n\r\t\v\\\"", letters[] = "abfnrtv\\\"";
    const char *escape = strchr(escapes, **s);
    uint32_t rune;
    size_t n = utf8_rune(*s, &rune);

    if (escape) {
        (*s)++;
        return sprintf(out, "\\%c", letters[escape - escapes]);
    }
    if (n == 0 || (n == 1 && !is_printable(rune)))
        return sprintf(out, "\\x%02x", (unsigned char)*(*s)++);
    const char *bytes = *s;
    *s += n;
    if (is_printable(rune))
        return sprintf(out, "%.*s", (int)n, bytes);
    return sprintf(out, rune < 0x10000 ? "\\u%04" PRIx32 : "\\U%08" PRIx32, rune);
}

char *strconv_quote(const char *s) {
    enum { LONGEST_ESCAPE = 10 }; /* of one byte, and rounded up, of a sequence */
    char *quoted = malloc(strlen(s) * LONGEST_ESCAPE + 3), *at = quoted;

    if (!quoted)
        return NULL;
    *at++ = '"';
    while (*s)
        at += quote_one(&s, at);
    *at++ = '"';
    *at = '\0';
    return quoted;
}

char *strconv_error(int err, char text[STRCONV_ERROR_BYTES]) {
    snprintf(text, STRCONV_ERROR_BYTES, "%s", strerror(err < 0 ? -err : err));
    text[0] = (char)tolower((unsigned char)text[0]);
    return text;
}
