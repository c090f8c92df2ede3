/* Text written so that it stays text in JSON, CSV and XML, whatever is in it. Names of functions
 * come of files that anyone may have made: bytes that are no UTF-8 become U+FFFD.
 *
 * Private to reader/. Any thread, one at a time per stream. Not async-signal-safe. Errors
 * stay with the stream. */
#ifndef CPPROF_READER_EXPORT_EMIT_H
#define CPPROF_READER_EXPORT_EMIT_H

#include <stdint.h>
#include <stdio.h>

/* A string with its quotes. It may stand in a script of an HTML page, too: `<` is escaped. */
void emit_json_string(FILE *to, const char *s);

/* A field of RFC 4180, in quotes where it has to be. */
void emit_csv_field(FILE *to, const char *s);

/* Text or an attribute's value of XML or HTML. Control characters become U+FFFD. */
void emit_xml(FILE *to, const char *s);
/* The same for at most `max_characters`; when it is longer the last one is `…`. */
void emit_xml_clipped(FILE *to, const char *s, size_t max_characters);

/* A number in decimal, as fprintf writes it, but quicker: pages have millions of them. */
void emit_int(FILE *to, int64_t value);

/* The next character of *s, which moves on; U+FFFD for a byte that begins none; 0 at the end. */
uint32_t utf8_next(const char **s);

#endif
