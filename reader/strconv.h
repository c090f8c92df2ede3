/* Numbers and strings in text, as Go's strconv and fmt read and write them: what pprof takes on its
 * command line and what it prints depend on it.
 *
 * Any thread; no state. Not async-signal-safe: it uses malloc. */
#ifndef CPPROF_READER_STRCONV_H
#define CPPROF_READER_STRCONV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ParseInt. `base` 10, or 0: 0x, 0o, 0b and 0 begin other ones, and `_` may stand between digits.
 * `bits` is 32 or 64. 0; -EINVAL: no number; -ERANGE: too large, and *value is the nearest. */
int strconv_int(const char *s, int base, int bits, int64_t *value);

/* ParseFloat, of 64 bits. 0, -EINVAL or -ERANGE as above. */
int strconv_float(const char *s, double *value);

/* ParseBool: 1, t, T, true, TRUE, True and their opposites. 0 or -EINVAL. */
int strconv_bool(const char *s, bool *value);

/* A number as `%v` prints it: the fewest digits that read back as it. `text` is returned. */
enum { STRCONV_FLOAT_BYTES = 40 };
char *strconv_format_float(double value, char text[STRCONV_FLOAT_BYTES]);

/* Quote: in double quotes, with escapes for what cannot be printed. malloc'ed, the caller's; NULL
 * when out of memory. */
char *strconv_quote(const char *s);

/* A system error in Go's words, which are the C library's, begun in lower case. `text` is
 * returned. `err` is positive or negative. */
enum { STRCONV_ERROR_BYTES = 96 };
char *strconv_error(int err, char text[STRCONV_ERROR_BYTES]);

#endif
