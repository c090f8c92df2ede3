/* What the reader says of regular expressions, in the form of `go_program regexps`, which it reads:
 * subjects, an empty line, then patterns, of each of which only the first field counts. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reader/regexp.h"

enum { MAX_SUBJECTS = 100 };

static char *subjects[MAX_SUBJECTS];
static size_t n_subjects;

static void keep_subject(const char *line) {
    char *s = strdup(line);

    for (char *at = s; *at; at++)
        *at = (char)(*at == 1 ? '\n' : *at == 2 ? '\t' : *at);
    if (n_subjects < MAX_SUBJECTS)
        subjects[n_subjects++] = s;
}

static void try_pattern(const char *pattern) {
    char why[4096];
    struct regexp *re = regexp_new(pattern, why, sizeof(why));

    printf("%s", pattern);
    if (!re)
        printf("\t%s", why);
    for (size_t i = 0; re && i < n_subjects; i++) {
        size_t start, end;
        if (regexp_find(re, subjects[i], &start, &end))
            printf("\t[%zu %zu]", start, end);
        else
            printf("\t[]");
    }
    printf("\n");
    regexp_free(re);
}

int main(void) {
    static char line[65536];
    bool in_subjects = true;

    while (fgets(line, sizeof(line), stdin)) {
        line[strcspn(line, "\n")] = '\0';
        if (in_subjects)
            puts(line);
        if (in_subjects && line[0])
            keep_subject(line + 1);
        else if (in_subjects)
            in_subjects = false;
        else
            try_pattern(strtok(line, "\t"));
    }
    for (size_t i = 0; i < n_subjects; i++)
        free(subjects[i]);
    return 0;
}
