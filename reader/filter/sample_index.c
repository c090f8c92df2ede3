/* Which of a sample's values is asked for. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reader/filter/filter.h"
#include "reader/strconv.h"

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

static int refuse_name(const struct profile *p, const char *name, char *why, size_t why_bytes) {
    char *quoted = strconv_quote(name);
    size_t n = 0;

    if (!quoted)
        return -ENOMEM;
    add(why, why_bytes, &n, "sample_index %s must be one of: [", quoted);
    free(quoted);
    for (size_t i = 0; i < p->n_sample_types; i++)
        add(why, why_bytes, &n, "%s%s", i ? " " : "", p->sample_types[i].type);
    add(why, why_bytes, &n, "]");
    return -EINVAL;
}

int filter_sample_index(const struct profile *p, const char *sample_index, size_t *index, char *why,
                        size_t why_bytes) {
    static const char inuse[] = "inuse_";
    const char *bare = sample_index;
    int64_t number;

    if (p->n_sample_types == 0) {
        snprintf(why, why_bytes, "profile has no samples");
        return -EINVAL;
    }
    if (!*sample_index) {
        *index = default_index(p);
        return 0;
    }
    if (strconv_int(sample_index, 10, 64, &number) == 0) {
        if (number >= 0 && (uint64_t)number < p->n_sample_types) {
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
