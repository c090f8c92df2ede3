/* Characters in UTF-8, as Go takes them: no surrogates, nothing longer than need be.
 *
 * Any thread; no state. Async-signal-safe. */
#ifndef CPPROF_READER_UTF8_H
#define CPPROF_READER_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* How many bytes the character at `s` takes, which is then in *rune; 0 if none begins there, as at
 * the end of the text (*rune is then 0) or where its bytes are no UTF-8. */
size_t utf8_rune(const char *s, uint32_t *rune);

#endif
