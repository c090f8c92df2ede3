/* Printing. Strings come from the process and its files and may hold anything: what would break a
 * line or a quotation, or steer a terminal, is not printed as it is. */
#include "collector/threads/threads_text.h"

#include <inttypes.h>
#include <string.h>

#include "arena/arena.h"
#include "collector/threads/threads_deadlock.h"

static bool is_control(unsigned char c) {
    return c < 0x20 || c == 0x7f;
}

static void write_plain(const char *s, FILE *out) {
    for (; *s; s++)
        fputc(is_control((unsigned char)*s) ? '?' : *s, out);
}

static void write_quoted(const char *s, FILE *out) {
    fputc('"', out);
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;
        if (c == '"' || c == '\\')
            fprintf(out, "\\%c", c);
        else if (is_control(c))
            fprintf(out, "\\x%02x", c);
        else
            fputc(c, out);
    }
    fputc('"', out);
}

static void write_scaled(uint64_t ns, uint64_t unit, const char *name, FILE *out) {
    uint64_t whole = ns / unit;
    unsigned hundredths = whole < 100 ? (unsigned)(ns % unit / (unit / 100)) : 0;
    if (whole >= 10)
        hundredths -= hundredths % 10;
    fprintf(out, "%" PRIu64, whole);
    if (hundredths % 10)
        fprintf(out, ".%02u", hundredths);
    else if (hundredths)
        fprintf(out, ".%u", hundredths / 10);
    fputs(name, out);
}

/* As Go prints a time.Duration, to three digits: 850ns, 12ms, 1.2s, 3m20s, 5h0m0s. */
static void write_duration(uint64_t ns, FILE *out) {
    uint64_t s = ns / 1000000000;
    if (ns < 1000)
        fprintf(out, "%" PRIu64 "ns", ns);
    else if (ns < 1000000)
        write_scaled(ns, 1000, "us", out);
    else if (s == 0)
        write_scaled(ns, 1000000, "ms", out);
    else if (s < 60)
        write_scaled(ns, 1000000000, "s", out);
    else if (s < 3600)
        fprintf(out, "%" PRIu64 "m%" PRIu64 "s", s / 60, s % 60);
    else
        fprintf(out, "%" PRIu64 "h%" PRIu64 "m%" PRIu64 "s", s / 3600, s / 60 % 60, s % 60);
}

/* ---- frames */

static const char *mapping_file(const struct profile_location *l) {
    return l->mapping && l->mapping->file[0] ? l->mapping->file : "[no file]";
}

static void write_place(const char *file, int64_t line, uint64_t offset, FILE *out) {
    fputc('\t', out);
    write_plain(file, out);
    if (line > 0)
        fprintf(out, ":%" PRId64, line);
    if (offset)
        fprintf(out, " +0x%" PRIx64, offset);
    fputc('\n', out);
}

/* Line `i` of a frame; the last is the function itself, those before were inlined into it. */
static void write_line(const struct threads_report *r, const struct report_frame *f, size_t i,
                       const char *before, const char *after, FILE *out) {
    const struct profile_line *line = &f->location->lines[i];
    bool inlined = i + 1 < f->location->n_lines;
    const char *file = line->function->filename;
    fputs(before, out);
    write_plain(line->function->name, out);
    fputs(inlined && after[0] ? "(...)" : after, out);
    fputc('\n', out);
    write_place(file[0] ? file : mapping_file(f->location), file[0] ? line->line : 0,
                inlined ? 0 : report_frame_offset(r, f), out);
}

static void write_unnamed(const struct threads_report *r, const struct report_frame *f,
                          const char *before, const char *after, FILE *out) {
    fprintf(out, "%s0x%" PRIx64 "%s\n", before, f->location->address + !f->exact, after);
    write_place(mapping_file(f->location), 0, report_frame_offset(r, f), out);
}

static void write_frame(const struct threads_report *r, const struct report_frame *f, FILE *out) {
    const struct profile_location *l = f->location;
    if (l->address < ARENA_PC_LIMIT && l->n_lines) {
        fprintf(out, "%s\n", l->lines[0].function->name);
        return;
    }
    if (l->n_lines == 0)
        write_unnamed(r, f, "", "()", out);
    for (size_t i = 0; i < l->n_lines; i++)
        write_line(r, f, i, "", "()", out);
}

/* The function that made the thread, as Go does: not who had called that. The agent's hook is not
 * part of the stack, so the leaf is what called pthread_create. */
static void write_creator(const struct threads_report *r, const struct report_stack *s, FILE *out) {
    if (s->n == 0 || s->frames[0].location->address < ARENA_PC_LIMIT)
        return;
    if (s->frames[0].location->n_lines)
        write_line(r, &s->frames[0], 0, "created by ", "", out);
    else
        write_unnamed(r, &s->frames[0], "created by ", "", out);
}

/* ---- threads */

static void write_who(const struct threads_report *r, uint32_t tid, FILE *out) {
    const struct report_thread *t = report_find_thread(r, tid);
    fprintf(out, "thread %" PRIu32, tid);
    if (t && t->name[0]) {
        fputc(' ', out);
        write_quoted(t->name, out);
    }
}

void threads_text_thread(const struct threads_report *r, const struct report_thread *t, FILE *out) {
    write_who(r, t->tid, out);
    fprintf(out, " [%s", t->state);
    if (t->waited_ns != WAITED_UNKNOWN) {
        fputs(", ", out);
        write_duration(t->waited_ns, out);
    }
    if (t->object)
        fprintf(out, ", on 0x%" PRIx64, t->object);
    if (t->owner) {
        fputs(t->object ? " held by " : ", held by ", out);
        write_who(r, t->owner, out);
    }
    fputs("]:\n", out);
    for (uint32_t i = 0; i < t->stack.n; i++)
        write_frame(r, &t->stack.frames[i], out);
    write_creator(r, &t->creator, out);
}

static void write_cycle(const struct threads_report *r, const struct deadlock *d, FILE *out) {
    fputs("deadlock: ", out);
    for (size_t i = 0; i < d->n; i++) {
        const struct report_thread *t = d->threads[i];
        if (i == 0)
            write_who(r, t->tid, out);
        fprintf(out, "%s waits for ", i ? ", which" : "");
        if (t->object)
            fprintf(out, "0x%" PRIx64 " held by ", t->object);
        write_who(r, t->owner, out);
    }
    fputc('\n', out);
}

void threads_text_write(const struct threads_report *r, FILE *out) {
    struct deadlock d = {0};
    for (size_t i = 0; i < r->n; i++) {
        if (i)
            fputc('\n', out);
        threads_text_thread(r, &r->threads[i], out);
    }
    for (bool first = true; deadlock_next(r, &d); first = false) {
        if (first)
            fputc('\n', out);
        write_cycle(r, &d, out);
    }
    deadlock_release(&d);
}
