/* Packages by the rule that pprof colours by: what stands before the first `.` or `::` after the
 * last `/`. */
#include "reader/export/package.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

/* `foo.cold`, `foo.part.0`: pieces that the compiler has made of a function of C. */
static bool compiler_suffix(const char *s) {
    static const char *const suffixes[] = {"part.",     "isra.", "constprop.", "cold",
                                           "lto_priv.", "llvm.", "localalias", "clone."};

    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++)
        if (strncmp(s, suffixes[i], strlen(suffixes[i])) == 0)
            return true;
    return isdigit((unsigned char)*s);
}

size_t package_length(const char *function) {
    const char *slash = strrchr(function, '/');
    const char *word = slash ? slash + 1 : function, *end = word;

    while (isalnum((unsigned char)*end) || *end == '_')
        end++;
    if (end == word)
        return 0;
    if (*end == '.' && !compiler_suffix(end + 1))
        return (size_t)(end - function);
    if (end[0] == ':' && end[1] == ':')
        return (size_t)(end - function);
    return 0;
}

unsigned group_hue(const char *group) {
    uint32_t hash = 2166136261u; /* FNV-1a: the same wherever and whenever a picture is made */

    for (const char *c = group; *c; c++)
        hash = (hash ^ (unsigned char)*c) * 16777619u;
    hash ^= hash >> 15;
    return hash % 360;
}

/* One of the three parts of a colour, 0 to 255; `shift` says which. */
static uint32_t hsl_part(double shift, unsigned hue, double saturation, double lightness) {
    double k = shift + hue / 30.0;
    double reach = saturation * (lightness < 0.5 ? lightness : 1 - lightness);

    if (k >= 12)
        k -= 12;
    double slope = k - 3 < 9 - k ? k - 3 : 9 - k;
    slope = slope > 1 ? 1 : slope < -1 ? -1 : slope;
    return (uint32_t)(255 * (lightness - reach * slope) + 0.5);
}

uint32_t hsl_colour(unsigned hue, unsigned saturation_percent, unsigned lightness_percent) {
    double s = saturation_percent / 100.0, l = lightness_percent / 100.0;
    return hsl_part(0, hue, s, l) << 16 | hsl_part(8, hue, s, l) << 8 | hsl_part(4, hue, s, l);
}

uint32_t diff_colour(int64_t base, int64_t value) {
    double greater = (double)(base > value ? base : value);
    double change = (double)value - (double)base;
    double share = greater > 0 ? (change < 0 ? -change : change) / greater : 0;

    if (share < 0.005)
        return hsl_colour(0, 0, 88);
    return hsl_colour(change > 0 ? 4 : 130, 75, (unsigned)(92.5 - 38 * share));
}
