/* The command line, in two steps: flags are read one by one into a `struct given`, which remembers
 * what was said; then it is seen what that means together, as conflicts depend on all of it. */
#include "reader/flags.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "reader/strconv.h"
#include "reader/usage.h"

/* The old names of sample types, in the order in which the first one wins. */
static const struct {
    const char *name, *sample_type;
} value_flags[] = {
    {"total_delay", "delay"},           {"mean_delay", "delay"},
    {"contentions", "contentions"},     {"inuse_space", "inuse_space"},
    {"inuse_objects", "inuse_objects"}, {"alloc_space", "alloc_space"},
    {"alloc_objects", "alloc_objects"},
};
enum { N_VALUE_FLAGS = sizeof value_flags / sizeof value_flags[0], MEAN_DELAY = 1 };

struct given {
    struct flags *flags;
    const char *base, *diff_base, *http;
    bool no_browser, json, csv, svg;
    bool values[N_VALUE_FLAGS];
    unsigned *choices;     /* for each option, one bit for each of its choices */
    const char **commands; /* for each command, its argument; "" if it has none; NULL: not given */
};

/* ---- one flag */

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

/* diff, flame and folded are no commands of pprof. */
static bool is_export_word(const char *word) {
    return word && export_wants(word, EXPORT_DEFAULT);
}

