/* `comments`: one a line, those for tools too. */
#include "reader/report/report.h"

int report_comments(struct report *r, FILE *to, char *why, size_t why_bytes) {
    for (size_t i = 0; i < r->profile->n_comments; i++)
        fprintf(to, "%s\n", r->profile->comments[i]);
    return 0;
}
