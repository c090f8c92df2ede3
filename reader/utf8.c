#include "reader/utf8.h"

#include <stdbool.h>

size_t utf8_rune(const char *s, uint32_t *rune) {
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *at = (const unsigned char *)s;
    size_t n = at[0] < 0x80 ? 1 : at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;

    *rune = at[0];
    if (n == 1)
        return at[0] != '\0';
    if (at[0] < 0xc2 || at[0] > 0xf4)
        return 0;
    *rune &= 0x7fu >> n;
    for (size_t i = 1; i < n; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return 0;
        *rune = *rune << 6 | (at[i] & 0x3fu);
    }
    bool surrogate = *rune >= 0xd800 && *rune < 0xe000;
    return *rune < least[n] || *rune > 0x10ffff || surrogate ? 0 : n;
}
