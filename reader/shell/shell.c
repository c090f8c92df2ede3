/* The (pprof) prompt: reads lines, until the end, and does what they say. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "reader/commands.h"
#include "reader/shell/assign.h"
#include "reader/shell/request.h"
#include "reader/shell/terminal.h"
#include "reader/usage.h"
#include "reader/viewer.h"

struct shell {
    const struct profile *p;
    struct options *options;
    struct terminal *terminal;
};

/* ---- help */

static void say_usage(struct shell *s) {
    char *text = NULL;
    size_t n;
    FILE *to = open_memstream(&text, &n);

    if (!to)
        return;
    usage_print_shell(to);
    fputs("  :   Clear focus/ignore/hide/tagfocus/tagignore\n"
          "\n"
          "  type \"help <cmd|option>\" for more information\n",
          to);
    if (fclose(to) == 0)
        terminal_say(s->terminal, text);
    free(text);
}

static void print_command_help(FILE *to, const struct report_command *c) {
    fprintf(to, "%s\n", c->help);
    if (*c->usage)
        fputs("  Usage:\n", to);
    for (const char *line = c->usage; *line;) {
        size_t n = strcspn(line, "\n");

        fprintf(to, "    %.*s\n", (int)n, line);
        line += n + (line[n] == '\n');
    }
    fputc('\n', to);
}

static void print_option_help(FILE *to, const struct profile *p, const char *name,
                              const char *help) {
    fputs(help, to);
    if (strcmp(name, "sample_index") == 0) {
        fputs("Or use sample_index=name, with name in [", to);
        for (size_t i = 0; i < p->n_sample_types; i++)
            fprintf(to, "%s%s", i ? " " : "", p->sample_types[i].type);
        fputs("].\n", to);
    }
    fputc('\n', to);
}

/* Help on what the words name; pprof joins them by spaces, and knows no name that has one. */
static void say_help(struct shell *s, char **words, size_t n) {
    const struct report_command *c = n == 1 ? report_command_find(words[0]) : NULL;
    const char *help = n == 1 ? option_help(words[0]) : NULL;
    char *text = NULL;
    size_t bytes;
    FILE *to;

    if (n == 0) {
        say_usage(s);
        return;
    }
    to = open_memstream(&text, &bytes);
    if (!to)
        return;
    if (c) {
        print_command_help(to, c);
    } else if (help) {
        print_option_help(to, s->p, words[0], help);
    } else {
        fputs("Unknown command:", to);
        for (size_t i = 0; i < n; i++)
            fprintf(to, " %s", words[i]);
    }
    if (fclose(to) == 0)
        (c || help ? terminal_say : terminal_complain)(s->terminal, text);
    free(text);
}

static void say_options(struct shell *s) {
    char *text = shell_options_text(s->p, s->options);

    if (text)
        terminal_say(s->terminal, text);
    free(text);
}

/* ---- reports */

static void make_report(struct shell *s, char **words, size_t n) {
    struct shell_request q;
    char why[4096] = "";
    int err = shell_request_parse(&q, words, n, s->options, why, sizeof why);

    if (err == 0) {
        err = report_run(s->p, q.command, q.argument, &q.options, why, sizeof why);
        shell_request_release(&q);
    }
    if (err < 0)
        terminal_complain(s->terminal, *why ? why : "out of memory");
}

/* ---- lines */

enum next { GO_ON, QUIT };

static enum next do_words(struct shell *s, char **words, size_t n) {
    if (n == 0)
        return GO_ON;
    if (strcmp(words[0], "o") == 0 || strcmp(words[0], "options") == 0)
        say_options(s);
    else if (strcmp(words[0], "help") == 0)
        say_help(s, words + 1, n - 1);
    else if (strcmp(words[0], "exit") == 0 || strcmp(words[0], "quit") == 0 ||
             strcmp(words[0], "q") == 0)
        return QUIT;
    else
        make_report(s, words, n);
    return GO_ON;
}

/* Parts a line at spaces, in place. The words are malloc'ed; NULL when out of memory or none. */
static char **split(char *line, size_t *n) {
    char **words = NULL, *rest = line;

    *n = 0;
    for (char *word; (word = strsep(&rest, " \t\n\v\f\r"));) {
        if (!*word)
            continue;
        if (!grow_array(&words, *n, sizeof *words))
            break;
        words[(*n)++] = word;
    }
    return words;
}

static enum next do_line(struct shell *s, char *line) {
    char why[1024];
    enum next next;
    size_t n;

    if (shell_assign(s->p, s->options, line, why, sizeof why)) {
        if (*why)
            terminal_complain(s->terminal, why);
        return GO_ON;
    }
    char **words = split(line, &n);
    next = do_words(s, words, n);
    free(words);
    return next;
}

/* A line as it was typed, which may stand for others. */
static enum next do_input(struct shell *s, const char *input) {
    char *lines[SHELL_EXPANSIONS];
    enum next next = GO_ON;

    while (isspace((unsigned char)*input))
        input++;
    char *line = strdup(input);
    if (!line)
        return QUIT;
    for (size_t end = strlen(line); end > 0 && isspace((unsigned char)line[end - 1]);)
        line[--end] = '\0';
    size_t n = shell_expand(s->p, line, lines);
    if (n == 0)
        next = do_line(s, line);
    for (size_t i = 0; i < n; i++) {
        if (lines[i] && next == GO_ON)
            next = do_line(s, lines[i]);
        free(lines[i]);
    }
    free(line);
    return next;
}

/* ---- the greeting */

/* The head of a report on the whole profile, and whether there is nothing in it. */
static void greet_with(struct shell *s, struct report *r) {
    char **labels = report_labels(r);

    for (size_t i = 0; labels && labels[i]; i++)
        terminal_say(s->terminal, labels[i]);
    report_labels_free(labels);
    if (r->total == 0 && s->p->n_sample_types > 1) {
        terminal_say(s->terminal, "No samples were found with the default sample value type.");
        terminal_say(s->terminal,
                     "Try \"sample_index\" command to analyze different sample values.");
    }
}

static void greet(struct shell *s) {
    struct report *r = NULL;
    struct options plain;
    char why[256];

    /* A `raw` report without filters takes the profile as it is: nothing in it is changed. */
    if (options_init(&plain) == 0) {
        plain.mean = s->options->mean;
        plain.divide_by = s->options->divide_by;
        const struct option *which = option_find("sample_index"), *unit = option_find("unit");
        int err = option_set(&plain, which, s->options->sample_index, why, sizeof why);

        err = err ? err : option_set(&plain, unit, s->options->unit, why, sizeof why);
        if (err == 0 && report_new((struct profile *)s->p, "raw", REPORT_RAW, NULL, &plain, &r, why,
                                   sizeof why) == 0) {
            greet_with(s, r);
            report_free(r);
        }
        options_release(&plain);
    }
    terminal_say(s->terminal,
                 "Entering interactive mode (type \"help\" for commands, \"o\" for options)");
}

int shell_run(const struct profile *p, struct options *o) {
    struct shell s = {.p = p, .options = o, .terminal = terminal_new(p)};
    const char *input;

    if (!s.terminal) {
        fputs("cpprof: out of memory\n", stderr);
        return 1;
    }
    o->compact_labels = true;
    greet(&s);
    while ((input = terminal_read(s.terminal, "(pprof) ")))
        if (do_input(&s, input) == QUIT)
            break;
    viewer_cleanup();
    terminal_free(s.terminal);
    return 0;
}
