/* What is not UTF-8 is replaced first; then each character that means something is spelled out. */
#include "collector/serve/escape.h"

#include <stdlib.h>
#include <string.h>

#include "arena/comments.h"

/* The string with `?` for control characters and bad UTF-8, malloc'ed; NULL when out of memory. */
static char *cleaned(const char *s) {
    size_t n = strlen(s);
    char *clean = malloc(n + 2);
    if (clean)
        text_clean(clean, n + 2, s, n);
    return clean;
}

void html_escape(const char *s, FILE *out) {
    char *clean = cleaned(s);
    for (const char *p = clean; p && *p; p++) {
        switch (*p) {
        case '<':
            fputs("&lt;", out);
            break;
        case '>':
            fputs("&gt;", out);
            break;
        case '&':
            fputs("&amp;", out);
            break;
        case '"':
            fputs("&#34;", out);
            break;
        case '\'':
            fputs("&#39;", out);
            break;
        default:
            fputc(*p, out);
        }
    }
    free(clean);
}

void json_string(const char *s, FILE *out) {
    char *clean = cleaned(s);
    fputc('"', out);
    for (const char *p = clean; p && *p; p++) {
        if (*p == '"' || *p == '\\')
            fputc('\\', out);
        if (*p == '<') /* harmless also where somebody puts it into HTML */
            fputs("\\u003c", out);
        else
            fputc(*p, out);
    }
    fputc('"', out);
    free(clean);
}

static void escape_but(const char *s, const char *extra, FILE *out) {
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                "-._~/=&+:@,";
    for (; *s; s++) {
        if (strchr(plain, *s) || strchr(extra, *s))
            fputc(*s, out);
        else
            fprintf(out, "%%%02X", (unsigned char)*s);
    }
}

void url_escape_path(const char *path, FILE *out) {
    escape_but(path, "", out);
}

void url_escape_query(const char *raw, FILE *out) {
    escape_but(raw, "%?;!*'()$", out);
}
