/* Printing stacks in Go's form. */
#include "collector/serve/legacy_stack.h"

#include <inttypes.h>
#include <string.h>

#include "arena/comments.h"

enum {
    TAB = 8,
    STRING_MAX = 4096, /* bytes of a name or path */
    LABELS_MAX = 4,    /* with keys and values as long as that */
    ALIGN_MAX = 100    /* a longer name does not push the files of others to the right */
};

struct clean {
    char s[STRING_MAX + 1];
};

static const char *clean(struct clean *c, const char *s) {
    text_clean(c->s, sizeof c->s, s, strlen(s));
    return c->s;
}

/* ---- addresses */

/* Readers of the text subtract 1 from every address, to be in the call that returns there. The
 * profile's addresses are that already, but for those of threads that ran: 1 is added to all. */
void legacy_stack_addresses(const struct profile_sample *s, FILE *out) {
    for (size_t i = 0; i < s->n_locations; i++)
        fprintf(out, " 0x%" PRIx64, s->locations[i]->address + 1);
    fputs(s->n_locations ? "\n" : " 0x1\n", out);
}

/* ---- labels */

/* Text that has been cleaned, as a string of JSON. */
static void write_json(const char *s, FILE *out) {
    fputc('"', out);
    for (; *s; s++) {
        if (*s == '"' || *s == '\\')
            fputc('\\', out);
        fputc(*s, out);
    }
    fputc('"', out);
}

/* Values are strings, as all of Go's are: a number comes with its unit. */
static void write_label(const struct profile_label *l, FILE *out) {
    struct clean c;
    write_json(clean(&c, l->key), out);
    fputc(':', out);
    if (l->str[0]) {
        write_json(clean(&c, l->str), out);
        return;
    }
    fprintf(out, "\"%" PRId64, l->num);
    if (l->num_unit[0])
        fputc(' ', out);
    for (const char *unit = clean(&c, l->num_unit); *unit; unit++)
        fputc(*unit == '"' || *unit == '\\' ? '?' : *unit, out);
    fputc('"', out);
}

/* The size of blocks, which readers make of a sample's values. */
static bool label_is_implied(const struct legacy_text *t, const struct profile_label *l) {
    return kinds[t->kind].label == LABEL_BYTES && strcmp(l->key, "bytes") == 0;
}

void legacy_stack_labels(const struct legacy_text *t, const struct profile_sample *s, FILE *out) {
    size_t n = 0;
    for (size_t i = 0; i < s->n_labels && n < LABELS_MAX; i++) {
        if (label_is_implied(t, &s->labels[i]))
            continue;
        fputs(n++ ? ", " : "# labels: {", out);
        write_label(&s->labels[i], out);
    }
    if (n)
        fputs("}\n", out);
}

/* ---- calls */

struct call {
    char pc[24], name[STRING_MAX + 32], place[STRING_MAX + 32]; /* "": not known */
};

static uint32_t offset_of(const struct legacy_text *t, const struct profile *p,
                          const struct profile_location *l) {
    size_t i = l->id - 1;
    return t->offsets && i < p->n_locations && p->locations[i] == l ? t->offsets[i] : 0;
}

/* Line `i` of a location, innermost first; a location without lines is one call without a name. */
static void call_make(struct call *c, const struct legacy_text *t, const struct profile *p,
                      const struct profile_location *l, size_t i) {
    struct clean s;
    uint32_t offset = offset_of(t, p, l);
    snprintf(c->pc, sizeof c->pc, "0x%" PRIx64, l->address);
    c->name[0] = c->place[0] = '\0';
    if (i >= l->n_lines)
        return;
    const struct profile_line *line = &l->lines[i];
    int n = snprintf(c->name, sizeof c->name, "%s", clean(&s, line->function->name));
    if (offset)
        snprintf(c->name + n, sizeof c->name - (size_t)n, "+0x%" PRIx32, offset);
    if (line->function->filename[0] && line->line > 0)
        snprintf(c->place, sizeof c->place, "%s:%" PRId64, clean(&s, line->function->filename),
                 line->line);
    else if (line->function->filename[0] || l->mapping)
        snprintf(
            c->place, sizeof c->place, "%s",
            clean(&s, line->function->filename[0] ? line->function->filename : l->mapping->file));
}

/* Characters of cleaned text. */
static size_t width(const char *s) {
    size_t n = 0;
    for (; *s; s++)
        n += (*s & 0xc0) != 0x80;
    return n;
}

/* The tabs from the end of a cell of `taken` characters to the next column, whose widest cell has
 * `widest`; one at least. */
static void write_tabs(size_t taken, size_t widest, FILE *out) {
    size_t end = (widest / TAB + 1) * TAB;
    do
        fputc('\t', out);
    while ((taken = (taken / TAB + 1) * TAB) < end);
}

static size_t call_count(const struct profile_location *l) {
    return l->n_lines ? l->n_lines : 1;
}

/* The widest cells of a stack that are aligned. */
static void measure(const struct legacy_text *t, const struct profile *p,
                    const struct profile_sample *s, size_t *pc, size_t *name) {
    struct call c;
    *pc = *name = 0;
    for (size_t i = 0; i < s->n_locations; i++)
        for (size_t k = 0; k < call_count(s->locations[i]); k++) {
            call_make(&c, t, p, s->locations[i], k);
            size_t n = width(c.name);
            if (strlen(c.pc) > *pc)
                *pc = strlen(c.pc);
            if (n > *name && n <= ALIGN_MAX)
                *name = n;
        }
}

static void write_call(const struct call *c, size_t pc_width, size_t name_width, FILE *out) {
    fprintf(out, "#\t%s", c->pc);
    if (c->name[0]) {
        write_tabs(strlen(c->pc), pc_width, out);
        fputs(c->name, out);
    }
    if (c->place[0]) {
        write_tabs(width(c->name), name_width, out);
        fputs(c->place, out);
    }
    fputc('\n', out);
}

void legacy_stack_calls(const struct legacy_text *t, const struct profile *p,
                        const struct profile_sample *s, FILE *out) {
    struct call c;
    size_t pc_width, name_width;
    measure(t, p, s, &pc_width, &name_width);
    for (size_t i = 0; i < s->n_locations; i++)
        for (size_t k = 0; k < call_count(s->locations[i]); k++) {
            call_make(&c, t, p, s->locations[i], k);
            write_call(&c, pc_width, name_width, out);
        }
    fputc('\n', out);
}

/* ---- the memory map */

/* A line of /proc/PID/maps has no place for a build ID, by which readers see that a file is another
 * one by now. The form that has it ends a path at a blank, and takes what comes next for the path
 * where there is none. */
static void write_mapping(const struct profile_mapping *m, FILE *out) {
    struct clean c;
    const char *file = clean(&c, m->file);
    fprintf(out, "%08" PRIx64 "-%08" PRIx64 " r-xp ", m->start, m->limit);
    if (m->build_id[0] && file[0] && !strchr(file, ' ')) {
        fprintf(out, "%s (@%" PRIx64 ") ", file, m->offset);
        fprintf(out, "%s\n", clean(&c, m->build_id));
    } else {
        fprintf(out, "%08" PRIx64 " 00:00 0%s%s\n", m->offset, file[0] ? " " : "", file);
    }
}

void legacy_memory_map(const struct profile *p, FILE *out) {
    fputs("\n--- Memory map: ---\n", out);
    for (size_t i = 0; i < p->n_mappings; i++)
        if (p->mappings[i]->start < p->mappings[i]->limit)
            write_mapping(p->mappings[i], out);
}
