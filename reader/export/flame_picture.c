/* The picture: rows of boxes, the root at the bottom. What is narrower than a pixel is put together
 * with its neighbours; a run of such boxes that is still narrower than a pixel is left out. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "reader/export/emit.h"
#include "reader/export/flame.h"
#include "reader/export/package.h"
#include "reader/measure.h"

enum { WIDTH = 1200, MARGIN = 10, ROW = 17, HEAD = 34, FOOT = 12, MAX_LEVELS = 1000 };
#define CHARACTER 6.6 /* pixels of one in the font below */

struct picture {
    struct report *r;
    const struct stacks *s;
    FILE *to;
    const struct stack_total *totals;
    double scale;    /* pixels of a unit of width */
    uint32_t levels; /* rows, the root's too */
};

/* Where the next box of a row is to be; and what was too small to be one since the last. */
struct row {
    double x, small_width;
    size_t small;
};

static double pixels(const struct picture *p, size_t node) {
    return (double)p->totals[node].width * p->scale;
}

static int y_of(const struct picture *p, uint32_t depth) {
    return HEAD + (int)(p->levels - 1 - depth) * ROW;
}

static uint32_t colour_of(const struct picture *p, size_t node) {
    const struct stack_node *n = &p->s->nodes[node];
    char group[GROUP_BYTES];

    if (p->s->diff != STACKS_PLAIN)
        return diff_colour(p->totals[node].base, p->totals[node].value);
    unsigned hue = group_hue(flame_group(&p->s->frames[n->frame], group));
    return hsl_colour(hue, 65, n->frame % 2 ? 72 : 76);
}

/* `name (1.20s, 12.5%)`, and where two profiles are compared what it was. */
static void write_details(const struct picture *p, size_t node, const char *name) {
    const struct stack_total *total = &p->totals[node];
    char value[MEASURE_LABEL_BYTES], base[MEASURE_LABEL_BYTES], percent[MEASURE_LABEL_BYTES];
    const char *unit = p->r->sample_unit;

    measure_label(total->value, unit, "auto", value);
    measure_percentage(total->width, p->totals[0].width, percent);
    emit_xml(p->to, name);
    fprintf(p->to, " (");
    emit_xml(p->to, value);
    if (p->s->diff == STACKS_BASE)
        fputs(", was ", p->to);
    else if (p->s->diff == STACKS_DIFFERENCE)
        fputs(" more, less ", p->to);
    if (p->s->diff != STACKS_PLAIN)
        emit_xml(p->to, measure_label(total->base, unit, "auto", base));
    fprintf(p->to, ", %s)", percent + strspn(percent, " "));
}

static int write_box(const struct picture *p, size_t node, double x) {
    const struct stack_node *n = &p->s->nodes[node];
    double width = pixels(p, node);
    char *name = node ? stack_frame_title(&p->s->frames[n->frame]) : strdup("root");
    if (!name)
        return -ENOMEM;
    fputs("<g><title>", p->to);
    write_details(p, node, name);
    fprintf(p->to,
            "</title><rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"#%06x\"/>", x,
            y_of(p, n->depth), width, ROW - 1, node ? colour_of(p, node) : 0xd9d9d9);
    if (width >= 3 * CHARACTER) {
        fprintf(p->to, "<text x=\"%.1f\" y=\"%d\">", x + 3, y_of(p, n->depth) + ROW - 5);
        emit_xml_clipped(p->to, name, (size_t)((width - 4) / CHARACTER));
        fputs("</text>", p->to);
    }
    fputs("</g>\n", p->to);
    free(name);
    return 0;
}

/* The boxes of a row that were too small to be told apart, as one. */
static void write_small(const struct picture *p, uint32_t depth, struct row *row) {
    if (row->small_width >= 1)
        fprintf(p->to,
                "<g><title>%zu frames narrower than a pixel</title><rect x=\"%.1f\" y=\"%d\" "
                "width=\"%.1f\" height=\"%d\" fill=\"#e6e6e6\"/></g>\n",
                row->small, row->x - row->small_width, y_of(p, depth), row->small_width, ROW - 1);
    row->small = 0;
    row->small_width = 0;
}

