/* Options in the shell. */
#include "reader/shell/assign.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reader/filter/filter.h"
#include "reader/strconv.h"

static const char comment_mark[] = "//:";

/* A copy without the spaces around; NULL when out of memory. */
static char *trimmed(const char *from, const char *to) {
    while (from < to && isspace((unsigned char)*from))
        from++;
    while (to > from && isspace((unsigned char)to[-1]))
        to--;
    return strndup(from, (size_t)(to - from));
}

/* Behind the `=`, to the last comment. */
static char *value_of(const char *text) {
    const char *end = text + strlen(text), *comment = NULL;

    for (const char *at = text; (at = strstr(at, comment_mark)); at++)
        comment = at;
    return trimmed(text, comment ? comment : end);
}

/* A sample type becomes its name, so that it stays what it is. */
static int set_sample_index(const struct profile *p, struct options *o, const struct option *which,
                            const char *value, char *why, size_t why_bytes) {
    size_t index;
    int err = filter_sample_index(p, value, &index, why, why_bytes);

    if (err < 0)
        return err;
    if (index >= p->n_sample_types) {
        snprintf(why, why_bytes, "invalid sample_index \"%s\"", value);
        return -EINVAL;
    }
    return option_set(o, which, p->sample_types[index].type, why, why_bytes);
}

/* A choice is taken by a true value; it cannot be untaken. */
static int set_choice(struct options *o, const struct option *which, const char *choice,
                      const char *value, char *why, size_t why_bytes) {
    bool on = false;

    if (strconv_bool(value, &on) == 0 && on)
        return option_set(o, which, choice, why, why_bytes);
    snprintf(why, why_bytes, "unknown config field \"%s\"", choice);
    return -EINVAL;
}

static void set(const struct profile *p, struct options *o, const char *name, const char *value,
                char *why, size_t why_bytes) {
    const struct option *which = option_find(name);
    bool is_choice = strcmp(which->name, name) != 0;

    if (!value && !is_choice && which->type != OPTION_BOOL)
        snprintf(why, why_bytes, "please specify a value, e.g. %s=<val>", name);
    else if (strcmp(name, "sample_index") == 0)
        set_sample_index(p, o, which, value, why, why_bytes);
    else if (is_choice)
        set_choice(o, which, name, value ? value : "", why, why_bytes);
    else
        option_set(o, which, value ? value : "", why, why_bytes);
}

bool shell_assign(const struct profile *p, struct options *o, const char *line, char *why,
                  size_t why_bytes) {
    const char *equals = strchr(line, '='), *name_end = equals ? equals : line + strlen(line);
    char *name = trimmed(line, name_end), *value = equals ? value_of(equals + 1) : NULL;
    bool is_option = name && option_find(name);

    *why = '\0';
    if (!name || (equals && !value)) {
        snprintf(why, why_bytes, "out of memory");
        is_option = true;
    } else if (is_option) {
        set(p, o, name, value, why, why_bytes);
    }
    free(name);
    free(value);
    return is_option;
}

/* ---- the listing */

static void print_choices(FILE *to, const struct option *which) {
    const char *last = "";

    fprintf(to, "%s [", comment_mark);
    /* In alphabetical order: each time the least that is greater than the last. */
    for (bool first = true;; first = false) {
        const char *next = NULL;

        for (const char *const *c = which->choices; *c; c++)
            if (strcmp(*c, last) > 0 && (!next || strcmp(*c, next) < 0))
                next = *c;
        if (!next)
            break;
        fprintf(to, "%s%s", first ? "" : " | ", next);
        last = next;
    }
    fputc(']', to);
}

static void print_sample_types(FILE *to, const struct profile *p) {
    fprintf(to, "%s [", comment_mark);
    for (size_t i = 0; i < p->n_sample_types; i++)
        fprintf(to, "%s%s", i ? " | " : "", p->sample_types[i].type);
    fputc(']', to);
}

/* `  name = value`, with the value in a column of characters, not bytes. */
static void print_pair(FILE *to, const char *name, const char *value) {
    int width = 20;

    for (const char *c = value; *c; c++)
        width += ((unsigned char)*c & 0xc0) == 0x80;
    fprintf(to, "  %-25s = %-*s ", name, width, value);
}

static void print_option(FILE *to, const struct profile *p, const struct option *which,
                         const char *value) {
    if (which->choices) {
        print_pair(to, which->name, *value ? value : "(default)");
        print_choices(to, which);
    } else if (strcmp(which->name, "sample_index") == 0) {
        if (!*value && p->n_sample_types > 0)
            value = p->sample_types[p->n_sample_types - 1].type;
        print_pair(to, which->name, value);
        print_sample_types(to, p);
    } else {
        print_pair(to, which->name, *value ? value : "\"\"");
        if (strcmp(which->name, "nodecount") == 0 && strcmp(value, "-1") == 0)
            fprintf(to, "%s default", comment_mark);
    }
    fputc('\n', to);
}

char *shell_options_text(const struct profile *p, const struct options *o) {
    char *text = NULL;
    size_t n;
    FILE *to = open_memstream(&text, &n);

    if (!to)
        return NULL;
    for (size_t i = 0; i < n_options; i++) {
        char *value = option_get(o, &options_table[i]);

        if (value && strcmp(options_table[i].name, "source_path") != 0)
            print_option(to, p, &options_table[i], value);
        free(value);
    }
    return fclose(to) == 0 ? text : NULL;
}

/* ---- lines that stand for others */

static size_t expand_sample_type(const char *type, const char *line, char **lines) {
    static const char total[] = "total_", mean[] = "mean_";
    size_t n = 0;

    if (strncmp(line, total, sizeof total - 1) == 0 && strcmp(line + sizeof total - 1, type) == 0)
        lines[n++] = strdup("mean=0");
    else if (strncmp(line, mean, sizeof mean - 1) == 0 && strcmp(line + sizeof mean - 1, type) == 0)
        lines[n++] = strdup("mean=1");
    else if (strcmp(line, type) != 0)
        return 0;
    if (asprintf(&lines[n], "sample_index=%s", type) < 0)
        return n;
    return n + 1;
}

size_t shell_expand(const struct profile *p, const char *line, char *lines[SHELL_EXPANSIONS]) {
    static const char *const clear[SHELL_EXPANSIONS] = {
        "focus=", "ignore=", "hide=", "tagfocus=", "tagignore="};
    size_t n = 0;

    for (size_t i = 0; i < p->n_sample_types && n == 0; i++)
        n = expand_sample_type(p->sample_types[i].type, line, lines);
    if (n > 0 || strcmp(line, ":") != 0)
        return n;
    for (; n < SHELL_EXPANSIONS; n++)
        lines[n] = strdup(clear[n]);
    return n;
}
