/* The reader's words, as subcommands of `cpprof`: the commands of pprof, and what it does not have.
 */
#include <ctype.h>
#include <string.h>

#include "reader/commands.h"
#include "reader/usage.h"

static const struct {
    const char *name, *synopsis, *about, *details;
} exports[] = {
    {"diff", "[OPTION]... BASE NEW", "Compares two profiles, function by function",
     "  --json, --csv               for programs\n"
     "  --fail-over=PERCENT         exit status 1 if the total grows by more than that\n"
     "  --fail-over-function=PERCENT  if the value of one function grows by more than so much of\n"
     "                              the total of BASE\n"
     "  --normalize-duration        as if NEW had taken as long as BASE\n"},
    {"flame", "[OPTION]... [BINARY] SOURCE...", "Draws a flame graph, a page that needs no other",
     "  -o FILE   where to; a name in .svg makes a picture\n"
     "  --svg     a picture, not a page\n"
     "\n"
     "With -diff_base what grew is red and what shrank is green.\n"},
    {"folded", "[OPTION]... [BINARY] SOURCE...", "Outputs collapsed stacks, root first",
     "A line for each stack, `main;parse;read 12`, as other tools for flame graphs take them. "
     "Such\n"
     "lines are also read, as a profile.\n"},
};
enum { N_EXPORTS = sizeof exports / sizeof exports[0] };

/* `ps` alone lists processes; the picture is had by `-ps`. */
static bool is_word(const struct report_command *c) {
    return strcmp(c->name, "ps") != 0;
}

static void print_line(FILE *to, const char *name, const char *about) {
    fprintf(to, "  %-11s %c%s\n", name, tolower((unsigned char)about[0]), about + 1);
}

void usage_print_words(FILE *to) {
    size_t next = 0;

    for (size_t i = 0; i <= n_report_commands; i++) {
        for (; next < N_EXPORTS &&
               (i == n_report_commands || strcmp(exports[next].name, report_commands[i].name) < 0);
             next++)
            print_line(to, exports[next].name, exports[next].about);
        if (i < n_report_commands && is_word(&report_commands[i]))
            print_line(to, report_commands[i].name, report_commands[i].help);
    }
}

static void print_report_command(FILE *to, const struct report_command *c) {
    const char *argument = c->has_argument ? "REGEXP " : "";

    fprintf(to,
            "usage: cpprof %s [OPTION]... %s[BINARY] SOURCE...\n"
            "       cpprof -%s%s%s [OPTION]... [BINARY] SOURCE...\n\n%s.\n",
            c->name, argument, c->name, *argument ? "=" : "", *argument ? "REGEXP" : "", c->help);
    if (c->format == REPORT_TEXT || c->format == REPORT_TREE || c->format == REPORT_TAGS)
        fputs("\n  --json, --csv   for programs\n", to);
    fputs("\nSOURCE is a file or a URL. `cpprof -help` lists the options.\n", to);
}

bool usage_print_word(FILE *to, const char *word) {
    const struct report_command *c = report_command_find(word);

    if (c)
        print_report_command(to, c);
    for (size_t i = 0; !c && i < N_EXPORTS; i++)
        if (strcmp(exports[i].name, word) == 0) {
            fprintf(to, "usage: cpprof %s %s\n\n%s.\n\n%s", word, exports[i].synopsis,
                    exports[i].about, exports[i].details);
            fputs("\nSOURCE is a file or a URL. `cpprof -help` lists the options.\n", to);
            return true;
        }
    return c != NULL;
}
