/* The table of report commands, with pprof's texts. */
#include <string.h>

#include "reader/commands.h"

#define LIMITS   " [n] [focus_regex]* [-ignore_regex]*"
#define FILTERS  "Include samples matching focus_regex, and exclude ignore_regex."
#define REDIRECT "\nOptionally save the report on the file f"

#define GRAPH_USAGE(c)      c LIMITS "\nInclude up to n samples\n" FILTERS
#define GRAPH_FILE_USAGE(c) c LIMITS " >f\nInclude up to n samples\n" FILTERS REDIRECT
#define TEXT_USAGE(c)                                                                              \
    c LIMITS " [-cum] >f\nInclude up to n samples\n" FILTERS                                       \
             "\n-cum sorts the output by cumulative weight" REDIRECT
#define LIST_ABOUT                                                                                 \
    "\nInclude functions matching func_regex, or including the address specified.\n" FILTERS
#define LIST_LIMITS "<func_regex|address> [-focus_regex]* [-ignore_regex]*"

/* Browsers come before xdg-open: pictures hold a script, and are best seen in one. */
static const char *const browsers[] = {"$BROWSER", "chrome",           "google-chrome", "chromium",
                                       "firefox",  "sensible-browser", "xdg-open",      NULL};
static const char *const eog[] = {"eog", NULL};
static const char *const evince[] = {"evince", NULL};
static const char *const gv[] = {"gv --noantialias", NULL};
static const char *const kcachegrind[] = {"kcachegrind", NULL};

#define TEXT .format = REPORT_TEXT, .help = "Outputs top entries in text form"
#define PICTURE(c)                                                                                 \
    .name = c, .format = REPORT_DOT, .picture = c, .suffix = c, .usage = GRAPH_FILE_USAGE(c)
#define VIEWER(c, program, type)                                                                   \
    .name = c, .format = REPORT_DOT, .picture = type, .suffix = type, .viewers = program,          \
    .usage = GRAPH_USAGE(c)

const struct report_command report_commands[] = {
    {.name = "callgrind",
     .format = REPORT_CALLGRIND,
     .suffix = "callgraph.out",
     .help = "Outputs a graph in callgrind format",
     .usage = GRAPH_FILE_USAGE("callgrind")},
    {.name = "comments",
     .format = REPORT_COMMENTS,
     .help = "Output all profile comments",
     .usage = ""},
    {.name = "disasm",
     .format = REPORT_DISASM,
     .has_argument = true,
     .help = "Output assembly listings annotated with samples",
     .usage = "disasm" LIST_LIMITS " >f" LIST_ABOUT REDIRECT},
    {.name = "dot",
     .format = REPORT_DOT,
     .help = "Outputs a graph in DOT format",
     .usage = GRAPH_FILE_USAGE("dot")},
    {VIEWER("eog", eog, "svg"), .help = "Visualize graph through eog"},
    {VIEWER("evince", evince, "pdf"), .help = "Visualize graph through evince"},
    {PICTURE("gif"), .help = "Outputs a graph image in GIF format"},
    {VIEWER("gv", gv, "ps"), .help = "Visualize graph through gv"},
    {.name = "kcachegrind",
     .format = REPORT_CALLGRIND,
     .suffix = "grind",
     .viewers = kcachegrind,
     .help = "Visualize report in KCachegrind",
     .usage = GRAPH_USAGE("kcachegrind")},
    {.name = "list",
     .format = REPORT_LIST,
     .has_argument = true,
     .help = "Output annotated source for functions matching regexp",
     .usage = "list" LIST_LIMITS LIST_ABOUT},
    {PICTURE("pdf"), .help = "Outputs a graph in PDF format"},
    {.name = "peek",
     .format = REPORT_TREE,
     .has_argument = true,
     .help = "Output callers/callees of functions matching regexp",
     .usage = "peek func_regex\nDisplay callers and callees of functions matching func_regex."},
    {PICTURE("png"), .help = "Outputs a graph image in PNG format"},
    {.name = "proto",
     .format = REPORT_PROTO,
     .suffix = "pb.gz",
     .help = "Outputs the profile in compressed protobuf format",
     .usage = ""},
    {PICTURE("ps"), .help = "Outputs a graph in PS format"},
    {.name = "raw",
     .format = REPORT_RAW,
     .help = "Outputs a text representation of the raw profile",
     .usage = ""},
    {PICTURE("svg"), .help = "Outputs a graph in SVG format"},
    {.name = "tags",
     .format = REPORT_TAGS,
     .help = "Outputs all tags in the profile",
     .usage = "tags [tag_regex]* [-ignore_regex]* [>file]\n"
              "List tags with key:value matching tag_regex and exclude ignore_regex."},
    {.name = "text", TEXT, .usage = TEXT_USAGE("text")},
    {.name = "top", TEXT, .usage = TEXT_USAGE("top")},
    {.name = "topproto",
     .format = REPORT_TOPPROTO,
     .suffix = "pb.gz",
     .help = "Outputs top entries in compressed protobuf format",
     .usage = ""},
    {.name = "traces",
     .format = REPORT_TRACES,
     .help = "Outputs all profile samples in text form",
     .usage = ""},
    {.name = "tree",
     .format = REPORT_TREE,
     .help = "Outputs a text rendering of call graph",
     .usage = TEXT_USAGE("tree")},
    {VIEWER("web", browsers, "svg"), .help = "Visualize graph through web browser"},
    {.name = "weblist",
     .format = REPORT_WEBLIST,
     .has_argument = true,
     .suffix = "html",
     .viewers = browsers,
     .help = "Display annotated source in a web browser",
     .usage = "weblist" LIST_LIMITS LIST_ABOUT},
};
const size_t n_report_commands = sizeof report_commands / sizeof report_commands[0];

const struct report_command *report_command_find(const char *name) {
    for (size_t i = 0; i < n_report_commands; i++)
        if (strcmp(report_commands[i].name, name) == 0)
            return &report_commands[i];
    return NULL;
}
