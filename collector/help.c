/* Help, printed from the tables of commands and settings. */
#include "collector/help.h"

#include <inttypes.h>
#include <string.h>

#include "arena/settings.h"
#include "reader/usage.h"

const struct command *command_find(const char *name) {
    for (size_t i = 0; i < n_commands; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

void help_overview(FILE *out) {
    fputs("usage: cpprof COMMAND [ARGUMENTS]\n"
          "       cpprof [-COMMAND] [OPTION]... [BINARY] SOURCE...\n\n"
          "Profiles of native programs, as Go's pprof has them of Go programs.\n\n"
          "Recording:\n",
          out);
    for (size_t i = 0; i < n_commands; i++)
        fprintf(out, "  %-11s %s\n", commands[i].name, commands[i].about);
    fputs("\nReading, as `go tool pprof`; without a command, in a shell:\n", out);
    usage_print_words(out);
    fputs(
        "\n`cpprof help COMMAND` tells more; `cpprof help env` lists the settings, `cpprof -help` "
        "the\noptions of reading.\n",
        out);
}

void help_command(FILE *out, const struct command *c) {
    fprintf(out, "usage: cpprof %s%s%s\n\n%s.\n%s%s", c->name, c->synopsis[0] ? " " : "",
            c->synopsis, c->about, c->details[0] ? "\n" : "", c->details);
}

/* A size as one would type it. */
static void print_size(FILE *out, uint64_t n) {
    static const char suffixes[] = {'\0', 'k', 'M', 'G'};
    size_t s = 0;
    while (n && n % 1024 == 0 && s + 1 < sizeof suffixes) {
        n /= 1024;
        s++;
    }
    fprintf(out, "%" PRIu64, n);
    if (suffixes[s])
        fputc(suffixes[s], out);
}

static void print_range(FILE *out, const struct setting *s) {
    switch (s->type) {
    case SETTING_NUMBER:
        fprintf(out, "%" PRIu64 " to %" PRIu64, s->min, s->max);
        break;
    case SETTING_SIZE:
        print_size(out, s->min);
        fputs(" to ", out);
        print_size(out, s->max);
        break;
    case SETTING_BOOL:
        fputs("0 or 1", out);
        break;
    case SETTING_TEXT:
        return;
    }
    if (s->unit[0])
        fprintf(out, " %s", s->unit);
    fputs("; ", out);
}

void help_env(FILE *out) {
    fputs(
        "Settings of a profiled program, environment variables read once when it starts. A value\n"
        "that cannot be used is one line on its stderr, and the default. Sizes may end in k, M or "
        "G.\n\n",
        out);
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        const struct setting *s = &settings[i];
        fprintf(out, "%s\n      %s\n      (", s->name, s->about);
        print_range(out, s);
        fprintf(out, "default %s)\n", s->default_text[0] ? s->default_text : "none");
    }
}
