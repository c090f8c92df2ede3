/* The command line, in two steps: flags are read one by one into a `struct given`, which remembers
 * what was said; then it is seen what that means together, as conflicts depend on all of it. */
#include "reader/flags.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "reader/flags_given.h"
#include "reader/usage.h"

bool flags_is_export_word(const char *word) {
    return word && export_wants(word, EXPORT_DEFAULT);
}

bool flags_is_word(const char *word) {
    return report_command_find(word) || flags_is_export_word(word);
}

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
        if (f->command || flags_is_export_word(f->word))
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
    if (g->values[FLAGS_MEAN_DELAY])
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
        result = flags_take(&g, argc, argv, &at);
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
