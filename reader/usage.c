/* Help texts, from the tables of commands and options. */
#include "reader/usage.h"

#include <string.h>

#include "reader/commands.h"
#include "reader/options.h"

/* A name and the first line of its help. */
static void print_entry(FILE *to, const char *indent, const char *prefix, const char *name,
                        const char *help) {
    fprintf(to, "%s    %s%-*s %.*s\n", indent, prefix, 16 - (int)strlen(prefix), name,
            (int)strcspn(help, "\n"), help);
}

static void print_commands(FILE *to, const char *prefix) {
    for (size_t i = 0; i < n_report_commands; i++)
        print_entry(to, "", prefix, report_commands[i].name, report_commands[i].help);
}

static void print_options(FILE *to, const char *prefix) {
    fputs("\n  Options:\n", to);
    for (size_t i = 0; i < n_options; i++)
        if (!options_table[i].choices)
            print_entry(to, "", prefix, options_table[i].name, options_table[i].help);
    fputs("\n  Option groups (only set one per group):\n", to);
    for (size_t i = 0; i < n_options; i++) {
        if (!options_table[i].choices)
            continue;
        print_entry(to, "", "", options_table[i].name, "");
        for (const char *const *c = options_table[i].choices; *c; c++)
            print_entry(to, "  ", prefix, *c, option_help(*c));
    }
}

void usage_print_shell(FILE *to) {
    fputs("  Commands:\n", to);
    print_commands(to, "");
    print_entry(to, "", "", "o/options", "List options and their current values");
    print_entry(to, "", "", "q/quit/exit/^D", "Exit pprof");
    print_options(to, "");
}

static const char header[] =
    "usage:\n"
    "\n"
    "Produce output in the specified format.\n"
    "\n"
    "   cpprof <format> [options] [binary] <source> ...\n"
    "\n"
    "Omit the format to get an interactive shell whose commands can be used\n"
    "to generate various views of a profile\n"
    "\n"
    "   cpprof [options] [binary] <source> ...\n"
    "\n"
    "Details:\n"
    "  Output formats (select at most one):\n";

static const char sources[] =
    "\n"
    "  Source options:\n"
    "    -seconds              Duration for time-based profile collection\n"
    "    -timeout              Timeout in seconds for profile collection\n"
    "    -buildid              Override build id for main binary\n"
    "    -add_comment          Free-form annotation to add to the profile\n"
    "                          Displayed on some reports or with cpprof -comments\n"
    "    -diff_base source     Source of base profile for comparison\n"
    "    -base source          Source of base profile for profile subtraction\n"
    "    -all_frames           Ignore drop_frames and keep_frames of the profile\n"
    "    profile.pb.gz         Profile in compressed protobuf format\n"
    "    legacy_profile        Profile in legacy pprof format\n"
    "    http://host/profile   URL for profile handler to retrieve\n"
    "    -symbolize=           Controls source of symbol information\n"
    "      none                  Do not attempt symbolization\n"
    "      local                 Examine only local binaries\n"
    "      fastlocal             Only get function names from local binaries\n"
    "      remote                Do not examine local binaries\n"
    "      force                 Force re-symbolization\n"
    "    Binary                  Local path or build id of binary for symbolization\n"
    "    -tls_cert             TLS client certificate file for fetching profile and symbols\n"
    "    -tls_key              TLS private key file for fetching profile and symbols\n"
    "    -tls_ca               TLS CA certs file for fetching profile and symbols\n"
    "\n"
    "  Misc options:\n"
    "   -tools             Search path for object tools\n"
    "   -json, -csv        With -top, -tree, -peek, -tags: for programs\n"
    "   -o                 Same as -output\n"
    "\n"
    "  Legacy convenience options:\n"
    "   -inuse_space           Same as -sample_index=inuse_space\n"
    "   -inuse_objects         Same as -sample_index=inuse_objects\n"
    "   -alloc_space           Same as -sample_index=alloc_space\n"
    "   -alloc_objects         Same as -sample_index=alloc_objects\n"
    "   -total_delay           Same as -sample_index=delay\n"
    "   -contentions           Same as -sample_index=contentions\n"
    "   -mean_delay            Same as -mean -sample_index=delay\n"
    "\n"
    "  Environment Variables:\n"
    "   PPROF_TMPDIR       Location for saved profiles (default $HOME/pprof)\n"
    "   PPROF_TOOLS        Search path for object-level tools\n"
    "   PPROF_BINARY_PATH  Search path for local binary files\n"
    "                      default: $HOME/pprof/binaries\n"
    "                      searches $buildid/$name, $buildid/*, $path/$buildid,\n"
    "                      ${buildid:0:2}/${buildid:2}.debug, $name, $path,\n"
    "                      ${name}.debug, $dir/.debug/${name}.debug,\n"
    "                      usr/lib/debug/$dir/${name}.debug\n";

void usage_print(FILE *to) {
    fputs(header, to);
    print_commands(to, "-");
    print_options(to, "-");
    fputs(sources, to);
}
