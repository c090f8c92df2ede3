/* Which exports there are. */
#include "reader/export/export.h"

#include <errno.h>
#include <string.h>

bool export_wants(const char *word, enum export_form form) {
    static const char *const own[] = {"folded", "flame", "diff"};
    static const char *const reports[] = {"top", "text", "tree", "peek", "tags"};

    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
        if (strcmp(word, own[i]) == 0)
            return true;
    for (size_t i = 0; i < sizeof reports / sizeof reports[0]; i++)
        if (strcmp(word, reports[i]) == 0)
            return form == EXPORT_JSON || form == EXPORT_CSV;
    return false;
}

int export_run(struct profile *p, const char *word, const char *argument, const struct options *o,
               const struct export_request *q, FILE *to, char *why, size_t why_bytes) {
    return -ENOSYS;
}

int export_diff(struct profile *base, struct profile *new, const struct options *o,
                const struct export_request *q, FILE *to, char *why, size_t why_bytes) {
    return -ENOSYS;
}

int folded_parse(const void *bytes, size_t n, struct profile **out, char *why, size_t why_bytes) {
    return -EINVAL;
}
