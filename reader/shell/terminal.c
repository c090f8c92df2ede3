/* The terminal, through libedit.
 *
 * As in pprof, a dumb terminal is read plainly. Ctrl-C drops the line that is being typed. */
#include "reader/shell/terminal.h"

#include <errno.h>
#include <histedit.h>
#include <locale.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "reader/shell/complete.h"

struct terminal {
    const struct profile *p;
    const char *prompt;
    EditLine *edit; /* NULL: input is read plainly */
    History *history;
    struct sigaction before;
    char *line; /* the last one that was read plainly */
    size_t line_bytes;
};

static volatile sig_atomic_t interrupted;

static void on_interrupt(int signal) {
    interrupted = 1;
}

static char *give_prompt(EditLine *edit) {
    struct terminal *t;

    el_get(edit, EL_CLIENTDATA, &t);
    return (char *)t->prompt;
}

/* ---- completion */

static void list_words(const struct completion *c) {
    enum { MOST_LISTED = 100 };

    fputc('\n', stderr);
    for (size_t i = 0; i < c->n && i < MOST_LISTED; i++)
        fprintf(stderr, "%s\n", c->words[i]);
    if (c->n > MOST_LISTED)
        fprintf(stderr, "... and %zu more\n", c->n - MOST_LISTED);
}

/* Puts the completed word, or what is sure of it, in place of the last `typed` bytes. */
static unsigned char take_completion(EditLine *edit, const struct completion *c,
                                     const char *typed) {
    bool longer = strcmp(c->common, typed) != 0;

    if (longer) {
        if (*typed)
            el_deletestr(edit, (int)strlen(typed));
        el_insertstr(edit, c->common);
    } else if (c->n > 1) {
        list_words(c);
        return CC_REDISPLAY;
    }
    if (c->is_whole)
        el_insertstr(edit, " ");
    return longer || c->is_whole ? CC_REFRESH : CC_REFRESH_BEEP;
}

static unsigned char on_tab(EditLine *edit, int key) {
    const LineInfo *line = el_line(edit);
    char *before = strndup(line->buffer, (size_t)(line->cursor - line->buffer));
    struct completion c = {0};
    struct terminal *t;
    unsigned char result = CC_REFRESH_BEEP;

    el_get(edit, EL_CLIENTDATA, &t);
    if (before && complete_line(t->p, before, &c) == 0 && c.n > 0)
        result = take_completion(edit, &c, before + c.start);
    completion_release(&c);
    free(before);
    return result;
}

/* ---- opening and closing */

static bool can_edit(void) {
    const char *type = getenv("TERM");

    return type && *type && strcasecmp(type, "dumb") != 0 && isatty(STDIN_FILENO) &&
           isatty(STDERR_FILENO);
}

static void start_editing(struct terminal *t) {
    enum { HISTORY_LINES = 1000 };
    struct sigaction interrupt = {.sa_handler = on_interrupt};
    HistEvent event;

    /* libedit takes characters, not bytes. */
    setlocale(LC_CTYPE, "");
    t->edit = el_init("cpprof", stdin, stderr, stderr);
    t->history = history_init();
    if (!t->edit || !t->history)
        return;
    history(t->history, &event, H_SETSIZE, HISTORY_LINES);
    history(t->history, &event, H_SETUNIQUE, 1);
    el_set(t->edit, EL_CLIENTDATA, t);
    el_set(t->edit, EL_PROMPT, give_prompt);
    el_set(t->edit, EL_EDITOR, "emacs");
    el_set(t->edit, EL_SIGNAL, 1);
    el_set(t->edit, EL_HIST, history, t->history);
    el_set(t->edit, EL_ADDFN, "complete", "completes a word", on_tab);
    el_set(t->edit, EL_BIND, "^I", "complete", NULL);
    el_set(t->edit, EL_BIND, "^R", "em-inc-search-prev", NULL);
    el_source(t->edit, NULL);
    sigaction(SIGINT, &interrupt, &t->before);
}

struct terminal *terminal_new(const struct profile *p) {
    struct terminal *t = calloc(1, sizeof *t);

    if (!t)
        return NULL;
    t->p = p;
    if (can_edit()) {
        start_editing(t);
        if (!t->edit || !t->history) {
            terminal_free(t);
            return NULL;
        }
    }
    return t;
}

void terminal_free(struct terminal *t) {
    if (!t)
        return;
    if (t->edit && t->history)
        sigaction(SIGINT, &t->before, NULL);
    if (t->edit)
        el_end(t->edit);
    if (t->history)
        history_end(t->history);
    free(t->line);
    free(t);
}

/* ---- lines */

static const char *read_edited(struct terminal *t) {
    const char *line;
    HistEvent event;
    int n;

    do {
        interrupted = 0;
        /* Before the prompt, or what is typed as soon as it stands there is shown twice. */
        el_set(t->edit, EL_PREP_TERM, 1);
        line = el_gets(t->edit, &n);
        if (interrupted) {
            fputs("^C\n", stderr);
            el_reset(t->edit);
        }
    } while (interrupted);
    if (!line || n <= 0) {
        fputc('\n', stderr);
        return NULL;
    }
    if (line[strspn(line, " \t\r\n")])
        history(t->history, &event, H_ENTER, line);
    return line;
}

const char *terminal_read(struct terminal *t, const char *prompt) {
    t->prompt = prompt;
    if (t->edit)
        return read_edited(t);
    fputs(prompt, stdout);
    fflush(stdout);
    return getline(&t->line, &t->line_bytes, stdin) < 0 ? NULL : t->line;
}

static const char *line_end(const char *text) {
    size_t n = strlen(text);

    return n > 0 && text[n - 1] == '\n' ? "" : "\n";
}

void terminal_say(struct terminal *t, const char *text) {
    fprintf(stderr, "%s%s", text, line_end(text));
}

void terminal_complain(struct terminal *t, const char *text) {
    if (t->edit)
        fprintf(stderr, "\033[0;31m%s%s\033[0m", text, line_end(text));
    else
        terminal_say(t, text);
}
