/* The page: self-contained, of text that lines up, where a click on a line opens its code. What
 * stands in it is what pprof's page says. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "reader/code/weblist.h"
#include "reader/export/emit.h"
#include "reader/measure.h"
#include "reader/paths.h"

enum { CODE_COLUMNS = 80 };

static const char head[] = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                           "<meta name=\"viewport\" content=\"width=device-width\">\n<title>";

static const char style_and_script[] =
    "</title>\n<style>\n"
    ":root { color-scheme: light dark; }\n"
    "body { font-family: sans-serif; margin: 1em 2em; }\n"
    ".legend { line-height: 1.4; }\n"
    ".note { color: #b00; }\n"
    "h2 { margin: 1.5em 0 0; overflow-wrap: anywhere; }\n"
    ".file { margin: 0.2em 0; color: #777; }\n"
    "pre { margin: 0; line-height: 1.35; }\n"
    ".number, .nop, .aside { color: #888; }\n"
    ".live { cursor: pointer; }\n"
    ".live:hover, .live:focus { background: #8882; outline: none; }\n"
    ".code { display: none; color: #080; }\n"
    ".open + .code { display: inline; }\n"
    ".call { color: #44c; }\n"
    "@media (prefers-color-scheme: dark) { .code { color: #7c7; } .call { color: #99f; } }\n"
    "</style>\n<script>\n"
    "function toggle(e) {\n"
    "  const line = e.target.closest('.live');\n"
    "  if (!line || (e.type === 'keydown' && e.key !== 'Enter' && e.key !== ' ')) return;\n"
    "  if (e.type === 'click' && String(getSelection())) return;\n"
    "  line.classList.toggle('open');\n"
    "  line.setAttribute('aria-expanded', line.classList.contains('open'));\n"
    "  e.preventDefault();\n"
    "}\n"
    "addEventListener('click', toggle);\naddEventListener('keydown', toggle);\n"
    "</script>\n</head>\n<body>\n";

struct page {
    const struct weblist *weblist;
    FILE *to;
};

/* ---- text */

static bool starts_character(char c) {
    return ((unsigned char)c & 0xc0) != 0x80;
}

/* `indent` spaces and the text, tabs as spaces, up to CODE_COLUMNS at the least. */
static void write_padded(FILE *to, size_t indent, const char *text) {
    size_t column = indent, n = 0;
    char *line = malloc(indent + 8 * strlen(text) + 1);

    if (!line)
        return;
    memset(line, ' ', indent);
    for (n = indent; *text; text++) {
        column += starts_character(*text);
        line[n++] = *text == '\t' ? ' ' : *text;
        for (; *text == '\t' && column % 8 != 0; column++)
            line[n++] = ' ';
    }
    line[n] = 0;
    emit_xml(to, line);
    free(line);
    if (column < CODE_COLUMNS)
        fprintf(to, "%*s", (int)(CODE_COLUMNS - column), "");
}

static size_t indentation(struct source_line line) {
    size_t column = 0;

    for (size_t i = 0; i < line.n && (line.text[i] == ' ' || line.text[i] == '\t'); i++)
        column += line.text[i] == ' ' ? 1 : 8 - column % 8;
    return column;
}

/* A line without the white space around it; malloc'ed, NULL when out of memory. */
static char *trimmed(struct source_line line) {
    static const char space[] = " \t\r\v\f";

    if (!line.text)
        return strdup("");
    line.text += strspn(line.text, space);
    line.n = strlen(line.text);
    while (line.n > 0 && strchr(space, line.text[line.n - 1]))
        line.n--;
    return strndup(line.text, line.n);
}

static const char *value_or_dot(const struct page *p, int64_t value, char text[64]) {
    return value == 0 ? "." : report_value(p->weblist->report, value, text);
}

/* ---- code */

static const struct weblist_instruction *instruction_of(const struct page *p,
                                                        const struct weblist_entry *e) {
    return &p->weblist->instructions[e->instruction];
}

