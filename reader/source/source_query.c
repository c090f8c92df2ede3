/* Paths and queries of URLs. See the header. */
#include "reader/source/source_query.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"

/* ---- escapes */

static int hex_value(char c) {
    return isdigit((unsigned char)c) ? c - '0' : (c | 0x20) - 'a' + 10;
}

static bool is_escape(const char *s) {
    return s[0] == '%' && isxdigit((unsigned char)s[1]) && isxdigit((unsigned char)s[2]);
}

static char *put_escaped(char *to, char c) {
    static const char digits[] = "0123456789ABCDEF";

    *to++ = '%';
    *to++ = digits[(unsigned char)c >> 4];
    *to++ = digits[(unsigned char)c & 15];
    return to;
}

char *query_escape_path(const char *path) {
    char *text = malloc(3 * strlen(path) + 1), *to = text;

    for (; text && *path; path++)
        if (isalnum((unsigned char)*path) || strchr("-_.~!$&'()*+,;=:@[]/", *path) ||
            is_escape(path))
            *to++ = *path;
        else
            to = put_escaped(to, *path);
    if (text)
        *to = '\0';
    return text;
}

static char *escape_query(const char *s) {
    char *text = malloc(3 * strlen(s) + 1), *to = text;

    for (; text && *s; s++)
        if (isalnum((unsigned char)*s) || strchr("-_.~", *s))
            *to++ = *s;
        else if (*s == ' ')
            *to++ = '+';
        else
            to = put_escaped(to, *s);
    if (text)
        *to = '\0';
    return text;
}

/* Takes escapes off in place; false if one is broken, or would end the text. */
static bool unescape_query(char *s) {
    char *to = s;

    for (; *s; s++) {
        if (*s == '%' && (!is_escape(s) || (s[1] == '0' && s[2] == '0')))
            return false;
        if (*s == '%') {
            *to++ = (char)(hex_value(s[1]) << 4 | hex_value(s[2]));
            s += 2;
        } else {
            *to++ = *s == '+' ? ' ' : *s;
        }
    }
    *to = '\0';
    return true;
}

/* ---- paths */

char *query_clean_path(const char *path) {
    bool rooted = *path == '/';
    char *text = malloc(strlen(path) + 2), *to = text;

    if (!text)
        return NULL;
    if (rooted)
        *to++ = '/';
    for (size_t n; *path; path += n) {
        char *base = text + rooted;

        n = strcspn(path, "/");
        if (n == 2 && memcmp(path, "..", 2) == 0 && to > base) {
            while (to > base && to[-1] != '/')
                to--;
            if (to > base)
                to--;
        } else if (n > 0 && !(n == 1 && *path == '.') &&
                   !(rooted && n == 2 && memcmp(path, "..", 2) == 0)) {
            if (to > base)
                *to++ = '/';
            to = mempcpy(to, path, n);
        }
        n += path[n] == '/';
    }
    if (to == text)
        *to++ = '.';
    *to = '\0';
    return text;
}

/* ---- queries */

struct parameter {
    char *name, *value; /* not escaped; in one text of the query */
    size_t index;       /* where it was */
};

static int compare(const void *a, const void *b) {
    const struct parameter *x = a, *y = b;
    int order = strcmp(x->name, y->name);

    return order ? order : (x->index > y->index) - (x->index < y->index);
}

/* Takes the query apart, in place; what is broken is left out. 0 or -ENOMEM. */
static int split(char *query, struct parameter **out, size_t *n) {
    char *rest = query, *pair;

    while ((pair = strsep(&rest, "&")) != NULL) {
        char *value = strchrnul(pair, '=');
        struct parameter p = {.name = pair, .value = *value ? value + 1 : value, .index = *n};

        if (!*pair || strchr(pair, ';'))
            continue;
        *value = '\0';
        if (!unescape_query(p.name) || !unescape_query(p.value))
            continue;
        if (!grow_array(out, *n, sizeof(p)))
            return -ENOMEM;
        (*out)[(*n)++] = p;
    }
    return 0;
}

static int join(const struct parameter *p, size_t n, char **out) {
    size_t bytes;
    FILE *f = open_memstream(out, &bytes);
    bool whole = f != NULL;

    if (!f)
        return -ENOMEM;
    for (size_t i = 0; i < n && whole; i++) {
        char *name = escape_query(p[i].name), *value = escape_query(p[i].value);

        whole = name && value && fprintf(f, "%s%s=%s", i ? "&" : "", name, value) > 0;
        free(name);
        free(value);
    }
    if (fclose(f) != 0 || !whole) {
        free(*out);
        *out = NULL;
    }
    return *out ? 0 : -ENOMEM;
}

/* Leaves one parameter `seconds`, with this value. */
static int set_seconds(struct parameter **p, size_t *n, char *value) {
    static char name[] = "seconds";
    size_t kept = 0;

    for (size_t i = 0; i < *n; i++)
        if (strcmp((*p)[i].name, name) != 0)
            (*p)[kept++] = (*p)[i];
    if (kept == *n && !grow_array(p, *n, sizeof(**p)))
        return -ENOMEM;
    (*p)[kept] = (struct parameter){.name = name, .value = value};
    *n = kept + 1;
    return 0;
}

/* The first `seconds` as a number, or `otherwise`. */
static long seconds_of(const struct parameter *p, size_t n, long otherwise) {
    for (size_t i = 0; i < n; i++) {
        char *end;
        long value;

        if (strcmp(p[i].name, "seconds") != 0)
            continue;
        errno = 0;
        value = strtol(p[i].value, &end, 10);
        return errno || *end || end == p[i].value || value != (int)value ||
                       isspace((unsigned char)*p[i].value)
                   ? otherwise
                   : value;
    }
    return otherwise;
}

char *query_with_seconds(const char *query, int seconds, long *duration) {
    char *copy = strdup(query), *text = NULL, value[16];
    struct parameter *p = NULL;
    size_t n = 0;
    int err = copy ? split(copy, &p, &n) : -ENOMEM;

    snprintf(value, sizeof(value), "%d", seconds);
    if (err == 0 && seconds > 0)
        err = set_seconds(&p, &n, value);
    else if (err == 0)
        *duration = seconds_of(p, n, *duration);
    if (err == 0 && n > 0)
        qsort(p, n, sizeof(*p), compare);
    if (err == 0)
        join(p, n, &text);
    free(p);
    free(copy);
    return text;
}
