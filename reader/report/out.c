/* Widths in characters. */
#include "reader/report/out.h"

#include <stdint.h>
#include <string.h>

/* The length of the UTF-8 sequence at `s`, which is well-formed, or 1. */
static size_t sequence(const unsigned char *s) {
    /* The second byte's least value and how many follow, by the first byte. */
    size_t n = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 1 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
    unsigned char low = 0x80, high = 0xbf;

    if (s[0] > 0xf4)
        return 1;
    low = s[0] == 0xe0 ? 0xa0 : s[0] == 0xf0 ? 0x90 : low;
    high = s[0] == 0xed ? 0x9f : s[0] == 0xf4 ? 0x8f : high;
    for (size_t i = 1; i < n; i++) {
        if (s[i] < low || s[i] > high)
            return 1;
        low = 0x80;
        high = 0xbf;
    }
    return n;
}

size_t out_width(const char *text) {
    size_t width = 0;

    for (const unsigned char *s = (const unsigned char *)text; *s; s += sequence(s))
        width++;
    return width;
}

void out_spaces(FILE *to, size_t n) {
    static const char spaces[] = "                                ";

    for (; n >= sizeof(spaces) - 1; n -= sizeof(spaces) - 1)
        fwrite(spaces, 1, sizeof(spaces) - 1, to);
    fwrite(spaces, 1, n, to);
}

void out_right(FILE *to, const char *text, size_t width) {
    size_t own = out_width(text);

    out_spaces(to, own < width ? width - own : 0);
    fputs(text, to);
}