bool flags_is_word(const char *word) {
    return report_command_find(word) || is_export_word(word);
}

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
    if (strcmp(name, "svg") == 0 && is_export_word(g->flags->word)) {
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

/* ---- all of them */

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

/* Takes flags up to the first argument that is none; *at becomes its index. */
static enum flags_result take_flags(struct given *g, int argc, char **argv, int *at) {
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

/* ---- what they mean together */

__attribute__((format(printf, 1, 2))) static enum flags_result unusable(const char *format, ...) {
    va_list args;

    fputs("cpprof: ", stderr);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    return FLAGS_UNUSABLE;
}

static bool is_object_file(const char *path) {
    char magic[4] = "";
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0)
        return false;
    ssize_t n = read(fd, magic, sizeof magic);
    close(fd);
    return n == sizeof magic && memcmp(magic, "\177ELF", sizeof magic) == 0;
}

/* Arguments: the regular expression of a command given as a word, the binary, sources. */
static enum flags_result take_arguments(struct given *g, const struct report_command *word,
                                        int argc, char **argv) {
    struct flags *f = g->flags;

    if (word && word->has_argument) {
        if (argc == 0)
            return unusable("command %s requires an argument", word->name);
        g->commands[word - report_commands] = *argv++;
        argc--;
    }
    if (argc == 0) {
        usage_print(stderr);
        return unusable("no profile source specified");
    }
    if (argc > 1 && is_object_file(argv[0])) {
        f->request.executable = *argv++;
        argc--;
    }
    f->request.sources = (const char *const *)argv;
    f->request.n_sources = (size_t)argc;
    return FLAGS_OK;
}

/* Options with choices take the one whose flag was given. */
static enum flags_result settle_choices(struct given *g) {
    char why[128], both[128];

    for (size_t i = 0; i < n_options; i++) {
        const char *const *names = options_table[i].choices;

        if (__builtin_popcount(g->choices[i]) == 1) {
            option_set(&g->flags->options, &options_table[i], names[__builtin_ctz(g->choices[i])],
                       why, sizeof why);
        } else if (g->choices[i] != 0) {
            both[0] = '\0';
            for (unsigned c = 0; names[c]; c++)
                if (g->choices[i] & 1u << c)
                    snprintf(both + strlen(both), sizeof both - strlen(both), " %s", names[c]);
            return unusable("conflicting options set: [%s]", both + 1);
        }
    }
    return FLAGS_OK;
}

static enum flags_result settle_command(struct given *g) {
    struct flags *f = g->flags;

    for (size_t i = 0; i < n_report_commands; i++) {
        if (!g->commands[i])
            continue;
        if (f->command || is_export_word(f->word))
            return unusable("must set at most one output format");
        f->command = &report_commands[i];
        f->word = f->command->name;
        f->argument = f->command->has_argument ? g->commands[i] : NULL;
    }
    return FLAGS_OK;
}

static bool is_diff(const struct flags *f) {
    return f->word && strcmp(f->word, "diff") == 0;
}

static enum flags_result settle_export(struct given *g) {
    struct flags *f = g->flags;
    struct export_request *e = &f->export;

    if (g->json + g->csv + g->svg > 1)
        return unusable("must set at most one output format");
    e->form = g->json ? EXPORT_JSON : g->csv ? EXPORT_CSV : g->svg ? EXPORT_SVG : EXPORT_DEFAULT;
    if (e->form != EXPORT_DEFAULT && !(f->word && export_wants(f->word, e->form)))
        return unusable("%s has no such form as --%s", f->word ? f->word : "the shell",
                        g->json  ? "json"
                        : g->csv ? "csv"
                                 : "svg");
    if (!is_diff(f) && (e->fail_over >= 0 || e->fail_over_function >= 0 || e->normalize_duration))
        return unusable("--fail-over and --normalize-duration only make sense with diff");
    if (is_diff(f) && f->request.n_sources != 2)
        return unusable("diff takes two profiles, BASE and NEW");
    return FLAGS_OK;
}

static enum flags_result settle_values(struct given *g) {
    struct options *o = &g->flags->options;

    for (size_t i = 0; i < N_VALUE_FLAGS; i++) {
        if (!g->values[i])
            continue;
        if (*o->sample_index) {
            fprintf(stderr, "Multiple value selections, ignoring -%s\n", value_flags[i].name);
            continue;
        }
        free(o->sample_index);
        o->sample_index = strdup(value_flags[i].sample_type);
        if (!o->sample_index)
            return unusable("out of memory");
    }
    if (g->values[MEAN_DELAY])
        o->mean = true;
    return FLAGS_OK;
}

static enum flags_result settle_base(struct given *g) {
    struct flags *f = g->flags;
    bool base = g->base && *g->base, diff_base = g->diff_base && *g->diff_base;

    if (base && diff_base)
        return unusable("-base and -diff_base flags cannot both be specified");
    f->request.base = base ? g->base : diff_base ? g->diff_base : NULL;
    f->request.base_is_diff = diff_base;
    if (is_diff(f))
        return f->request.base ? unusable("-base makes no sense with diff") : FLAGS_OK;
    f->request.normalize = f->options.normalize;
    if (f->options.normalize && !f->request.base)
        return unusable("must have base profile to normalize by");
    return FLAGS_OK;
}

static enum flags_result settle(struct given *g) {
    enum flags_result result = settle_choices(g);

    result = result ? result : settle_command(g);
    result = result ? result : settle_export(g);
    if (result)
        return result;
    if (g->http && *g->http && g->flags->word)
        return unusable("-http is not compatible with an output format on the command line");
    if (g->http && *g->http)
        return unusable("-http: this version has no web interface");
    if (g->no_browser)
        return unusable("-no_browser only makes sense with -http");
    result = settle_values(g);
    return result ? result : settle_base(g);
}

enum flags_result flags_parse(struct flags *f, const char *word, int argc, char **argv) {
    const struct report_command *command = word ? report_command_find(word) : NULL;
    struct given g = {.flags = f,
                      .choices = calloc(n_options, sizeof *g.choices),
                      .commands = calloc(n_report_commands, sizeof *g.commands)};
    enum flags_result result;
    int at = 0;

    *f = (struct flags){.request = {.seconds = -1, .timeout = -1, .tools = getenv("PPROF_TOOLS")},
                        .word = word,
                        .export = {.fail_over = -1, .fail_over_function = -1}};
    if (options_init(&f->options) < 0 || !g.choices || !g.commands) {
        result = unusable("out of memory");
    } else {
        if (command)
            g.commands[command - report_commands] = "";
        result = take_flags(&g, argc, argv, &at);
        result = result ? result : take_arguments(&g, command, argc - at, argv + at);
        result = result ? result : settle(&g);
    }
    free(g.choices);
    free(g.commands);
    if (result != FLAGS_OK)
        flags_release(f);
    return result;
}

void flags_release(struct flags *f) {
    options_release(&f->options);
}
