/* How nodes are called. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reader/graph/memory.h"
#include "reader/paths.h"

/* Text that is put together in a buffer that may be too small, or not there. */
struct text {
    char *at;
    size_t room, length;
    const char *separator;
};

/* One component, behind a separator if it is not the first. */
__attribute__((format(printf, 2, 3))) static void component(struct text *t, const char *format,
                                                            ...) {
    va_list args;
    size_t left = t->length < t->room ? t->room - t->length : 0;

    if (t->length > 0) {
        t->length += (size_t)snprintf(left ? t->at + t->length : NULL, left, "%s", t->separator);
        left = t->length < t->room ? t->room - t->length : 0;
    }
    va_start(args, format);
    t->length += (size_t)vsnprintf(left ? t->at + t->length : NULL, left, format, args);
    va_end(args);
}

size_t node_name_into(const struct node_info *info, const char *separator, char *text,
                      size_t text_bytes) {
    struct text t = {.at = text, .room = text_bytes, .separator = separator};

    if (info->address != 0)
        component(&t, "%016" PRIx64, info->address);
    if (*info->name)
        component(&t, "%s", info->name);
    if (info->line != 0 && info->column != 0) {
        component(&t, "%s:%" PRId64 ":%" PRId64, info->file, info->line, info->column);
    } else if (info->line != 0) {
        component(&t, "%s:%" PRId64, info->file, info->line);
    } else if (*info->file) {
        component(&t, "%s", info->file);
    } else if (!*info->name && *info->objfile) {
        size_t n;
        const char *base = path_base(info->objfile, &n);
        component(&t, "[%.*s]", (int)n, base);
    } else if (!*info->name) {
        component(&t, "<unknown>");
    }
    return t.length;
}

char *node_name(const struct node_info *info) {
    size_t n = node_name_into(info, " ", NULL, 0) + 1;
    char *text = malloc(n);

    if (text)
        node_name_into(info, " ", text, n);
    return text;
}

/* Whether the name of the function is all there is to say. */
static bool is_plain(const struct node_info *i) {
    return i->address == 0 && i->line == 0 && !*i->file && *i->name;
}

static bool is_shown(const struct graph_node *n) {
    return n->index != SIZE_MAX || n->n_in > 0 || n->n_out > 0;
}

int memory_name_nodes(struct graph_memory *m) {
    size_t bytes = 1;
    char *at;

    if (m->names)
        return 0;
    for (uint32_t i = 0; i < m->n_nodes; i++)
        if (is_shown(&m->nodes[i]) && !is_plain(&m->nodes[i].info))
            bytes += node_name_into(&m->nodes[i].info, " ", NULL, 0) + 1;
    m->names = at = malloc(bytes);
    if (!at)
        return -ENOMEM;
    for (uint32_t i = 0; i < m->n_nodes; i++) {
        struct graph_node *n = &m->nodes[i];
        n->printable = n->info.name;
        if (!is_shown(n) || is_plain(&n->info))
            continue;
        n->printable = at;
        at += node_name_into(&n->info, " ", at, bytes - (size_t)(at - m->names)) + 1;
    }
    return 0;
}