/* All boxes, in one pass: a node's box begins where that of the one before it in its row ended, or
 * where its caller's begins. What is below a box too small to be drawn is not looked at. */
static int write_boxes(const struct picture *p, struct row *rows) {
    uint32_t skipped = UINT32_MAX; /* nodes deeper than this */
    int err = 0;

    rows[0] = (struct row){.x = MARGIN};
    for (size_t i = 0; i < p->s->n_nodes && !err; i++) {
        uint32_t depth = p->s->nodes[i].depth;
        double width = pixels(p, i);
        if (depth > skipped || depth >= p->levels)
            continue;
        skipped = UINT32_MAX;
        struct row *row = &rows[depth];
        if (width >= 1) {
            write_small(p, depth, row);
            err = write_box(p, i, row->x);
            if (depth + 1 < p->levels) {
                write_small(p, depth + 1, &rows[depth + 1]);
                rows[depth + 1].x = row->x;
            }
        } else {
            row->small++;
            row->small_width += width;
            skipped = depth;
        }
        row->x += width;
    }
    for (uint32_t depth = 0; depth < p->levels; depth++)
        write_small(p, depth, &rows[depth]);
    return err;
}

/* How many rows there are boxes in; deeper ones than MAX_LEVELS are not shown. */
static uint32_t visible_levels(const struct picture *p) {
    uint32_t deepest = 0;

    for (size_t i = 1; i < p->s->n_nodes; i++)
        if (pixels(p, i) >= 1 && p->s->nodes[i].depth > deepest)
            deepest = p->s->nodes[i].depth;
    deepest += 2; /* the root's row, and one for what is put together above */
    return deepest < MAX_LEVELS ? deepest : MAX_LEVELS;
}

static void write_title(const struct picture *p) {
    char value[MEASURE_LABEL_BYTES];

    fprintf(p->to, "<text x=\"%d\" y=\"20\" class=\"t\">", MARGIN);
    if (p->r->title[0]) {
        emit_xml(p->to, p->r->title);
        fputs(": ", p->to);
    }
    emit_xml(p->to, p->r->sample_type);
    fputs(", ", p->to);
    emit_xml(p->to, measure_label(p->totals[0].value, p->r->sample_unit, "auto", value));
    if (p->s->diff == STACKS_BASE) {
        fputs(", was ", p->to);
        emit_xml(p->to, measure_label(p->totals[0].base, p->r->sample_unit, "auto", value));
    }
    if (p->s->diff != STACKS_PLAIN)
        fputs(" (red: more, green: less)", p->to);
    fputs("</text>\n", p->to);
}

static int write_picture(struct picture *p) {
    struct row *rows = calloc(MAX_LEVELS, sizeof *rows);
    int64_t total = p->totals[0].width;
    if (!rows)
        return -ENOMEM;
    p->scale = total > 0 ? (double)(WIDTH - 2 * MARGIN) / (double)total : 0;
    p->levels = visible_levels(p);
    int height = HEAD + (int)p->levels * ROW + FOOT;
    fprintf(p->to,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" "
            "height=\"%d\">\n<style>text{font:11px ui-monospace,Menlo,Consolas,monospace;"
            "fill:#111;pointer-events:none}.t{font-size:14px}rect{stroke:#fff;stroke-width:.5}"
            "g:hover rect{stroke:#111}</style>\n"
            "<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n",
            WIDTH, height, WIDTH, height);
    write_title(p);
    int err = total > 0 ? write_boxes(p, rows) : 0;
    fputs("</svg>\n", p->to);
    free(rows);
    return err;
}

int flame_picture(struct report *r, const struct stacks *s, FILE *to) {
    struct stack_total *totals = stacks_totals(s);
    struct picture p = {.r = r, .s = s, .to = to, .totals = totals};
    int err = totals ? write_picture(&p) : -ENOMEM;

    free(totals);
    return err;
}
