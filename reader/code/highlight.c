/* Tells words, strings, numbers and comments apart, no more: enough for the eye, and it cannot go
 * far wrong on half a file, on macros, or on languages that it knows little of. A listing starts in
 * the middle of a file, so a comment that was opened above is not seen. */
#include "reader/code/highlight.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KEYWORD   "\033[36m"
#define STRING    "\033[32m"
#define NUMBER    "\033[35m"
#define COMMENT   "\033[90m"
#define DIRECTIVE "\033[33m"
#define PLAIN     "\033[0m"

struct highlight_language {
    const char *suffixes; /* each with a dot before and after */
    const char *keywords; /* each with a space before and after */
    const char *line_comment;
    bool block_comments, directives;
    bool characters;  /* are between single quotes, not strings */
    bool raw_strings; /* between backquotes, over several lines */
};

static const struct highlight_language languages[] = {
    {".c.h.cc.cpp.cxx.c++.hh.hpp.hxx.inc.inl.ipp.tcc.cu.m.mm.",
     " alignas alignof asm auto bool break case catch char class co_await co_return"
     " co_yield concept const consteval constexpr constinit const_cast continue decltype"
     " default delete do double dynamic_cast else enum explicit export extern false final"
     " float for friend goto if inline int long mutable namespace new noexcept nullptr"
     " operator override private protected public register reinterpret_cast requires"
     " restrict return short signed sizeof static static_assert static_cast struct switch"
     " template this thread_local throw true try typedef typeid typename union unsigned"
     " using virtual void volatile while ",
     "//", true, true, true, false},
    {".go.",
     " break case chan const continue default defer else fallthrough false for func go goto"
     " if import interface iota map nil package range return select struct switch true type"
     " var ",
     "//", true, false, true, true},
    {".rs.",
     " as async await break const continue crate dyn else enum extern false fn for if impl"
     " in let loop match mod move mut pub ref return self Self static struct super trait"
     " true type union unsafe use where while ",
     "//", true, false, true, false},
    {".java.js.ts.kt.scala.cs.swift.zig.d.",
     " abstract async await boolean break byte case catch char class const continue default"
     " do double else enum export extends false final finally float fn for function if"
     " implements import int interface let long native new null package private protected"
     " public return short static super switch synchronized this throw throws true try"
     " typeof undefined val var void volatile while yield ",
     "//", true, false, false, true},
    {".py.pyx.pl.rb.sh.",
     " and as assert async await break class continue def del do done elif else end except"
     " False fi finally for from global if import in is lambda my None nonlocal not or pass"
     " raise return self sub then True try while with yield ",
     "#", false, false, false, false},
};

bool highlight_wanted(FILE *to) {
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
    int fd = fileno(to);

    return fd >= 0 && isatty(fd) && !(no_color && no_color[0]) && term && term[0] &&
           strcmp(term, "dumb") != 0;
}

struct highlight highlight_of(const char *file) {
    const char *dot = strrchr(file, '.');
    char suffix[16];

    if (dot && !strchr(dot, '/') && strlen(dot) < sizeof(suffix) - 1) {
        snprintf(suffix, sizeof(suffix), "%s.", dot);
        for (size_t i = 0; i < sizeof(languages) / sizeof(languages[0]); i++)
            if (strstr(languages[i].suffixes, suffix))
                return (struct highlight){.language = &languages[i]};
    }
    return (struct highlight){0};
}

static bool starts_with(const char *text, size_t n, const char *what) {
    size_t m = strlen(what);

    return m <= n && memcmp(text, what, m) == 0;
}

static bool is_word(char c) {
    return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

/* How many of the n bytes there are up to and with `end`; all if it is not there. */
static size_t through(const char *text, size_t n, const char *end, bool *found) {
    const char *at = memmem(text, n, end, strlen(end));

    *found = at != NULL;
    return at ? (size_t)(at - text) + strlen(end) : n;
}

/* The length of a string that starts with a quote. */
static size_t quoted(const char *text, size_t n) {
    size_t i = 1;

    while (i < n && text[i] != text[0])
        i += text[i] == '\\' ? 2 : 1;
    return i < n ? i + 1 : n;
}

/* The length of a character between quotes; 1 where the quote is something else, such as that of a
 * lifetime in Rust. */
static size_t character(const char *text, size_t n) {
    size_t i = 2;

    if (n > 1 && text[1] == '\\')
        return quoted(text, n);
    while (i < n && ((unsigned char)text[i] & 0xc0) == 0x80)
        i++;
    return i < n && text[i] == '\'' ? i + 1 : 1;
}

static size_t word(const char *text, size_t n) {
    size_t i = 0;

    while (i < n && is_word(text[i]))
        i++;
    return i;
}

static size_t number(const char *text, size_t n) {
    size_t i = 0;

    while (i < n &&
           (is_word(text[i]) || text[i] == '.' ||
            ((text[i] == '+' || text[i] == '-') && strchr("eEpP", text[i - 1]) && text[0] != '0')))
        i++;
    return i;
}

static bool is_keyword(const struct highlight_language *language, const char *text, size_t n) {
    char wanted[32];

    if (n + 3 > sizeof(wanted))
        return false;
    snprintf(wanted, sizeof(wanted), " %.*s ", (int)n, text);
    return strstr(language->keywords, wanted) != NULL;
}

static bool is_directive(const struct highlight *h, const char *line, const char *text) {
    return h->language->directives && text[0] == '#' &&
           strspn(line, " \t") == (size_t)(text - line);
}

/* The length of what comes next in a line, and its colour, NULL for none. */
static size_t next_token(struct highlight *h, const char *line, const char *text, size_t n,
                         const char **colour) {
    const struct highlight_language *language = h->language;
    bool closed;
    size_t used;

    *colour = NULL;
    if (h->in_comment || (language->block_comments && starts_with(text, n, "/*"))) {
        size_t skip = h->in_comment ? 0 : 2;

        *colour = COMMENT;
        used = skip + through(text + skip, n - skip, "*/", &closed);
        h->in_comment = !closed;
    } else if (h->in_raw_string || (language->raw_strings && text[0] == '`')) {
        size_t skip = h->in_raw_string ? 0 : 1;

        *colour = STRING;
        used = skip + through(text + skip, n - skip, "`", &closed);
        h->in_raw_string = !closed;
    } else if (starts_with(text, n, language->line_comment)) {
        *colour = COMMENT;
        used = n;
    } else if (text[0] == '"' || text[0] == '\'') {
        used = text[0] == '\'' && language->characters ? character(text, n) : quoted(text, n);
        *colour = used > 1 ? STRING : NULL;
    } else if (isdigit((unsigned char)text[0])) {
        used = number(text, n);
        *colour = NUMBER;
    } else if (is_word(text[0])) {
        used = word(text, n);
        *colour = is_keyword(language, text, used) ? KEYWORD : NULL;
    } else if (is_directive(h, line, text)) {
        used = 1 + word(text + 1, n - 1);
        *colour = DIRECTIVE;
    } else {
        used = 1;
    }
    return used < n ? used : n;
}

void highlight_line(struct highlight *h, const char *text, size_t n, FILE *to) {
    size_t at = 0;

    while (h->language && at < n) {
        const char *colour;
        size_t used = next_token(h, text, text + at, n - at, &colour);

        if (colour)
            fputs(colour, to);
        fwrite(text + at, 1, used, to);
        if (colour)
            fputs(PLAIN, to);
        at += used;
    }
    fwrite(text + at, 1, n - at, to);
}
