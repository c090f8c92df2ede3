/* Which lines of a file are shown: those with code, and some around them, cut where a function
 * ends. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "reader/code/weblist.h"

enum {
    MERGE = 20, /* lines without code that do not part a function */
    EXPAND = 5, /* lines shown around it */
};

/* Adds the entries of one line to the last section, or begins another. */
static int add_line(const struct weblist *w, const struct weblist_entry *entries, size_t n,
                    struct weblist_section **sections, size_t *n_sections) {
    const struct weblist_instruction *first = &w->instructions[entries->instruction];
    const char *function = weblist_function(w, &w->frames[first->first_frame + entries->depth]);
    struct weblist_section *s = *n_sections > 0 ? &(*sections)[*n_sections - 1] : NULL;

    if (!s || entries->line - s->end >= MERGE || strcmp(s->function, function) != 0) {
        if (!grow_array(sections, *n_sections, sizeof(**sections)))
            return -ENOMEM;
        s = &(*sections)[(*n_sections)++];
        *s = (struct weblist_section){
            .function = function, .begin = entries->line, .entries = entries};
    }
    s->end = entries->line + 1;
    s->behind = entries + n;
    for (size_t i = 0; i < n; i++) {
        s->flat += w->instructions[entries[i].instruction].flat;
        s->cum += w->instructions[entries[i].instruction].cum;
    }
    return 0;
}

/* Line 0 stands for code whose line is not known: nothing is before it. */
static void expand(struct weblist_section *sections, size_t n) {
    for (size_t i = 0; i < n; i++) {
        struct weblist_section *s = &sections[i];

        if (i > 0) {
            int64_t half = (s->begin - sections[i - 1].end) / 2;

            half = half < EXPAND ? half : EXPAND;
            sections[i - 1].end += half;
            s->begin -= half;
        } else if (s->begin > EXPAND) {
            s->begin -= EXPAND;
        } else if (s->begin > 1) {
            s->begin = 1;
        }
    }
    if (n > 0)
        sections[n - 1].end += EXPAND;
}

int weblist_split(const struct weblist *w, const struct weblist_entry *entries, size_t n,
                  struct weblist_section **sections, size_t *n_sections) {
    int rc = 0;
    size_t line;

    *sections = NULL;
    *n_sections = 0;
    for (size_t i = 0; rc == 0 && i < n; i += line) {
        for (line = 1; i + line < n && entries[i + line].line == entries[i].line;)
            line++;
        rc = add_line(w, entries + i, line, sections, n_sections);
    }
    if (rc == 0)
        expand(*sections, *n_sections);
    else
        free(*sections);
    return rc;
}
