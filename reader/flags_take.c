/* Flags, one by one, as Go's flag package reads them. */
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reader/flags_given.h"
#include "reader/strconv.h"
#include "reader/usage.h"

const struct value_flag value_flags[N_VALUE_FLAGS] = {
    {"total_delay", "delay"},           {"mean_delay", "delay"},
    {"contentions", "contentions"},     {"inuse_space", "inuse_space"},
    {"inuse_objects", "inuse_objects"}, {"alloc_space", "alloc_space"},
    {"alloc_objects", "alloc_objects"},
};

enum flag_type { FLAG_BOOL, FLAG_INT, FLAG_FLOAT, FLAG_STRING };

/* A flag, and where its value goes. */
struct flag {
    enum flag_type type;
    void *field;                          /* of that type, unless it is one of these */
    unsigned *choices, choice;            /* a bit of a set */
    const struct report_command *command; /* and its place among the given ones */
    const char **given_command;
    bool owned; /* the field is a malloc'ed string */
};

/* What is not an option, a choice or a command. */
static bool find_other_flag(struct given *g, const char *name, struct flag *f) {
    struct source_request *r = &g->flags->request;
    struct export_request *e = &g->flags->export;
    const struct {
        const char *name;
        enum flag_type type;
        void *field;
    } table[] = {
        {"add_comment", FLAG_STRING, &r->comment},
        {"all_frames", FLAG_BOOL, &r->all_frames},
        {"base", FLAG_STRING, &g->base},
        {"buildid", FLAG_STRING, &r->build_id},
        {"csv", FLAG_BOOL, &g->csv},
        {"diff_base", FLAG_STRING, &g->diff_base},
        {"fail-over", FLAG_FLOAT, &e->fail_over},
        {"fail-over-function", FLAG_FLOAT, &e->fail_over_function},
        {"http", FLAG_STRING, &g->http},
        {"json", FLAG_BOOL, &g->json},
        {"no_browser", FLAG_BOOL, &g->no_browser},
        {"normalize-duration", FLAG_BOOL, &e->normalize_duration},
        {"seconds", FLAG_INT, &r->seconds},
        {"symbolize", FLAG_STRING, &r->symbolize},
        {"timeout", FLAG_INT, &r->timeout},
        {"tls_ca", FLAG_STRING, &r->tls_ca},
        {"tls_cert", FLAG_STRING, &r->tls_cert},
        {"tls_key", FLAG_STRING, &r->tls_key},
        {"tools", FLAG_STRING, &r->tools},
    };

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (strcmp(table[i].name, name) == 0) {
            *f = (struct flag){.type = table[i].type, .field = table[i].field};
            return true;
        }
    for (size_t i = 0; i < N_VALUE_FLAGS; i++)
        if (strcmp(value_flags[i].name, name) == 0) {
            *f = (struct flag){.type = FLAG_BOOL, .field = &g->values[i]};
            return true;
        }
    return false;
}

/* An option; one with choices has a flag for each of them, and none of its own. */
static bool find_option_flag(struct given *g, const char *name, struct flag *f) {
    const struct option *o = option_find(name);
    static const enum flag_type types[] = {[OPTION_BOOL] = FLAG_BOOL,
                                           [OPTION_INT] = FLAG_INT,
                                           [OPTION_FLOAT] = FLAG_FLOAT,
                                           [OPTION_STRING] = FLAG_STRING,
                                           [OPTION_CHOICE] = FLAG_BOOL};

    if (!o || (o->choices && strcmp(o->name, name) == 0))
        return false;
    *f = (struct flag){.type = types[o->type], .owned = true};
    if (!o->choices) {
        f->field = (char *)&g->flags->options + o->offset;
        return true;
    }
    f->choices = &g->choices[o - options_table];
    while (strcmp(o->choices[f->choice], name) != 0)
        f->choice++;
    return true;
}

static bool find_flag(struct given *g, const char *name, struct flag *f) {
    const struct report_command *c = report_command_find(name);

    if (strcmp(name, "o") == 0)
        name = "output";
    if (strcmp(name, "svg") == 0 && flags_is_export_word(g->flags->word)) {
        *f = (struct flag){.type = FLAG_BOOL, .field = &g->svg};
        return true;
    }
    if (!c)
        return find_other_flag(g, name, f) || find_option_flag(g, name, f);
    *f = (struct flag){.type = c->has_argument ? FLAG_STRING : FLAG_BOOL,
                       .command = c,
                       .given_command = &g->commands[c - report_commands]};
    return true;
}

