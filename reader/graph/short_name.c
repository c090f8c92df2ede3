/* A function's name without its package, module or namespace: what google/pprof's
 * ShortenFunctionName does with regular expressions, which these functions match by hand. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "reader/graph/graph.h"

/* A piece of text; `at` NULL: none. */
struct piece {
    const char *at;
    size_t n;
};

static bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static bool is_word_start(char c) {
    return is_word(c) && !(c >= '0' && c <= '9');
}

static const char *skip_word(const char *s) {
    while (is_word(*s))
        s++;
    return s;
}

/* Takes `/v2` to `/v99...` out of a name, the first that is followed by a dot or a slash. */
static void drop_go_version(char *name) {
    if (strchr(name, '\n'))
        return;
    for (char *at = name; (at = strstr(at, "/v")); at++) {
        size_t digits = strspn(at + 2, "0123456789");
        char first = at[2], next = at[2 + digits];
        bool is_version = digits == 1 ? first >= '2' : digits > 1 && first >= '1';
        if (!is_version || (next != '.' && next != '/'))
            continue;
        memmove(at, at + 2 + digits, strlen(at + 2 + digits) + 1);
        return;
    }
}

/* ^(?:[\w\-\.]+\/)+([^.]+\..+) */
static struct piece go_name(const char *name) {
    struct piece found = {0};

    for (const char *at = name;;) {
        const char *start = at, *dot;
        while (is_word(*at) || *at == '-' || *at == '.')
            at++;
        if (at == start || *at != '/')
            return found;
        at++;
        dot = at + strcspn(at, ".");
        if (dot > at && *dot && dot[1] && dot[1] != '\n')
            found = (struct piece){.at = at, .n = (size_t)(dot - at) + strcspn(dot, "\n")};
    }
}

static const char *skip_java_word(const char *s) {
    while (is_word(*s) || *s == '$')
        s++;
    return s;
}

/* ^(?:[a-z]\w*\.)*([A-Z][\w\$]*\.(?:<init>|[a-z][\w\$]*(?:\$\d+)?))(?:(?:\()|$) */
static struct piece java_name(const char *name) {
    const char *at = name, *end;

    while (*at >= 'a' && *at <= 'z') {
        at = skip_word(at);
        if (*at++ != '.')
            return (struct piece){0};
    }
    if (*at < 'A' || *at > 'Z')
        return (struct piece){0};
    end = skip_java_word(at);
    if (*end++ != '.')
        return (struct piece){0};
    if (strncmp(end, "<init>", 6) == 0)
        end += 6;
    else if (*end >= 'a' && *end <= 'z')
        end = skip_java_word(end);
    else
        return (struct piece){0};
    if (*end && *end != '(')
        return (struct piece){0};
    return (struct piece){.at = at, .n = (size_t)(end - at)};
}

/* _*[A-Z]\w*::~?[_a-zA-Z]\w*(?:<.*>)? */
static struct piece cpp_member(const char *name) {
    const char *at = name + strspn(name, "_"), *line_end;

    if (*at < 'A' || *at > 'Z')
        return (struct piece){0};
    at = skip_word(at);
    if (at[0] != ':' || at[1] != ':')
        return (struct piece){0};
    at += 2;
    at += *at == '~';
    if (!is_word_start(*at))
        return (struct piece){0};
    at = skip_word(at);
    if (*at == '<') {
        for (line_end = at + strcspn(at, "\n"); line_end > at && line_end[-1] != '>';)
            line_end--;
        at = line_end > at ? line_end : at;
    }
    return (struct piece){.at = name, .n = (size_t)(at - name)};
}

/* ^(?:[_a-zA-Z]\w*::)+ and a member */
static struct piece cpp_name(const char *name) {
    struct piece found = {0}, member;

    for (const char *at = name; is_word_start(*at);) {
        at = skip_word(at);
        if (at[0] != ':' || at[1] != ':')
            break;
        at += 2;
        member = cpp_member(at);
        found = member.at ? member : found;
    }
    return found;
}

char *function_short_name(const char *name) {
    static const char anonymous[] = "(anonymous namespace)::";
    struct piece (*const languages[])(const char *) = {go_name, java_name, cpp_name};
    char *copy;

    if (strncmp(name, anonymous, sizeof(anonymous) - 1) == 0)
        name += sizeof(anonymous) - 1;
    copy = strdup(name);
    if (!copy)
        return NULL;
    drop_go_version(copy);
    for (size_t i = 0; i < sizeof(languages) / sizeof(languages[0]); i++) {
        struct piece piece = languages[i](copy);
        if (!piece.at)
            continue;
        memmove(copy, piece.at, piece.n);
        copy[piece.n] = '\0';
        return copy;
    }
    return copy;
}