/* The `i`th of the calls that were inlined at the entry's line, the outermost first. */
static const struct weblist_frame *call_of(const struct page *p, const struct weblist_entry *e,
                                           size_t i) {
    return &p->weblist->frames[instruction_of(p, e)->first_frame + e->depth - 1 - i];
}

static void write_file_line(const struct page *p, const struct weblist_frame *f) {
    size_t n;
    const char *base = path_base(f->file, &n);

    if (!f->file[0])
        return;
    fputs("<span class=\"aside\">", p->to);
    emit_xml(p->to, base); /* a clean path: nothing follows its last element */
    fprintf(p->to, ":%" PRId64 "</span>", f->line);
}

static bool same_call(const struct weblist_frame *a, const struct weblist_frame *b) {
    return a->line == b->line && strcmp(a->file, b->file) == 0;
}

/* The inlined calls that lead to an instruction, from the first that is not that of the instruction
 * before it, `last`, which may be NULL. */
static void write_calls(const struct page *p, const struct weblist_entry *e,
                        const struct weblist_entry *last, size_t indent) {
    size_t i = 0;

    while (last && i < e->depth && i < last->depth &&
           same_call(call_of(p, e, i), call_of(p, last, i)))
        i++;
    for (; i < e->depth; i++) {
        const struct weblist_frame *f = call_of(p, e, i);
        char *line = trimmed(sources_line(p->weblist->sources, f->file, f->line));

        fprintf(p->to, " %8s %10s %10s %8s  <span class=\"call\">", "", "", "", "");
        write_padded(p->to, indent + 4 + 4 * i, line ? line : "");
        free(line);
        fputs("</span> ", p->to);
        write_file_line(p, f);
        putc('\n', p->to);
    }
}

static void write_instruction(const struct page *p, const struct weblist_entry *e, size_t indent) {
    const struct weblist_instruction *in = instruction_of(p, e);
    char flat[64], cum[64];

    fprintf(p->to, " %8s %10s %10s %8" PRIx64 ": ", "", value_or_dot(p, in->flat, flat),
            value_or_dot(p, in->cum, cum), in->object_address);
    write_padded(p->to, indent + 4 + 4 * e->depth, in->text);
    putc(' ', p->to);
    if (in->has_place)
        write_file_line(p, &p->weblist->frames[in->first_frame]);
    putc('\n', p->to);
}

static void write_code(const struct page *p, const struct weblist_entry *entries, size_t n,
                       size_t indent) {
    const struct weblist_entry *last = NULL;

    fputs("<span class=\"code\">", p->to);
    for (size_t i = 0; i < n; last = &entries[i++]) {
        const struct weblist_instruction *before = last ? instruction_of(p, last) : NULL;
        const struct weblist_instruction *in = instruction_of(p, &entries[i]);

        if (before && in->text[0] && in->address != before->address + before->bytes)
            fprintf(p->to, " %8s %27s\u22ee\n", "", "");
        write_calls(p, &entries[i], last, indent);
        if (in->text[0])
            write_instruction(p, &entries[i], indent);
    }
    fputs("</span>", p->to);
}

/* ---- lines */

/* `nop`: no code; `dead`: samples, but nothing to open. */
static const char *class_of(const struct page *p, const struct weblist_entry *entries, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (entries[i].depth > 0 || instruction_of(p, &entries[i])->text[0])
            return "live";
    return n > 0 ? "dead" : "nop";
}

