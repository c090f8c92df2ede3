/* `cpprof symbolize`: names for the addresses of profiles that were written without.
 *
 * The agent runs it on the files of a dump, all at once, so that they share what was read of each
 * library. A file that is no profile does not keep the others from being symbolized. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "collector/commands.h"
#include "collector/message.h"
#include "proto/profile.h"
#include "symbolize/symbolize.h"

static int symbolize_one(struct symbolizer *s, const char *in, const char *out,
                         const struct symbolize_options *options) {
    struct profile *p = NULL;
    char why[256] = "";
    int rc = profile_read(in, NULL, &p, why, sizeof(why));

    if (rc < 0) {
        message("%s: %s", in, why[0] ? why : strerror(-rc));
        return EXIT_UNUSABLE;
    }
    rc = symbolize_profile(s, p, options);
    if (rc == 0) {
        profile_renumber(p);
        rc = profile_write(p, out);
    }
    if (rc < 0)
        message("%s: %s", out, strerror(-rc));
    profile_free(p);
    return rc < 0 ? EXIT_PARTLY : EXIT_DONE;
}

static int symbolize_all(char **files, int n, const char *out,
                         const struct symbolize_options *options) {
    struct symbolizer *s = symbolizer_new();
    int status = EXIT_DONE;

    if (!s) {
        message("%s", strerror(ENOMEM));
        return EXIT_PARTLY;
    }
    for (int i = 0; i < n; i++) {
        int one = symbolize_one(s, files[i], out ? out : files[i], options);

        if (one > status)
            status = one;
    }
    symbolizer_free(s);
    return status;
}

int cmd_symbolize(int argc, char **argv) {
    static const struct option long_options[] = {{"output", required_argument, NULL, 'o'},
                                                 {"debug-path", required_argument, NULL, 'd'},
                                                 {"exe", required_argument, NULL, 'e'},
                                                 {0}};
    struct symbolize_options options = {0};
    const char *out = NULL;

    message_command("symbolize");
    opterr = 0;
    for (int c; (c = getopt_long(argc, argv, "o:", long_options, NULL)) != -1;) {
        if (c == 'o')
            out = optarg;
        else if (c == 'd')
            options.debug_path = optarg;
        else if (c == 'e')
            options.exe = optarg;
        else
            return usage_error("bad option %s", argv[optind - 1]);
    }
    if (optind == argc)
        return usage_error("which file?");
    if (out && argc - optind > 1)
        return usage_error("-o takes one file");
    /* Whoever executed us may have it ignored; the readers of files are waited for. */
    signal(SIGCHLD, SIG_DFL);
    return symbolize_all(argv + optind, argc - optind, out, &options);
}
