/* Stacks a line each. Names are pprof's, so that lines and files are shown where the granularity
 * asks for them. */
#include "reader/export/folded.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "reader/export/sums.h"

/* A frame in the format: what separates frames and lines cannot stand in it. */
static char *folded_name(const struct stack_frame *f) {
    struct node_info info = {
        .name = f->name,
        .orig_name = "",
        .address = f->address,
        .file = f->file,
        .line = f->line,
        .column = f->column,
        .objfile = f->library,
    };
    char *name = node_name(&info);

    for (char *c = name; c && *c; c++) {
        if (*c == ';')
            *c = ':';
        else if (*c == '\n' || *c == '\r')
            *c = ' ';
    }
    return name;
}

static void write_stack(const struct stacks *s, char *const *names, uint32_t *path, uint32_t node,
                        FILE *to) {
    const struct stack_node *end = &s->nodes[node];
    size_t n = 0;

    for (uint32_t at = node; at; at = s->nodes[at].parent)
        path[n++] = at;
    if (n == 0)
        fputs("[no stack]", to);
    while (n-- > 0)
        fprintf(to, "%s%s", names[s->nodes[path[n]].frame], n ? ";" : "");
    if (s->diff == STACKS_BASE)
        fprintf(to, " %" PRId64 " %" PRId64 "\n", end->base, end->value);
    else
        fprintf(to, " %" PRId64 "\n", difference(end->value, end->base));
}

static uint32_t depth_of(const struct stacks *s) {
    uint32_t depth = 0;
    for (size_t i = 0; i < s->n_nodes; i++)
        if (s->nodes[i].depth > depth)
            depth = s->nodes[i].depth;
    return depth;
}

int folded_write(const struct stacks *s, FILE *to) {
    char **names = calloc(s->n_frames + 1, sizeof *names);
    uint32_t *path = malloc((depth_of(s) + 1) * sizeof *path);
    int err = names && path ? 0 : -ENOMEM;

    for (size_t i = 0; i < s->n_frames && !err; i++)
        if (!(names[i] = folded_name(&s->frames[i])))
            err = -ENOMEM;
    if (!err) {
        uint32_t node = 0;
        do {
            if (s->nodes[node].value != 0 || s->nodes[node].base != 0)
                write_stack(s, names, path, node, to);
            node = stacks_next(s, node);
        } while (node);
    }
    for (size_t i = 0; names && i < s->n_frames; i++)
        free(names[i]);
    free(names);
    free(path);
    return err;
}