static int set_bool_flag(const struct flag *f, const char *value) {
    bool on;

    if (strconv_bool(value, &on) < 0)
        return -EINVAL;
    if (f->command)
        *f->given_command = on ? "" : NULL;
    else if (f->choices)
        *f->choices = (*f->choices & ~(1u << f->choice)) | (unsigned)on << f->choice;
    else
        *(bool *)f->field = on;
    return 0;
}

static int set_int_flag(const struct flag *f, const char *value) {
    int64_t n;
    int err = strconv_int(value, 0, 64, &n);

    *(int *)f->field = n > INT_MAX ? INT_MAX : n < INT_MIN ? INT_MIN : (int)n;
    return err;
}

static int set_string_flag(const struct flag *f, const char *value) {
    if (f->command) {
        *f->given_command = *value ? value : NULL;
    } else if (!f->owned) {
        *(const char **)f->field = value;
    } else {
        char *copy = strdup(value), **field = f->field;

        if (!copy)
            return -ENOMEM;
        free(*field);
        *field = copy;
    }
    return 0;
}

static int set_flag(const struct flag *f, const char *value) {
    switch (f->type) {
    case FLAG_BOOL:
        return set_bool_flag(f, value);
    case FLAG_INT:
        return set_int_flag(f, value);
    case FLAG_FLOAT:
        return strconv_float(value, f->field);
    case FLAG_STRING:
        return set_string_flag(f, value);
    }
    return -EINVAL;
}

/* What cannot be a flag: the reason, and the usage. */
__attribute__((format(printf, 1, 2))) static enum flags_result bad_flag(const char *format, ...) {
    va_list args;

    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    usage_print(stderr);
    return FLAGS_UNUSABLE;
}

static enum flags_result bad_value(const struct flag *f, const char *name, const char *value,
                                   int err) {
    char *quoted = strconv_quote(value);
    const char *why = err == -ERANGE   ? "value out of range"
                      : err == -ENOMEM ? "out of memory"
                                       : "parse error";
    enum flags_result result =
        bad_flag(f->type == FLAG_BOOL ? "invalid boolean value %s for -%s: %s"
                                      : "invalid value %s for flag -%s: %s",
                 quoted ? quoted : value, name, why);

    free(quoted);
    return result;
}

/* Takes one flag and its value, which may be the next argument, from argv at *at. */
static enum flags_result take_flag(struct given *g, int argc, char **argv, int *at) {
    const char *text = argv[(*at)++], *name = text + (text[1] == '-' ? 2 : 1);
    size_t n = *name ? strcspn(name + 1, "=") + 1 : 0;
    const char *value = name[n] == '=' ? name + n + 1 : NULL;
    char key[64];
    struct flag f;

    if (*name == '\0' || *name == '-' || *name == '=')
        return bad_flag("bad flag syntax: %s", text);
    snprintf(key, sizeof key, "%.*s", (int)n, name);
    if (n >= sizeof key || !find_flag(g, key, &f)) {
        if (strcmp(key, "help") != 0 && strcmp(key, "h") != 0)
            return bad_flag("flag provided but not defined: -%.*s", (int)n, name);
        usage_print(stdout);
        return FLAGS_HELP_SHOWN;
    }
    if (!value && f.type == FLAG_BOOL)
        value = "true";
    else if (!value && *at < argc)
        value = argv[(*at)++];
    if (!value)
        return bad_flag("flag needs an argument: -%s", key);
    int err = set_flag(&f, value);
    return err < 0 ? bad_value(&f, key, value, err) : FLAGS_OK;
}

enum flags_result flags_take(struct given *g, int argc, char **argv, int *at) {
    enum flags_result result = FLAGS_OK;

    while (result == FLAGS_OK && *at < argc && argv[*at][0] == '-' && argv[*at][1]) {
        if (strcmp(argv[*at], "--") == 0) {
            ++*at;
            break;
        }
        result = take_flag(g, argc, argv, at);
    }
    return result;
}
