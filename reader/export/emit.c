/* Escapes. All of them go through characters, not bytes, so that no wrong sequence gets by. */
#include "reader/export/emit.h"

#include <stdbool.h>
#include <string.h>

#include "reader/utf8.h"

#define REPLACEMENT 0xfffdu

uint32_t utf8_next(const char **s) {
    uint32_t c;
    size_t n = utf8_rune(*s, &c);

    if (n == 0 && **s == '\0')
        return 0;
    *s += n ? n : 1;
    return n ? c : REPLACEMENT;
}

static void put_character(FILE *to, uint32_t c) {
    if (c < 0x80) {
        putc((int)c, to);
    } else if (c < 0x800) {
        putc((int)(0xc0 | c >> 6), to);
    } else if (c < 0x10000) {
        putc((int)(0xe0 | c >> 12), to);
        putc((int)(0x80 | (c >> 6 & 0x3f)), to);
    } else {
        putc((int)(0xf0 | c >> 18), to);
        putc((int)(0x80 | (c >> 12 & 0x3f)), to);
        putc((int)(0x80 | (c >> 6 & 0x3f)), to);
    }
    if (c >= 0x80)
        putc((int)(0x80 | (c & 0x3f)), to);
}

void emit_json_string(FILE *to, const char *s) {
    uint32_t c;

    putc('"', to);
    while ((c = utf8_next(&s)) != 0) {
        if (c == '"' || c == '\\')
            fprintf(to, "\\%c", (int)c);
        else if (c == '\n')
            fputs("\\n", to);
        else if (c == '\t')
            fputs("\\t", to);
        else if (c < 0x20 || c == 0x7f || c == '<' || c == 0x2028 || c == 0x2029)
            fprintf(to, "\\u%04x", (unsigned)c);
        else
            put_character(to, c);
    }
    putc('"', to);
}

void emit_csv_field(FILE *to, const char *s) {
    bool quote = strpbrk(s, ",\"\r\n") || *s == ' ';
    uint32_t c;

    if (quote)
        putc('"', to);
    while ((c = utf8_next(&s)) != 0) {
        if (c == '"')
            putc('"', to);
        put_character(to, c);
    }
    if (quote)
        putc('"', to);
}

static void emit_xml_character(FILE *to, uint32_t c) {
    if (c == '<')
        fputs("&lt;", to);
    else if (c == '>')
        fputs("&gt;", to);
    else if (c == '&')
        fputs("&amp;", to);
    else if (c == '"')
        fputs("&quot;", to);
    else if (c == '\'')
        fputs("&#39;", to);
    else if ((c < 0x20 && c != '\n' && c != '\t') || c == 0xfffe || c == 0xffff)
        put_character(to, REPLACEMENT);
    else
        put_character(to, c);
}

void emit_xml(FILE *to, const char *s) {
    uint32_t c;

    while ((c = utf8_next(&s)) != 0)
        emit_xml_character(to, c);
}

void emit_xml_clipped(FILE *to, const char *s, size_t max_characters) {
    const char *end = s;
    size_t n = 0;
    uint32_t c;

    while (n <= max_characters && utf8_next(&end) != 0)
        n++;
    if (n <= max_characters) {
        emit_xml(to, s);
        return;
    }
    for (size_t i = 1; i < max_characters && (c = utf8_next(&s)) != 0; i++)
        emit_xml_character(to, c);
    if (max_characters > 0)
        fputs("…", to);
}

void emit_int(FILE *to, int64_t value) {
    char text[20], *at = text + sizeof text;
    uint64_t left = value < 0 ? -(uint64_t)value : (uint64_t)value;

    do
        *--at = (char)('0' + left % 10);
    while (left /= 10);
    if (value < 0)
        *--at = '-';
    fwrite(at, 1, (size_t)(text + sizeof text - at), to);
}
