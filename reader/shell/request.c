/* The shell's command lines, as pprof reads them. */
#include "reader/shell/request.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reader/strconv.h"

static int refuse_command(const char *name, const char *value, char *why, size_t why_bytes) {
    char *quoted;

    if (option_help(name)) {
        snprintf(why, why_bytes, "did you mean: %s=%s", name, value ? value : "<val>");
        return -EINVAL;
    }
    quoted = strconv_quote(name);
    snprintf(why, why_bytes, "unrecognized command: %s", quoted ? quoted : name);
    free(quoted);
    return -EINVAL;
}

/* Takes the digits at the end of `top10` off, unless there is nothing else. 0 or -ENOMEM. */
static int take_digits(char *name, char **digits) {
    size_t end = strlen(name), n = end;

    while (n > 0 && isdigit((unsigned char)name[n - 1]))
        n--;
    if (n == 0 || n == end)
        return 0;
    *digits = strdup(name + n);
    name[n] = '\0';
    return *digits ? 0 : -ENOMEM;
}

/* Adds an expression to those of which one has to match. */
static int add_expression(char **all, const char *expression) {
    char *both;

    if (!*expression)
        return 0;
    if (*all ? asprintf(&both, "%s|%s", *all, expression) < 0 : !(both = strdup(expression)))
        return -ENOMEM;
    free(*all);
    *all = both;
    return 0;
}

static int set_text(char **field, const char *text) {
    char *copy = strdup(text);

    if (!copy)
        return -ENOMEM;
    free(*field);
    *field = copy;
    return 0;
}

/* The expressions that a line has collected. */
struct filters {
    char *focus, *ignore;
};

/* One word, that of `>` with the next one: *at is the last that was read. */
static int take_word(struct options *o, struct filters *filters, char **words, size_t n, size_t *at,
                     char *why, size_t why_bytes) {
    const char *word = words[*at];
    int64_t count;

    if (strconv_int(word, 10, 32, &count) == 0) {
        o->nodecount = (int)count;
        return 0;
    }
    if (*word == '>') {
        if (!word[1] && ++*at == n) {
            snprintf(why, why_bytes, "unexpected end of line after >");
            return -EINVAL;
        }
        return set_text(&o->output, word[1] ? word + 1 : words[*at]);
    }
    if (strcmp(word, "-cum") == 0 || strcmp(word, "--cum") == 0) {
        o->sort_cum = true;
        return 0;
    }
    return *word == '-' ? add_expression(&filters->ignore, word + 1)
                        : add_expression(&filters->focus, word);
}

static int apply_filters(struct shell_request *q, const struct filters *filters) {
    bool tags = q->command->format == REPORT_TAGS;
    struct options *o = &q->options;
    int err = filters->focus ? set_text(tags ? &o->tagfocus : &o->focus, filters->focus) : 0;

    if (err == 0 && filters->ignore)
        err = set_text(tags ? &o->tagignore : &o->ignore, filters->ignore);
    return err;
}

static int take_words(struct shell_request *q, char **words, size_t n, char *why,
                      size_t why_bytes) {
    struct filters filters = {0};
    int err = 0;

    for (size_t i = 0; i < n && err == 0; i++)
        err = take_word(&q->options, &filters, words, n, &i, why, why_bytes);
    err = err ? err : apply_filters(q, &filters);
    if (q->options.nodecount == -1 && q->command->format == REPORT_TEXT)
        q->options.nodecount = 10;
    free(filters.focus);
    free(filters.ignore);
    return err;
}

/* With what follows the command. */
static int take_arguments(struct shell_request *q, char **words, size_t n,
                          const struct options *current, char *why, size_t why_bytes) {
    int err;

    if (q->command->has_argument) {
        if (n == 0) {
            snprintf(why, why_bytes, "command %s requires an argument", q->command->name);
            return -EINVAL;
        }
        q->argument = *words++;
        n--;
    }
    err = options_copy(&q->options, current);
    if (err < 0)
        return err;
    err = take_words(q, words, n, why, why_bytes);
    if (err < 0)
        options_release(&q->options);
    return err;
}

int shell_request_parse(struct shell_request *q, char **words, size_t n,
                        const struct options *current, char *why, size_t why_bytes) {
    char *name = words[0];
    int err = 0;

    *q = (struct shell_request){.command = report_command_find(name)};
    if (!q->command)
        err = take_digits(name, &q->digits);
    if (err < 0)
        return err;
    if (q->digits) {
        /* They take the place of the name, before the other words. */
        q->command = report_command_find(name);
        words[0] = q->digits;
    } else {
        words++;
        n--;
    }
    err = q->command ? take_arguments(q, words, n, current, why, why_bytes)
                     : refuse_command(name, n > 0 ? words[0] : NULL, why, why_bytes);
    if (err < 0) {
        free(q->digits);
        q->digits = NULL;
    }
    return err;
}

void shell_request_release(struct shell_request *q) {
    options_release(&q->options);
    free(q->digits);
}
