/* Names and paths come out of files and maps that anybody may have written: they are made valid
 * before they enter a profile. */
#include "symbolize/symbolize_text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "arena/comments.h"

/* Pyroscope refuses a profile with a string of 64 KiB. */
enum { MAX_STRING_BYTES = 60 * 1024, COMMENT_BYTES = 8192 };

int symbolize_comment(struct profile *p, const char *format, ...) {
    char raw[COMMENT_BYTES], text[COMMENT_BYTES + 8] = "cpprof: ";
    size_t prefix = strlen(text);
    va_list args;

    va_start(args, format);
    vsnprintf(raw, sizeof(raw), format, args);
    va_end(args);
    text_clean(text + prefix, sizeof(text) - prefix, raw, strlen(raw));
    for (size_t i = 0; i < p->n_comments; i++)
        if (strcmp(p->comments[i], text) == 0)
            return 0;
    return profile_add_comment(p, text);
}

const char *symbolize_string(struct profile *p, const char *s) {
    char text[MAX_STRING_BYTES];
    size_t n = text_clean(text, sizeof(text), s, strnlen(s, sizeof(text)));

    return profile_string_n(p, text, n);
}

long symbolize_pid(const struct profile *p) {
    for (size_t i = 0; i < p->n_comments; i++) {
        long pid;
        char rest;

        if (sscanf(p->comments[i], "# cpprof: pid %ld%c", &pid, &rest) == 1 && pid > 0)
            return pid;
    }
    return -1;
}
