/* `cpprof`: finds the subcommand and calls it; what is none may be for the reader. */
#include <stdio.h>
#include <string.h>

#include "collector/commands.h"
#include "collector/help.h"
#include "collector/message.h"
#include "reader/reader.h"

static int wants_help(int argc, char **argv) {
    return argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0);
}

int main(int argc, char **argv) {
    if (argc < 2) {
        help_overview(stderr);
        return EXIT_UNUSABLE;
    }
    if (wants_help(argc, argv)) {
        help_overview(stdout);
        return EXIT_DONE;
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts("cpprof " CPPROF_VERSION);
        return EXIT_DONE;
    }
    const struct command *c = command_find(argv[1]);
    if (!c && reader_wants(argc - 1, argv + 1))
        return reader_main(argc - 1, argv + 1);
    if (!c)
        return unknown_command(argv[1]);
    if (wants_help(argc - 1, argv + 1)) {
        help_command(stdout, c);
        return EXIT_DONE;
    }
    return c->run(argc - 1, argv + 1);
}
