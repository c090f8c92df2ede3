/* `raw`: the profile as text, message by message. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "reader/report/go_time.h"
#include "reader/report/label_groups.h"
#include "reader/report/report.h"

static const char label_indent[] = "                ";

/* A duration cut to four characters, as %.4v cuts text. */
static int shown_bytes(const char *text) {
    int bytes = 0;

    for (int characters = 0; text[bytes]; bytes++) {
        characters += (text[bytes] & 0xc0) != 0x80;
        if (characters > 4)
            break;
    }
    return bytes;
}

static void write_header(const struct profile *p, FILE *to) {
    char text[GO_TIME_BYTES];

    for (size_t i = 0; i < p->n_comments; i++)
        fprintf(to, "Comment: %s\n", p->comments[i]);
    if (*p->doc_url)
        fprintf(to, "Doc: %s\n", p->doc_url);
    fprintf(to, "PeriodType: %s %s\n", p->period_type.type, p->period_type.unit);
    fprintf(to, "Period: %" PRId64 "\n", p->period);
    if (p->time_nanos != 0)
        fprintf(to, "Time: %s\n", go_time(p->time_nanos, text));
    if (p->duration_nanos != 0) {
        go_duration(p->duration_nanos, text);
        fprintf(to, "Duration: %.*s\n", shown_bytes(text), text);
    }
    fputs("Samples:\n", to);
    for (size_t i = 0; i < p->n_sample_types; i++) {
        const struct profile_value_type *t = &p->sample_types[i];
        fprintf(to, "%s%s/%s%s", i > 0 ? " " : "", t->type, t->unit,
                strcmp(t->type, p->default_sample_type) == 0 ? "[dflt]" : "");
    }
    putc('\n', to);
}

static void write_strings(const struct profile_label *const *labels, size_t n, FILE *to,
                          void *ctx) {
    fprintf(to, "%s:[", labels[0]->key);
    for (size_t i = 0; i < n; i++)
        fprintf(to, "%s%s", i > 0 ? " " : "", labels[i]->str);
    putc(']', to);
}

static void write_numbers(const struct profile_label *const *labels, size_t n, FILE *to,
                          void *ctx) {
    bool units = false;

    for (size_t i = 0; i < n; i++)
        units |= *labels[i]->num_unit != '\0';
    fprintf(to, "%s:[", labels[0]->key);
    for (size_t i = 0; i < n; i++) {
        fprintf(to, "%s%" PRId64, i > 0 ? " " : "", labels[i]->num);
        if (units)
            fprintf(to, " %s", labels[i]->num_unit);
    }
    putc(']', to);
}

static int write_labels(const struct profile_sample *s, bool numeric, FILE *to) {
    label_group_fn *write = numeric ? write_numbers : write_strings;
    int n = 0;

    for (size_t i = 0; i < s->n_labels && n == 0; i++)
        n = !*s->labels[i].str == numeric;
    if (n == 0)
        return 0;
    fputs(label_indent, to);
    n = label_groups_write(s, numeric, write, NULL, " ", to);
    putc('\n', to);
    return n < 0 ? n : 0;
}

static int write_sample(const struct profile *p, const struct profile_sample *s, FILE *to) {
    int err;

    for (size_t i = 0; i < p->n_sample_types; i++)
        fprintf(to, " %10" PRId64, s->values[i]);
    fputs(": ", to);
    for (size_t i = 0; i < s->n_locations; i++)
        fprintf(to, "%" PRIu64 " ", s->locations[i]->id);
    putc('\n', to);
    err = write_labels(s, false, to);
    return err ? err : write_labels(s, true, to);
}

/* 0x1f, and 0x0, which %#x does not write. */
static void write_hex(uint64_t v, FILE *to) {
    fprintf(to, "0x%" PRIx64, v);
}

static void write_line(const struct profile_line *l, FILE *to) {
    const struct profile_function *f = l->function;

    fprintf(to, "%s %s:%" PRId64 ":%" PRId64 " s=%" PRId64, f->name, f->filename, l->line,
            l->column, f->start_line);
    if (strcmp(f->name, f->system_name) != 0)
        fprintf(to, "(%s)", f->system_name);
    putc('\n', to);
}

static void write_location(const struct profile_location *l, FILE *to) {
    fprintf(to, "%6" PRIu64 ": ", l->id);
    write_hex(l->address, to);
    putc(' ', to);
    if (l->mapping)
        fprintf(to, "M=%" PRIu64 " ", l->mapping->id);
    if (l->is_folded)
        fputs("[F] ", to);
    if (l->n_lines == 0)
        putc('\n', to);
    for (size_t i = 0; i < l->n_lines; i++) {
        if (i > 0)
            fputs("             ", to);
        write_line(&l->lines[i], to);
    }
}

static void write_mapping(const struct profile_mapping *m, FILE *to) {
    fprintf(to, "%" PRIu64 ": ", m->id);
    write_hex(m->start, to);
    putc('/', to);
    write_hex(m->limit, to);
    putc('/', to);
    write_hex(m->offset, to);
    fprintf(to, " %s %s %s%s%s%s\n", m->file, m->build_id, m->has_functions ? "[FN]" : "",
            m->has_filenames ? "[FL]" : "", m->has_line_numbers ? "[LN]" : "",
            m->has_inline_frames ? "[IN]" : "");
}

int report_raw(struct report *r, FILE *to, char *why, size_t why_bytes) {
    const struct profile *p = r->profile;
    int err = 0;

    write_header(p, to);
    for (size_t i = 0; i < p->n_samples && err == 0; i++)
        err = write_sample(p, &p->samples[i], to);
    fputs("Locations\n", to);
    for (size_t i = 0; i < p->n_locations && err == 0; i++)
        write_location(p->locations[i], to);
    fputs("Mappings\n", to);
    for (size_t i = 0; i < p->n_mappings && err == 0; i++)
        write_mapping(p->mappings[i], to);
    return err;
}
