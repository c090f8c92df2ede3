/* `cpprof` as pprof: sources are fetched, and one report is made, or the shell is opened. */
#include "reader/reader.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "reader/commands.h"
#include "reader/export/export.h"
#include "reader/flags.h"
#include "reader/place.h"
#include "reader/source/source.h"
#include "reader/strconv.h"
#include "reader/usage.h"

enum { EXIT_DONE, EXIT_FAILED, EXIT_UNUSABLE };

bool reader_wants(int argc, char **argv) {
    if (argc < 1)
        return false;
    /* A name with one of these can only be a file or a URL: it is for pprof to say that it is not
     * there. */
    return (argv[0][0] == '-' && argv[0][1]) || flags_is_word(argv[0]) || strpbrk(argv[0], ".:/") ||
           access(argv[0], F_OK) == 0;
}

static int fail(int err, const char *why) {
    char text[STRCONV_ERROR_BYTES];

    fprintf(stderr, "cpprof: %s\n", *why ? why : strconv_error(err, text));
    return EXIT_FAILED;
}

/* ---- what pprof does not have */

struct export_job {
    const struct flags *flags;
    struct profile *p, *other; /* for diff, base and new */
};

static int write_export(void *ctx, FILE *to, char *why, size_t why_bytes) {
    struct export_job *job = ctx;
    const struct flags *f = job->flags;

    if (job->other)
        return export_diff(job->p, job->other, &f->options, &f->export, to, why, why_bytes);
    return export_run(job->p, f->word, f->argument, &f->options, &f->export, to, why, why_bytes);
}

/* The page or picture of a flame graph is not for a terminal. */
static const char *export_suffix(const struct flags *f) {
    if (strcmp(f->word, "flame") != 0 || f->export.form == EXPORT_JSON)
        return NULL;
    return f->export.form == EXPORT_SVG ? "svg" : "html";
}

static int export_profile(const struct flags *f, struct profile *p, struct profile *other) {
    struct export_job job = {.flags = f, .p = p, .other = other};
    struct place at = {.output = f->options.output, .suffix = export_suffix(f), .fd = -1};
    char why[4096] = "";
    int err = place_fill(&at, write_export, &job, why, sizeof why);

    return err == 0 ? EXIT_DONE : fail(err, why);
}

/* The two profiles are read apart. */
static int diff(const struct flags *f) {
    struct profile *two[2] = {NULL, NULL};
    char why[4096] = "";
    int err = 0, status;

    for (size_t i = 0; i < 2 && err == 0; i++) {
        struct source_request one = f->request;

        one.sources += i;
        one.n_sources = 1;
        err = source_fetch(&one, &two[i], why, sizeof why);
    }
    status = err < 0 ? fail(err, why) : export_profile(f, two[0], two[1]);
    profile_free(two[0]);
    profile_free(two[1]);
    return status;
}

/* ---- what it has */

static int report(const struct flags *f, struct profile *p) {
    char why[4096] = "";
    int err = report_once(p, f->command, f->argument, &f->options, why, sizeof why);

    return err < 0 ? fail(err, why) : EXIT_DONE;
}

static int read_and_report(struct flags *f) {
    struct profile *p = NULL;
    char why[4096] = "";
    int err, status;

    if (f->word && strcmp(f->word, "diff") == 0)
        return diff(f);
    err = source_fetch(&f->request, &p, why, sizeof why);
    if (err < 0)
        return fail(err, why);
    if (!f->word)
        status = shell_run(p, &f->options);
    else if (export_wants(f->word, f->export.form))
        status = export_profile(f, p, NULL);
    else
        status = report(f, p);
    profile_free(p);
    return status;
}

int reader_main(int argc, char **argv) {
    const char *word = argc > 0 && flags_is_word(argv[0]) ? argv[0] : NULL;
    struct flags f;
    int status;

    if (word && argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
        usage_print_word(stdout, word);
        return EXIT_DONE;
    }
    switch (flags_parse(&f, word, argc - (word ? 1 : 0), argv + (word ? 1 : 0))) {
    case FLAGS_HELP_SHOWN:
        return EXIT_DONE;
    case FLAGS_UNUSABLE:
        return EXIT_UNUSABLE;
    case FLAGS_OK:
        break;
    }
    /* Whoever executed us may have it ignored; programs that are started are waited for. */
    signal(SIGCHLD, SIG_DFL);
    if (f.request.tools && *f.request.tools) /* for the disassembler, also that of the shell */
        setenv("PPROF_TOOLS", f.request.tools, 1);
    status = read_and_report(&f);
    flags_release(&f);
    return status;
}
