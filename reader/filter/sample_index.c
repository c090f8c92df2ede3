/* Which of a sample's values is asked for. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reader/filter/filter.h"

/* As strconv.Atoi: no spaces, nothing behind. */
static bool read_index(const char *text, long long *index) {
    const char *digits = text + (*text == '-' || *text == '+');
    char *end;

    if (strspn(digits, "0123456789") != strlen(digits) || !*digits)
        return false;
    errno = 0;
    *index = strtoll(text, &end, 10);
    return errno == 0;
}

static size_t default_index(const struct profile *p) {
    for (size_t i = 0; p->default_sample_type[0] && i < p->n_sample_types; i++)
        if (strcmp(p->sample_types[i].type, p->default_sample_type) == 0)
            return i;
    return p->n_sample_types - 1;
}

__attribute__((format(printf, 4, 5))) static void add(char *why, size_t why_bytes, size_t *n,
                                                      const char *format, ...) {
    va_list args;
    int length;

    va_start(args, format);
    length = *n < why_bytes ? vsnprintf(why + *n, why_bytes - *n, format, args) : 0;
    va_end(args);
    *n += length > 0 ? (size_t)length : 0;
}

/* As Go's %q, of text that can be typed. */
static void add_quoted(char *why, size_t why_bytes, size_t *n, const char *text) {
    static const char special[] = "\a\b\f\n\r\t\v\\\"", names[] = "abfnrtv\\\"";

    add(why, why_bytes, n, "\"");
    for (; *text; text++) {
        const char *at = strchr(special, *text);
        if (at)
            add(why, why_bytes, n, "\\%c", names[at - special]);
        else if ((unsigned char)*text < 0x20 || *text == 0x7f)
            add(why, why_bytes, n, "\\x%02x", (unsigned)*text);
        else
            add(why, why_bytes, n, "%c", *text);
    }
    add(why, why_bytes, n, "\"");
}

static int refuse_name(const struct profile *p, const char *name, char *why, size_t why_bytes) {
    size_t n = 0;

    add(why, why_bytes, &n, "sample_index ");
    add_quoted(why, why_bytes, &n, name);
    add(why, why_bytes, &n, " must be one of: [");
    for (size_t i = 0; i < p->n_sample_types; i++)
        add(why, why_bytes, &n, "%s%s", i ? " " : "", p->sample_types[i].type);
    add(why, why_bytes, &n, "]");
    return -EINVAL;
}

int filter_sample_index(const struct profile *p, const char *sample_index, size_t *index, char *why,
                        size_t why_bytes) {
    static const char inuse[] = "inuse_";
    const char *bare = sample_index;
    long long number;

    if (p->n_sample_types == 0) {
        snprintf(why, why_bytes, "profile has no samples");
        return -EINVAL;
    }
    if (!*sample_index) {
        *index = default_index(p);
        return 0;
    }
    if (read_index(sample_index, &number)) {
        if (number >= 0 && (unsigned long long)number < p->n_sample_types) {
            *index = (size_t)number;
            return 0;
        }
        snprintf(why, why_bytes, "sample_index %s is outside the range [0..%zu]", sample_index,
                 p->n_sample_types - 1);
        return -EINVAL;
    }
    if (strncmp(bare, inuse, sizeof(inuse) - 1) == 0)
        bare += sizeof(inuse) - 1;
    for (*index = 0; *index < p->n_sample_types; ++*index)
        if (strcmp(p->sample_types[*index].type, sample_index) == 0 ||
            strcmp(p->sample_types[*index].type, bare) == 0)
            return 0;
    return refuse_name(p, sample_index, why, why_bytes);
}
