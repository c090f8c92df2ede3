/* `cpprof` as pprof: sources are fetched, and one report is made, or the shell is opened. */
#include "reader/reader.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "reader/commands.h"
#include "reader/flags.h"
#include "reader/source/source.h"
#include "reader/strconv.h"

enum { EXIT_DONE, EXIT_FAILED, EXIT_UNUSABLE };

bool reader_wants(int argc, char **argv) {
    if (argc < 1)
        return false;
    /* A name with one of these can only be a file or a URL: it is for pprof to say that it is not
     * there. */
    return (argv[0][0] == '-' && argv[0][1]) || report_command_find(argv[0]) ||
           strpbrk(argv[0], ".:/") || access(argv[0], F_OK) == 0;
}

static int fail(int err, const char *why) {
    char text[STRCONV_ERROR_BYTES];

    fprintf(stderr, "cpprof: %s\n", *why ? why : strconv_error(err, text));
    return EXIT_FAILED;
}

static int read_and_report(struct flags *f) {
    struct profile *p = NULL;
    char why[4096] = "";
    int err = source_fetch(&f->request, &p, why, sizeof why), status = EXIT_DONE;

    if (err < 0)
        return fail(err, why);
    if (!f->command)
        status = shell_run(p, &f->options);
    else if ((err = report_once(p, f->command, f->argument, &f->options, why, sizeof why)) < 0)
        status = fail(err, why);
    profile_free(p);
    return status;
}

int reader_main(int argc, char **argv) {
    const struct report_command *word = argc > 0 ? report_command_find(argv[0]) : NULL;
    struct flags f;

    switch (flags_parse(&f, word, argc - (word ? 1 : 0), argv + (word ? 1 : 0))) {
    case FLAGS_HELP_SHOWN:
        return EXIT_DONE;
    case FLAGS_UNUSABLE:
        return EXIT_UNUSABLE;
    case FLAGS_OK:
        break;
    }
    int status = read_and_report(&f);
    flags_release(&f);
    return status;
}
