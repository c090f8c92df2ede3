/* A whole reader: any bytes are refused with a reason, or give reports of every form that reads
 * nothing but the profile, under options that the input chooses. Nothing may crash, and a profile
 * that was read is valid. */
// link: reader/*.c reader/*/*.c symbolize/*.c base/*.c arena/*.c
// link: proto/*.c build/gen/proto/profile.pb-c.c
// libs: -lcurl -ledit -lpcre2-8 -lprotobuf-c -lz -ldw -lelf -l:libiberty.a -lpthread -lm
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reader/commands.h"
#include "reader/filter/filter.h"
#include "reader/source/source_parts.h"
#include "tests/fuzz/reader_heads.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);
int LLVMFuzzerInitialize(int *argc, char ***argv);

/* What reports warn of is not to fill the log. */
int LLVMFuzzerInitialize(int *argc, char ***argv) {
    static char *with_mask[64], option[] = "-close_fd_mask=2";
    int n = 0;

    for (; n < *argc && n < 62; n++)
        with_mask[n] = (*argv)[n];
    with_mask[n++] = option;
    *argc = n;
    *argv = with_mask;
    return 0;
}

static const char *const commands[] = {"top", "tree",      "peek", "traces",   "raw",      "tags",
                                       "dot", "callgrind", "text", "comments", "topproto", "proto"};
/* Options, of which each bit of two bytes chooses one. */
static const char *const settings[][2] = {
    {"focus", "a|x"},
    {"ignore", "b"},
    {"hide", "c$"},
    {"show", "."},
    {"show_from", "b::"},
    {"tagfocus", "bytes=1:9"},
    {"tagignore", "a"},
    {"tagroot", "bytes"},
    {"tagleaf", "a,bytes"},
    {"granularity", "lines"},
    {"granularity", "addresses"},
    {"call_tree", "true"},
    {"mean", "true"},
    {"relative_percentages", "true"},
    {"cum", "true"},
    {"drop_negative", "true"},
};

static void require(int condition, const char *what) {
    if (condition)
        return;
    fprintf(stderr, "fuzz_reader: %s\n", what);
    abort();
}

static void set_options(struct options *o, unsigned chosen) {
    char why[200];

    require(options_init(o) == 0, "no options");
    for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
        const struct option *option = option_find(settings[i][0]);

        if (chosen >> i & 1 && option)
            option_set(o, option, settings[i][1], why, sizeof(why));
    }
}

static void report(struct profile *p, const char *name, unsigned chosen) {
    const struct report_command *c = report_command_find(name);
    struct report *r = NULL;
    struct options o;
    char why[400] = "", *text = NULL;
    size_t n;
    FILE *to = open_memstream(&text, &n);

    require(c && to, "no command");
    set_options(&o, chosen);
    if (report_new(p, c->name, c->format, c->has_argument ? "a|b" : NULL, &o, &r, why,
                   sizeof(why)) == 0) {
        report_write(r, to, why, sizeof(why));
        report_free(r);
    }
    fclose(to);
    free(text);
    options_release(&o);
}

/* Parses anew for each report, which changes the profile. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    char why[400] = "";
    unsigned chosen = 0;
    uint8_t *text;
    size_t command = 0;
    struct profile *p = NULL;
    int err;

    if (n >= 3) {
        command = bytes[0] % (sizeof(commands) / sizeof(commands[0]));
        chosen = (unsigned)bytes[1] | (unsigned)bytes[2] << 8;
        bytes += 3;
        n -= 3;
    }
    text = with_head(bytes, n, &n);
    err = source_parse_within(text, n, 1 << 20, &p, why, sizeof(why));
    free(text);
    if (err < 0) {
        require(!p && why[0] != '\0', "refused without a reason");
        return 0;
    }
    require(profile_check(p, why, sizeof(why)) == 0, why);
    source_demangle(p, false, "");
    filter_uninteresting(p, why, sizeof(why));
    report(p, commands[command], chosen);
    profile_free(p);
    return 0;
}
