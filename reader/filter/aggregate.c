/* Granularity: what is not to tell locations apart is taken out of them. */
#include "reader/filter/filter.h"

struct detail {
    bool inlines, function, file, line, column, address;
};

static struct detail detail_of(enum granularity g, bool noinlines, bool showcolumns) {
    struct detail d = {.inlines = !noinlines, .column = showcolumns};

    d.address = g == GRANULARITY_ADDRESSES;
    d.line = d.address || g == GRANULARITY_LINES;
    d.file = d.line || g == GRANULARITY_FILES || g == GRANULARITY_FILEFUNCTIONS;
    d.function = g != GRANULARITY_FILES;
    return d;
}

static void reduce_location(struct profile_location *l, const struct detail *d) {
    if (!d->inlines && l->n_lines > 1) {
        l->lines += l->n_lines - 1;
        l->n_lines = 1;
    }
    for (size_t i = 0; i < l->n_lines; i++) {
        if (!d->line)
            l->lines[i].line = 0;
        if (!d->line || !d->column)
            l->lines[i].column = 0;
    }
    if (!d->address)
        l->address = 0;
}

int filter_aggregate(struct profile *p, enum granularity g, bool noinlines, bool showcolumns) {
    const struct detail d = detail_of(g, noinlines, showcolumns);

    /* with its inlined calls an address stays as it is, columns and all */
    if (d.address && d.inlines)
        return 0;
    for (size_t i = 0; i < p->n_mappings; i++) {
        p->mappings[i]->has_inline_frames &= d.inlines;
        p->mappings[i]->has_functions &= d.function;
        p->mappings[i]->has_filenames &= d.file;
        p->mappings[i]->has_line_numbers &= d.line;
    }
    for (size_t i = 0; i < p->n_functions; i++) {
        if (!d.function)
            p->functions[i]->name = p->functions[i]->system_name = "";
        if (!d.file)
            p->functions[i]->filename = "";
    }
    for (size_t i = 0; i < p->n_locations; i++)
        reduce_location(p->locations[i], &d);
    return 0;
}
