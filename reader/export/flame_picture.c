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
    double scale;    /* pixels of a unit of width */
    uint32_t levels; /* rows, the root's too */
};

static double pixels(const struct picture *p, uint32_t node) {
    return (double)p->s->nodes[node].width_total * p->scale;
}

static int y_of(const struct picture *p, uint32_t depth) {
    return HEAD + (int)(p->levels - 1 - depth) * ROW;
}

static uint32_t colour_of(const struct picture *p, const struct stack_node *n) {
    char group[GROUP_BYTES];

    if (p->s->diff != STACKS_PLAIN)
        return diff_colour(n->base_total, n->value_total);
    unsigned hue = group_hue(flame_group(&p->s->frames[n->frame], group));
    return hsl_colour(hue, 65, n->frame % 2 ? 72 : 76);
}

/* `name (1.20s, 12.5%)`, and where two profiles are compared what it was. */
static void write_details(const struct picture *p, const struct stack_node *n, const char *name) {
    const struct stack_node *root = &p->s->nodes[0];
    char value[MEASURE_LABEL_BYTES], base[MEASURE_LABEL_BYTES], percent[MEASURE_LABEL_BYTES];
    const char *unit = p->r->sample_unit;

    measure_label(n->value_total, unit, "auto", value);
    measure_percentage(n->width_total, root->width_total, percent);
    emit_xml(p->to, name);
    fprintf(p->to, " (");
    emit_xml(p->to, value);
    if (p->s->diff == STACKS_BASE)
        fputs(", was ", p->to);
    else if (p->s->diff == STACKS_DIFFERENCE)
        fputs(" more, less ", p->to);
    if (p->s->diff != STACKS_PLAIN)
        emit_xml(p->to, measure_label(n->base_total, unit, "auto", base));
    fprintf(p->to, ", %s)", percent + strspn(percent, " "));
}

static int write_box(const struct picture *p, uint32_t node, double x) {
    const struct stack_node *n = &p->s->nodes[node];
    double width = pixels(p, node);
    char *name = node ? stack_frame_title(&p->s->frames[n->frame]) : strdup("root");
    if (!name)
        return -ENOMEM;
    fputs("<g><title>", p->to);
    write_details(p, n, name);
    fprintf(p->to,
            "</title><rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"#%06x\"/>", x,
            y_of(p, n->depth), width, ROW - 1, node ? colour_of(p, n) : 0xd9d9d9);
    if (width >= 3 * CHARACTER) {
        fprintf(p->to, "<text x=\"%.1f\" y=\"%d\">", x + 3, y_of(p, n->depth) + ROW - 5);
        emit_xml_clipped(p->to, name, (size_t)((width - 4) / CHARACTER));
        fputs("</text>", p->to);
    }
    fputs("</g>\n", p->to);
    free(name);
    return 0;
}

/* Boxes too small to be told apart, as one. */
static void write_run(const struct picture *p, uint32_t depth, double x, double width, size_t n) {
    if (width < 1)
        return;
    fprintf(p->to,
            "<g><title>%zu frames narrower than a pixel</title><rect x=\"%.1f\" y=\"%d\" "
            "width=\"%.1f\" height=\"%d\" fill=\"#e6e6e6\"/></g>\n",
            n, x, y_of(p, depth), width, ROW - 1);
}

/* The children of a node; what stands above each comes with it. `depth` is bounded by the stacks'.
 */
static int write_children(const struct picture *p, uint32_t parent, double x);

static int write_node(const struct picture *p, uint32_t node, double x) {
    int err = write_box(p, node, x);
    if (err || p->s->nodes[node].depth + 1 >= p->levels)
        return err;
    return write_children(p, node, x);
}

static int write_children(const struct picture *p, uint32_t parent, double x) {
    double run_x = x, run_width = 0;
    size_t run = 0;
    int err = 0;

    for (uint32_t c = p->s->nodes[parent].child; c && !err; c = p->s->nodes[c].sibling) {
        double width = pixels(p, c);
        if (width >= 1) {
            write_run(p, p->s->nodes[c].depth, run_x, run_width, run);
            err = write_node(p, c, x);
            run_x = x + width;
            run_width = 0;
            run = 0;
        } else {
            run_width += width;
            run++;
        }
        x += width;
    }
    if (run)
        write_run(p, p->s->nodes[parent].depth + 1, run_x, run_width, run);
    return err;
}

/* How many rows there are boxes in; deeper ones than MAX_LEVELS are not shown. */
static uint32_t visible_levels(const struct picture *p) {
    uint32_t deepest = 0;

    for (uint32_t i = 1; i < p->s->n_nodes; i++)
        if (pixels(p, i) >= 1 && p->s->nodes[i].depth > deepest)
            deepest = p->s->nodes[i].depth;
    deepest += 2; /* the root's row, and one for what is put together above */
    return deepest < MAX_LEVELS ? deepest : MAX_LEVELS;
}

static void write_title(const struct picture *p) {
    const struct stack_node *root = &p->s->nodes[0];
    char value[MEASURE_LABEL_BYTES];

    fprintf(p->to, "<text x=\"%d\" y=\"20\" class=\"t\">", MARGIN);
    if (p->r->title[0]) {
        emit_xml(p->to, p->r->title);
        fputs(": ", p->to);
    }
    emit_xml(p->to, p->r->sample_type);
    fputs(", ", p->to);
    emit_xml(p->to, measure_label(root->value_total, p->r->sample_unit, "auto", value));
    if (p->s->diff == STACKS_BASE) {
        fputs(", was ", p->to);
        emit_xml(p->to, measure_label(root->base_total, p->r->sample_unit, "auto", value));
    }
    if (p->s->diff != STACKS_PLAIN)
        fputs(" (red: more, green: less)", p->to);
    fputs("</text>\n", p->to);
}

int flame_picture(struct report *r, const struct stacks *s, FILE *to) {
    struct picture p = {.r = r, .s = s, .to = to};
    int64_t total = s->nodes[0].width_total;

    p.scale = total > 0 ? (double)(WIDTH - 2 * MARGIN) / (double)total : 0;
    p.levels = visible_levels(&p);
    int height = HEAD + (int)p.levels * ROW + FOOT;
    fprintf(to,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" "
            "height=\"%d\">\n<style>text{font:11px ui-monospace,Menlo,Consolas,monospace;"
            "fill:#111;pointer-events:none}.t{font-size:14px}rect{stroke:#fff;stroke-width:.5}g:"
            "hover rect{stroke:#111}</style>\n"
            "<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n",
            WIDTH, height, WIDTH, height);
    write_title(&p);
    int err = total > 0 ? write_node(&p, 0, MARGIN) : 0;
    fputs("</svg>\n", to);
    return err;
}