static void write_line(const struct page *p, int64_t number, struct source_line line,
                       const struct weblist_entry *entries, size_t n) {
    const char *class = class_of(p, entries, n);
    bool live = strcmp(class, "live") == 0;
    char flat_text[64], cum_text[64];
    int64_t flat = 0, cum = 0;

    for (size_t i = 0; i < n; i++) {
        flat += instruction_of(p, &entries[i])->flat;
        cum += instruction_of(p, &entries[i])->cum;
    }
    fprintf(p->to, "<span class=\"number\"> %6" PRId64 "</span> <span class=\"%s\"%s>", number,
            class, live ? " tabindex=\"0\" role=\"button\" aria-expanded=\"false\"" : "");
    fprintf(p->to, "  %10s %10s %8s  ", value_or_dot(p, flat, flat_text),
            value_or_dot(p, cum, cum_text), "");
    emit_xml(p->to, line.text);
    fputs(live ? " \n</span>" : " </span>\n", p->to);
    if (live)
        write_code(p, entries, n, indentation(line));
}

/* A line of the file, or what is said in its place where there is code for a line that is not. */
static struct source_line line_to_show(const struct page *p, const char *file, int64_t number,
                                       bool has_code) {
    static const char unknown[] = "<instructions with unknown line numbers>";
    struct source_line line = sources_line(p->weblist->sources, file, number);

    if (!line.text && has_code)
        line = number == 0 ? (struct source_line){unknown, sizeof(unknown) - 1}
                           : (struct source_line){"???", 3};
    return line;
}

static void write_section(const struct page *p, const struct weblist_section *s) {
    const struct weblist_entry *at = s->entries;
    const struct report *r = p->weblist->report;
    char flat[64], cum[64], percent[64];

    fputs("<section>\n<h2>", p->to);
    emit_xml(p->to, s->function);
    fputs("</h2>\n<p class=\"file\">", p->to);
    emit_xml(p->to, at->file);
    fprintf(p->to, "</p>\n<pre>\n  Total:  %10s %10s (flat, cum) %s\n",
            report_value(r, s->flat, flat), report_value(r, s->cum, cum),
            measure_percentage(s->cum, r->total, percent));
    for (int64_t number = s->begin; number < s->end; number++) {
        size_t n = 0;
        struct source_line line;

        while (at + n < s->behind && at[n].line == number)
            n++;
        line = line_to_show(p, s->entries->file, number, n > 0);
        if (line.text)
            write_line(p, number, line, at, n);
        at += n;
    }
    fputs("</pre>\n</section>\n", p->to);
}

static int write_file(const struct page *p, const struct weblist_entry *entries, size_t n) {
    struct weblist_section *sections;
    size_t n_sections;
    int rc = weblist_split(p->weblist, entries, n, &sections, &n_sections);

    if (rc < 0)
        return rc;
    for (size_t i = 0; i < n_sections; i++)
        if (sections[i].cum != 0)
            write_section(p, &sections[i]);
    free(sections);
    return 0;
}

/* ---- the page */

static int write_legend(const struct page *p) {
    char **labels = report_labels(p->weblist->report), total[64];

    if (!labels)
        return -ENOMEM;
    fputs("<div class=\"legend\">", p->to);
    for (size_t i = 0; labels[i]; i++) {
        emit_xml(p->to, labels[i]);
        fputs("<br>\n", p->to);
    }
    report_labels_free(labels);
    fprintf(p->to, "Total: %s</div>\n",
            report_value(p->weblist->report, p->weblist->report->total, total));
    if (p->weblist->note) {
        fputs("<p class=\"note\">No machine code: ", p->to);
        emit_xml(p->to, p->weblist->note);
        fputs("</p>\n", p->to);
    }
    return 0;
}

int weblist_write(const struct weblist *w, FILE *to) {
    struct page p = {w, to};
    size_t n;
    int rc;

    fputs(head, to);
    emit_xml(to, w->report->title[0] ? w->report->title : "cpprof");
    fputs(style_and_script, to);
    rc = write_legend(&p);
    for (size_t i = 0; rc == 0 && i < w->n_entries; i += n) {
        for (n = 1;
             i + n < w->n_entries && strcmp(w->entries[i + n].file, w->entries[i].file) == 0;)
            n++;
        rc = write_file(&p, w->entries + i, n);
    }
    fputs("</body>\n</html>\n", to);
    return rc;
}
