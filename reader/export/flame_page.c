/* The page: its sources are files beside this one, put into the command when it is built. The
 * stacks go in as columns of numbers, strings once each, the tree in preorder with the depth of
 * each node; so a page of 100 000 stacks is some megabytes. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "proto/hash.h"
#include "reader/export/emit.h"
#include "reader/export/flame.h"
#include "reader/export/index.h"
#include "reader/export/package.h"

/* Each a string, by name `flame_html`, ... The Makefile knows that this file depends on them. */
#define EMBED(name, path)                                                                          \
    __asm__(".pushsection .rodata\n" #name ":\n.incbin \"" path "\"\n.byte 0\n.popsection\n");     \
    extern const char name[] __attribute__((visibility("hidden")))
EMBED(flame_html, "reader/export/flame.html");
EMBED(flame_css, "reader/export/flame.css");
EMBED(flame_stacks_js, "reader/export/flame_stacks.js");
EMBED(flame_js, "reader/export/flame.js");

/* ---- strings, each once */

struct strings {
    char **texts; /* owned */
    size_t n;
    struct index index;
};

static bool same_text(const void *elements, uint32_t number, const void *key) {
    return strcmp(((char *const *)elements)[number], key) == 0;
}

static int64_t string_number(struct strings *s, const char *text) {
    if (!grow_array(&s->texts, s->n, sizeof *s->texts))
        return -ENOMEM;
    int64_t number = index_find_or_add(&s->index, hash_bytes(text, strlen(text), 0), same_text,
                                       s->texts, text, (uint32_t)s->n);
    if (number < 0)
        return -ENOMEM;
    if ((size_t)number == s->n) {
        if (!(s->texts[s->n] = strdup(text)))
            return -ENOMEM;
        s->n++;
    }
    return number;
}

static void strings_release(struct strings *s) {
    for (size_t i = 0; i < s->n; i++)
        free(s->texts[i]);
    free(s->texts);
    index_release(&s->index);
}

/* ---- the data */

const char *flame_group(const struct stack_frame *f, char group[GROUP_BYTES]) {
    size_t n = package_length(f->name);

    snprintf(group, GROUP_BYTES, "%.*s", n ? (int)(n < GROUP_BYTES ? n : GROUP_BYTES) : GROUP_BYTES,
             n ? f->name : f->library);
    return group;
}

enum { OF_TITLE, OF_FILE, OF_LIBRARY, OF_PACKAGE, N_FRAME_TEXTS };

static int frame_text(struct strings *strings, const struct stack_frame *f, int which) {
    char group[GROUP_BYTES];
    char *title = NULL;
    const char *text = which == OF_FILE ? f->file : f->library;

    if (which == OF_PACKAGE)
        text = flame_group(f, group);
    if (which == OF_TITLE && !(text = title = stack_frame_title(f)))
        return -ENOMEM;
    int64_t number = string_number(strings, text);
    free(title);
    return (int)number;
}

/* Columns of the frames; libraries and packages are strings of `groups`. */
static int write_frames(const struct stacks *s, struct strings *texts, struct strings *groups,
                        FILE *to) {
    static const char *const names[] = {"title", "file", "library", "package"};

    for (int which = 0; which < N_FRAME_TEXTS; which++) {
        fprintf(to, "%s\"%s\":[", which ? ",\n" : "", names[which]);
        for (size_t i = 0; i < s->n_frames; i++) {
            int number = frame_text(which < OF_LIBRARY ? texts : groups, &s->frames[i], which);
            if (number < 0)
                return -ENOMEM;
            fprintf(to, "%s%d", i ? "," : "", number);
        }
        putc(']', to);
    }
    return 0;
}

static void write_texts(const char *name, const struct strings *s, FILE *to) {
    fprintf(to, ",\n\"%s\":[", name);
    for (size_t i = 0; i < s->n; i++) {
        if (i)
            fputs(",\n", to);
        emit_json_string(to, s->texts[i]);
    }
    putc(']', to);
}

static int64_t node_column(const struct stack_node *n, int column) {
    switch (column) {
    case 0:
        return n->depth;
    case 1:
        return (int64_t)n->frame * 2 + n->inlined;
    case 2:
        return n->value;
    default:
        return n->base;
    }
}

/* Columns of the nodes but for the root, in preorder. */
static void write_nodes(const struct stacks *s, FILE *to) {
    static const char *const names[] = {"depth", "frame", "value", "base"};
    int n_columns = s->diff == STACKS_PLAIN ? 3 : 4;

    for (int column = 0; column < n_columns; column++) {
        fprintf(to, "%s\"%s\":[", column ? ",\n" : "", names[column]);
        for (size_t i = 1; i < s->n_nodes; i++) {
            if (i > 1)
                putc(',', to);
            emit_int(to, node_column(&s->nodes[i], column));
        }
        putc(']', to);
    }
}

static void write_labels(struct report *r, FILE *to) {
    char **labels = report_labels(r);

    fputs("\"labels\":[", to);
    for (size_t i = 0; labels && labels[i]; i++) {
        if (i)
            putc(',', to);
        emit_json_string(to, labels[i]);
    }
    fputs("],\n", to);
    report_labels_free(labels);
}

static int write_data(struct report *r, const struct stacks *s, struct strings *texts,
                      struct strings *groups, FILE *to) {
    static const char *const diffs[] = {"", "base", "difference"};

    fputs("{\"title\":", to);
    emit_json_string(to, r->title);
    fputs(",\"type\":", to);
    emit_json_string(to, r->sample_type);
    fputs(",\"unit\":", to);
    emit_json_string(to, r->sample_unit);
    fprintf(to, ",\"diff\":\"%s\",\n", diffs[s->diff]);
    write_labels(r, to);
    fprintf(to, "\"root\":[%" PRId64 ",%" PRId64 "],\n\"frames\":{", s->nodes[0].value,
            s->nodes[0].base);
    int err = write_frames(s, texts, groups, to);
    if (err)
        return err;
    fputs("},\n\"nodes\":{", to);
    write_nodes(s, to);
    fputs("}", to);
    write_texts("strings", texts, to);
    write_texts("groups", groups, to);
    fputs(",\n\"hues\":[", to);
    for (size_t i = 0; i < groups->n; i++)
        fprintf(to, "%s%u", i ? "," : "", group_hue(groups->texts[i]));
    fputs("]}", to);
    return 0;
}

/* ---- the page */

/* Writes the page up to a place that is named in it, and returns what comes after that. */
static const char *write_until(const char *page, const char *place, FILE *to) {
    const char *at = strstr(page, place);
    if (!at)
        abort(); /* the page was built without it */
    fwrite(page, 1, (size_t)(at - page), to);
    return at + strlen(place);
}

int flame_page(struct report *r, const struct stacks *s, FILE *to) {
    struct strings texts = {0}, groups = {0};
    const char *page = write_until(flame_html, "@TITLE@", to);

    emit_xml(to, r->title[0] ? r->title : "profile");
    page = write_until(page, "@STYLE@", to);
    fputs(flame_css, to);
    page = write_until(page, "@DATA@", to);
    int err = write_data(r, s, &texts, &groups, to);
    page = write_until(page, "@SCRIPT@", to);
    fputs(flame_stacks_js, to);
    fputs(flame_js, to);
    fputs(page, to);
    strings_release(&texts);
    strings_release(&groups);
    return err;
}
