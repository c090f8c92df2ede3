/* The table of options, in the order in which pprof lists them, with its texts. */
#include "reader/options.h"

#include <string.h>

static const char *const sort_choices[] = {"cum", "flat", NULL};
static const char *const granularity_choices[] = {"functions", "filefunctions", "files",
                                                  "lines",     "addresses",     NULL};

#define TAG_FILTER_HELP                                                                            \
    "Use name=value syntax to limit the matching to a specific tag.\n"                             \
    "Numeric tag filter examples: 1kb, 1kb:10kb, memory=32mb:\n"                                   \
    "String tag filter examples: foo, foo.*bar, mytag=foo.*bar\n"
#define MATCHING_HELP "Matching includes the function name, filename or object name.\n"

#define OPTION(name, type, help) #name, type, NULL, offsetof(struct options, name), help
#define CHOICE(name, field, choices)                                                               \
    name, OPTION_CHOICE, choices, offsetof(struct options, field), NULL

const struct option options_table[] = {
    {OPTION(call_tree, OPTION_BOOL,
            "Create a context-sensitive call tree\n"
            "Treat locations reached through different paths as separate.\n")},
    {OPTION(compact_labels, OPTION_BOOL, "Show minimal headers")},
    {OPTION(divide_by, OPTION_FLOAT,
            "Ratio to divide all samples before visualization\n"
            "Divide all samples values by a constant, eg the number of processors or jobs.\n")},
    {OPTION(drop_negative, OPTION_BOOL,
            "Ignore negative differences\n"
            "Do not show any locations with values <0.\n")},
    {OPTION(edgefraction, OPTION_FLOAT, "Hide edges below <f>*total")},
    {OPTION(focus, OPTION_STRING,
            "Restricts to samples going through a node matching regexp\n"
            "Discard samples that do not include a node matching this regexp.\n" MATCHING_HELP)},
    {CHOICE("granularity", granularity, granularity_choices)},
    {OPTION(hide, OPTION_STRING,
            "Skips nodes matching regexp\n"
            "Discard nodes that match this location.\n"
            "Other nodes from samples that include this location will be shown.\n" MATCHING_HELP)},
    {OPTION(ignore, OPTION_STRING,
            "Skips paths going through any nodes matching regexp\n"
            "If set, discard samples that include a node matching this regexp.\n" MATCHING_HELP)},
    {OPTION(intel_syntax, OPTION_BOOL,
            "Show assembly in Intel syntax\n"
            "Only applicable to commands `disasm` and `weblist`\n")},
    {OPTION(mean, OPTION_BOOL,
            "Average sample value over first value (count)\n"
            "For memory profiles, report average memory per allocation.\n"
            "For time-based profiles, report average time per event.\n")},
    {OPTION(nodecount, OPTION_INT,
            "Max number of nodes to show\n"
            "Uses heuristics to limit the number of locations to be displayed.\n"
            "On graphs, dotted edges represent paths through nodes that have been removed.\n")},
    {OPTION(nodefraction, OPTION_FLOAT, "Hide nodes below <f>*total")},
    {OPTION(noinlines, OPTION_BOOL,
            "Ignore inlines.\n"
            "Attributes inlined functions to their first out-of-line caller.\n")},
    {OPTION(normalize, OPTION_BOOL, "Scales profile based on the base profile.\n")},
    {OPTION(output, OPTION_STRING, "Output filename for file-based outputs\n")},
    {OPTION(prune_from, OPTION_STRING,
            "Drops any functions below the matched frame.\n"
            "If set, any frames matching the specified regexp and any frames\n"
            "below it will be dropped from each sample.\n")},
    {OPTION(relative_percentages, OPTION_BOOL,
            "Show percentages relative to focused subgraph\n"
            "If unset, percentages are relative to full graph before focusing\n"
            "to facilitate comparison with original graph.\n")},
    {OPTION(sample_index, OPTION_STRING,
            "Sample value to report (0-based index or name)\n"
            "Profiles contain multiple values per sample.\n"
            "Use sample_index=i to select the ith value (starting at 0).\n")},
    {OPTION(show, OPTION_STRING,
            "Only show nodes matching regexp\n"
            "If set, only show nodes that match this location.\n" MATCHING_HELP)},
    {OPTION(show_from, OPTION_STRING,
            "Drops functions above the highest matched frame.\n"
            "If set, all frames above the highest match are dropped from every "
            "sample.\n" MATCHING_HELP)},
    {OPTION(showcolumns, OPTION_BOOL, "Show column numbers at the source code line level.\n")},
    {CHOICE("sort", sort_cum, sort_choices)},
    {OPTION(source_path, OPTION_STRING, "Search path for source files")},
    {OPTION(tagfocus, OPTION_STRING,
            "Restricts to samples with tags in range or matched by regexp\n" TAG_FILTER_HELP)},
    {OPTION(taghide, OPTION_STRING,
            "Skip tags matching this regexp\n"
            "Discard tags that match this regexp\n")},
    {OPTION(tagignore, OPTION_STRING,
            "Discard samples with tags in range or matched by regexp\n" TAG_FILTER_HELP)},
    {OPTION(tagleaf, OPTION_STRING,
            "Adds pseudo stack frames for labels key/value pairs at the callstack leaf.\n"
            "A comma-separated list of label keys.\n"
            "The last key creates frames at the new leaf.\n")},
    {OPTION(tagroot, OPTION_STRING,
            "Adds pseudo stack frames for labels key/value pairs at the callstack root.\n"
            "A comma-separated list of label keys.\n"
            "The first key creates frames at the new root.\n")},
    {OPTION(tagshow, OPTION_STRING,
            "Only consider tags matching this regexp\n"
            "Discard tags that do not match this regexp\n")},
    {OPTION(trim, OPTION_BOOL,
            "Honor nodefraction/edgefraction/nodecount defaults\n"
            "Set to false to get the full profile, without any trimming.\n")},
    {OPTION(trim_path, OPTION_STRING, "Path to trim from source paths before search")},
    {OPTION(unit, OPTION_STRING,
            "Measurement units to display\n"
            "Scale the sample values to this unit.\n"
            "For time-based profiles, use seconds, milliseconds, nanoseconds, etc.\n"
            "For memory profiles, use megabytes, kilobytes, bytes, etc.\n"
            "Using auto will scale each value independently to the most natural unit.\n")},
};
const size_t n_options = sizeof options_table / sizeof options_table[0];

static const struct {
    const char *name, *help;
} choice_help[] = {
    {"addresses", "Aggregate at the address level.\n"
                  "Includes functions' addresses in the output.\n"},
    {"cum", "Sort entries based on cumulative weight\n"},
    {"filefunctions", "Aggregate at the function level.\n"
                      "Takes into account the filename where the function was defined.\n"},
    {"files", "Aggregate at the file level."},
    {"flat", "Sort entries based on own weight\n"},
    {"functions", "Aggregate at the function level.\n"
                  "Ignores the filename where the function was defined.\n"},
    {"lines", "Aggregate at the source code line level."},
};

const char *option_help(const char *name) {
    for (size_t i = 0; i < sizeof choice_help / sizeof choice_help[0]; i++)
        if (strcmp(choice_help[i].name, name) == 0)
            return choice_help[i].help;
    const struct option *o = option_find(name);
    return o ? o->help : NULL;
}
