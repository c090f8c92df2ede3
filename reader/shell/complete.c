/* Completion of the shell's words. A function is found by any part of its name, as in pprof's own
 * completer. */
#include "reader/shell/complete.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "reader/commands.h"
#include "reader/options.h"

/* Adds PREFIX WORD if that begins with what was typed. */
static int add(struct completion *c, const char *typed, const char *prefix, const char *word) {
    size_t n = strlen(prefix);
    char *whole = malloc(n + strlen(word) + 1);

    if (!whole)
        return -ENOMEM;
    memcpy(whole, prefix, n);
    strcpy(whole + n, word);
    if (strncmp(whole, typed, strlen(typed)) != 0) {
        free(whole);
        return 0;
    }
    if (!grow_array(&c->words, c->n, sizeof *c->words)) {
        free(whole);
        return -ENOMEM;
    }
    c->words[c->n++] = whole;
    return 0;
}

/* What `help` knows: commands, options and their choices. */
static int add_topics(struct completion *c, const char *typed) {
    int err = 0;

    for (size_t i = 0; i < n_report_commands && !err; i++)
        err = add(c, typed, "", report_commands[i].name);
    for (size_t i = 0; i < n_options && !err; i++) {
        err = add(c, typed, "", options_table[i].name);
        for (const char *const *choice = options_table[i].choices; choice && *choice && !err;)
            err = add(c, typed, "", *choice++);
    }
    return err;
}

/* What a line can begin with. */
static int add_first_words(struct completion *c, const struct profile *p, const char *typed) {
    static const char *const others[] = {"exit", "help", "options", "quit"};
    int err = add_topics(c, typed);

    for (size_t i = 0; i < sizeof others / sizeof others[0] && !err; i++)
        err = add(c, typed, "", others[i]);
    for (size_t i = 0; i < p->n_sample_types && !err; i++) {
        err = add(c, typed, "", p->sample_types[i].type);
        err = err ? err : add(c, typed, "total_", p->sample_types[i].type);
        err = err ? err : add(c, typed, "mean_", p->sample_types[i].type);
    }
    return err;
}

/* `name=val`: the values that an option is known to have. */
static int add_values(struct completion *c, const struct profile *p, const char *typed) {
    char name[64], prefix[sizeof name + 1];
    size_t n = strcspn(typed, "=");
    const struct option *o;
    int err = 0;

    if (n >= sizeof name)
        return 0;
    memcpy(name, typed, n);
    memcpy(prefix, typed, n + 1);
    name[n] = prefix[n + 1] = '\0';
    o = option_find(name);
    if (!o || strcmp(o->name, name) != 0)
        return 0;
    for (const char *const *choice = o->choices; choice && *choice && !err;)
        err = add(c, typed, prefix, *choice++);
    if (o->type == OPTION_BOOL) {
        err = add(c, typed, prefix, "false");
        err = err ? err : add(c, typed, prefix, "true");
    }
    for (size_t i = 0; strcmp(name, "sample_index") == 0 && i < p->n_sample_types && !err; i++)
        err = add(c, typed, prefix, p->sample_types[i].type);
    return err;
}

/* An expression that matches the name, and is one word. */
static char *name_expression(const char *name) {
    char *text = malloc(2 * strlen(name) + 1), *at = text;

    for (; text && *name; name++) {
        if (strchr("\\*+?()|[]{}^$", *name))
            *at++ = '\\';
        *at++ = *name == ' ' || *name == '\t' ? '.' : *name;
    }
    if (text)
        *at = '\0';
    return text;
}

/* Functions of which the typed text, as it is or as an expression, is a part. */
static int add_functions(struct completion *c, const struct profile *p, const char *typed) {
    int err = 0;

    for (size_t i = 0; i < p->n_functions && !err; i++) {
        char *expression = name_expression(p->functions[i]->name);

        if (!expression)
            return -ENOMEM;
        if (strstr(p->functions[i]->name, typed) || strstr(expression, typed))
            err = add(c, "", "", expression);
        free(expression);
    }
    return err;
}

static int by_text(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void sort_words(struct completion *c) {
    size_t kept = 0;

    qsort(c->words, c->n, sizeof *c->words, by_text);
    for (size_t i = 0; i < c->n; i++) {
        if (kept > 0 && strcmp(c->words[kept - 1], c->words[i]) == 0)
            free(c->words[i]);
        else
            c->words[kept++] = c->words[i];
    }
    c->n = kept;
}

/* What all words begin with, if they begin with what was typed; else that. */
static char *common_beginning(const struct completion *c, const char *typed) {
    size_t n = strlen(c->words[0]);

    for (size_t i = 1; i < c->n; i++)
        while (strncmp(c->words[0], c->words[i], n) != 0)
            n--;
    if (c->n > 1 && (n < strlen(typed) || strncmp(c->words[0], typed, strlen(typed)) != 0))
        return strdup(typed);
    return strndup(c->words[0], n);
}

/* How many words the line has; the last of them, perhaps an empty one, begins at *start. */
static size_t count_words(const char *line, size_t *start) {
    for (size_t n = 1, at = 0;; n++) {
        at += strspn(line + at, " \t");
        *start = at;
        at += strcspn(line + at, " \t");
        if (!line[at])
            return n;
    }
}

static bool first_word_is(const char *line, const char *word) {
    size_t n = strlen(word);

    line += strspn(line, " \t");
    return strncmp(line, word, n) == 0 && line[n] && strchr(" \t", line[n]);
}

/* Whether the line begins with a command whose further words are expressions of functions. */
static bool takes_functions(const char *line) {
    for (size_t i = 0; i < n_report_commands; i++)
        if (first_word_is(line, report_commands[i].name))
            return report_commands[i].format != REPORT_TAGS;
    return false;
}

int complete_line(const struct profile *p, const char *line, struct completion *out) {
    size_t start, words = count_words(line, &start);
    int err = 0;

    *out = (struct completion){0};
    if (words == 1 && strchr(line + start, '=')) {
        err = add_values(out, p, line + start);
    } else if (words == 1) {
        err = add_first_words(out, p, line + start);
    } else if (words == 2 && first_word_is(line, "help")) {
        err = add_topics(out, line + start);
    } else if (takes_functions(line) && line[start] != '>') {
        start += line[start] == '-';
        err = add_functions(out, p, line + start);
    }
    out->start = start;
    if (err < 0 || out->n == 0)
        return err;
    sort_words(out);
    out->common = common_beginning(out, line + start);
    out->is_whole = out->n == 1 && (words > 1 || report_command_find(out->words[0]));
    return out->common ? 0 : -ENOMEM;
}

void completion_release(struct completion *c) {
    for (size_t i = 0; i < c->n; i++)
        free(c->words[i]);
    free(c->words);
    free(c->common);
    *c = (struct completion){0};
}
