/* What a function belongs to, and the colour of that, so that frames of one part of a program can
 * be told from another's at a glance.
 *
 * Private to reader/export/. Any thread; no state, no allocation. */
#ifndef CPPROF_READER_EXPORT_PACKAGE_H
#define CPPROF_READER_EXPORT_PACKAGE_H

#include <stddef.h>
#include <stdint.h>

/* How many bytes of the name say the package: `net/http` of `net/http.(*conn).serve`, the outermost
 * namespace of C++, the crate of Rust. 0: the name tells none, as with every function of C. */
size_t package_length(const char *function);

/* A hue in degrees for a package or a library, the same in every picture. */
unsigned group_hue(const char *group);

/* A colour of hue, saturation and lightness, 0xrrggbb. */
uint32_t hsl_colour(unsigned hue, unsigned saturation_percent, unsigned lightness_percent);

/* What changed by (`value` - `base`): red for more, green for less, the paler the smaller the share
 * of the greater one. */
uint32_t diff_colour(int64_t base, int64_t value);

#endif
