/* Stacks a line each. Names are pprof's, so that lines and files are shown where the granularity
 * asks for them. */
#include "reader/export/folded.h"

#include <errno.h>
#include <stdlib.h>

#include "reader/export/emit.h"
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

/* The stack that ends with the last of the path's nodes. */
static void write_stack(const struct stacks *s, char *const *names, const uint32_t *path,
                        const struct stack_node *end, FILE *to) {
    if (end->depth == 0)
        fputs("[no stack]", to);
    for (uint32_t i = 1; i <= end->depth; i++)
        fprintf(to, "%s%s", i > 1 ? ";" : "", names[path[i]]);
    putc(' ', to);
    if (s->diff == STACKS_BASE) {
        emit_int(to, end->base);
        putc(' ', to);
        emit_int(to, end->value);
    } else {
        emit_int(to, difference(end->value, end->base));
    }
    putc('\n', to);
}

int folded_write(const struct stacks *s, FILE *to) {
    char **names = calloc(s->n_frames + 1, sizeof *names);
    uint32_t *path = malloc(((size_t)s->depth + 1) * sizeof *path); /* frames, by depth */
    int err = names && path ? 0 : -ENOMEM;

    for (size_t i = 0; i < s->n_frames && !err; i++)
        if (!(names[i] = folded_name(&s->frames[i])))
            err = -ENOMEM;
    for (size_t i = 0; i < s->n_nodes && !err; i++) {
        const struct stack_node *n = &s->nodes[i];
        path[n->depth] = n->frame;
        if (n->value != 0 || n->base != 0)
            write_stack(s, names, path, n, to);
    }
    for (size_t i = 0; names && i < s->n_frames; i++)
        free(names[i]);
    free(names);
    free(path);
    return err;
}
