/* What surrounds the addresses of interest: instructions from objdump, their functions, inlined
 * calls and lines from the symbolizer, or, where it knows nothing, from objdump too. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "reader/code/disassembler.h"
#include "reader/code/weblist.h"
#include "reader/paths.h"
#include "symbolize/symbolize_files.h"

enum {
    NEIGHBOURHOOD = 500, /* bytes shown on both sides of an address with samples */
    MAX_RANGES = 25,     /* those with the most samples are shown */
    CLOSE = 32,          /* an instruction without a line has that of one so near before it */
};

static const int64_t max_line = INT32_MAX;

/* Code that is shown in one piece. */
struct range {
    uint64_t begin, end;
    int64_t flat;
    struct code_object *object;
    const struct profile_mapping *mapping;
};

struct reading {
    struct weblist *weblist;
    struct disassembler disassembler;
    struct symbolize_files *files;
    struct range *ranges;
    size_t n_ranges;
};

/* ---- ranges */

/* Makes a range around the targets from [from] that are of one mapping and close to each other;
 * returns the next that is not among them. */
static size_t make_range(const struct weblist *w, size_t from, struct range *r) {
    const struct profile_mapping *m = w->targets[from].location->mapping;
    uint64_t limit = m->limit ? m->limit : UINT64_MAX, last = w->targets[from].address;
    size_t i;

    *r = (struct range){.begin = last, .object = w->targets[from].object, .mapping = m};
    for (i = from; i < w->n_targets; i++) {
        const struct weblist_target *t = &w->targets[i];
        const struct weblist_cost *cost = weblist_cost(w, t->address);

        if (t->object != r->object || t->address - last > 2 * NEIGHBOURHOOD)
            break;
        last = t->address;
        r->flat += cost->flat;
    }
    r->begin = r->begin - m->start > NEIGHBOURHOOD ? r->begin - NEIGHBOURHOOD : m->start;
    r->end = limit - last > NEIGHBOURHOOD ? last + NEIGHBOURHOOD : limit;
    return i;
}

static int by_samples(const void *a, const void *b) {
    const struct range *x = a, *y = b;

    if (x->flat != y->flat)
        return x->flat < y->flat ? 1 : -1;
    return (x->begin > y->begin) - (x->begin < y->begin);
}

static int find_ranges(struct reading *r) {
    const struct weblist *w = r->weblist;
    size_t next;

    for (size_t i = 0; i < w->n_targets; i = next) {
        next = i + 1;
        if (!w->targets[i].object)
            continue;
        if (!grow_array(&r->ranges, r->n_ranges, sizeof(*r->ranges)))
            return -ENOMEM;
        next = make_range(w, i, &r->ranges[r->n_ranges++]);
    }
    if (r->n_ranges > 0)
        qsort(r->ranges, r->n_ranges, sizeof(*r->ranges), by_samples);
    if (r->n_ranges > MAX_RANGES)
        r->n_ranges = MAX_RANGES;
    return 0;
}

/* ---- frames, instructions, entries */

static int add_frame(struct weblist *w, const char *function, const char *system_name,
                     const char *file, int64_t line) {
    struct profile *p = w->report->profile;
    struct weblist_frame f = {profile_string(p, function), profile_string(p, system_name),
                              profile_string(p, file), line >= 0 && line < max_line ? line : 0};

    if (!f.function || !f.system_name || !f.file ||
        !grow_array(&w->frames, w->n_frames, sizeof(*w->frames)))
        return -ENOMEM;
    w->frames[w->n_frames++] = f;
    return 0;
}

/* The name by which a file is one and the same. */
static const char *canonical_file(struct profile *p, const char *file) {
    static const char cwd[] = "/proc/self/cwd/";
    char *clean;
    const char *canonical = NULL;

    file += strncmp(file, cwd, sizeof(cwd) - 1) == 0 ? sizeof(cwd) - 1 : 0;
    file += strncmp(file, "./", 2) == 0 ? 2 : 0;
    clean = malloc(strlen(file) + 2);
    if (clean) {
        path_clean(file, clean);
        canonical = profile_string(p, clean);
    }
    free(clean);
    return canonical;
}

/* Enters an instruction, which the frames given are around, at the lines of those that match. */
static int add_entries(struct weblist *w, size_t instruction) {
    const struct weblist_instruction *in = &w->instructions[instruction];

    for (size_t i = 0; i < in->n_frames; i++) {
        const struct weblist_frame *f = &w->frames[in->first_frame + i];
        struct weblist_entry e = {.line = f->line, .instruction = instruction, .depth = i};

        if (!weblist_shows(w, f))
            continue;
        e.file = canonical_file(w->report->profile, f->file);
        if (!e.file || !grow_array(&w->entries, w->n_entries, sizeof(*w->entries)))
            return -ENOMEM;
        w->entries[w->n_entries++] = e;
    }
    return 0;
}

/* Adds an instruction with the samples that fell on it, and its entries. Takes it as it is, but
 * for these. */
static int add_instruction(struct weblist *w, struct weblist_instruction in) {
    const struct weblist_cost *end = w->costs + w->n_costs;

    for (const struct weblist_cost *c = weblist_cost(w, in.address);
         c < end && c->address - in.address < in.bytes; c++) {
        in.flat += c->flat;
        in.cum += c->cum;
    }
    if (!grow_array(&w->instructions, w->n_instructions, sizeof(*w->instructions)))
        return -ENOMEM;
    w->instructions[w->n_instructions++] = in;
    return add_entries(w, w->n_instructions - 1);
}

/* ---- a range */

static int frames_of_answer(struct weblist *w, const struct answer *a, uint32_t slot) {
    const struct answer_span *span = &a->spans[slot];
    int rc = 0;

    for (uint32_t i = 0; rc == 0 && i < span->n; i++) {
        const struct answer_frame *f = &a->frames[span->first + i];
        const struct answer_function *function = &a->functions[f->function];

        rc = add_frame(w, a->text + function->name, a->text + function->system_name,
                       a->text + function->file, f->line);
    }
    return rc;
}

/* Asks the symbolizer for all instructions of a range. An answer without spans is one that could
 * not be had. */
static void look_up(struct reading *r, const struct range *range, const struct disassembly *d,
                    uint64_t base, struct answer *answer) {
    uint64_t *positions = malloc((d->n + 1) * sizeof(*positions));
    struct symbolize_request request = {.path = range->mapping->file,
                                        .build_id = range->mapping->build_id,
                                        .offsets = positions,
                                        .n = (uint32_t)d->n};
    char why[256];

    *answer = (struct answer){0};
    if (!positions || !r->files)
        return;
    for (size_t i = 0; i < d->n; i++)
        positions[i] = code_object_position(range->object, d->instructions[i].address + base);
    if (symbolize_files_lookup(r->files, &request, answer, why, sizeof(why)) < 0) {
        answer_release(answer);
        *answer = (struct answer){0};
    }
    free(positions);
}

static int add_frames(struct weblist *w, const struct answer *answer, size_t slot,
                      const struct instruction *in, struct weblist_instruction *out) {
    int rc = 0;

    out->first_frame = w->n_frames;
    if (answer->n_spans > 0 && answer->status != ANSWER_REFUSED)
        rc = frames_of_answer(w, answer, (uint32_t)slot);
    else if (in->function[0] || in->file[0])
        rc = add_frame(w, in->function, in->function, in->file, in->line);
    out->n_frames = w->n_frames - out->first_frame;
    out->has_place = out->n_frames > 0;
    return rc;
}

/* An instruction without a line is shown where the one before it is, if that is near. */
static void borrow_frames(const struct weblist *w, struct weblist_instruction *in,
                          struct weblist_instruction *last) {
    if (in->n_frames > 0 && w->frames[in->first_frame].line != 0) {
        *last = *in;
    } else if (last->n_frames > 0 && in->address - last->address <= CLOSE) {
        in->first_frame = last->first_frame;
        in->n_frames = last->n_frames;
        in->has_place = false;
    }
}

static int add_code(struct reading *r, const struct disassembly *d, uint64_t base,
                    const struct answer *answer) {
    struct weblist *w = r->weblist;
    struct weblist_instruction last = {0};
    uint64_t highest = 0;
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < d->n; i++) {
        const struct instruction *in = &d->instructions[i];
        struct weblist_instruction x = {
            .address = in->address + base, .object_address = in->address, .bytes = 1};

        if (x.address <= highest) /* objdump may say a thing twice */
            continue;
        highest = x.address;
        if (i + 1 < d->n && d->instructions[i + 1].address > in->address)
            x.bytes = d->instructions[i + 1].address - in->address;
        x.text = profile_string(w->report->profile, in->text);
        rc = x.text ? add_frames(w, answer, i, in, &x) : -ENOMEM;
        if (rc == 0) {
            borrow_frames(w, &x, &last);
            rc = add_instruction(w, x);
        }
    }
    return rc;
}

/* An address whose file is not known has the lines that the profile has for it. */
static int add_unknown(struct weblist *w, const struct weblist_target *t) {
    struct weblist_instruction in = {
        .address = t->address, .object_address = t->address, .bytes = 1, .text = ""};
    int rc = 0;

    in.first_frame = w->n_frames;
    for (size_t i = 0; rc == 0 && i < t->location->n_lines; i++) {
        const struct profile_line *line = &t->location->lines[i];

        if (line->function)
            rc = add_frame(w, line->function->name, line->function->system_name,
                           line->function->filename, line->line);
    }
    in.n_frames = w->n_frames - in.first_frame;
    return rc < 0 ? rc : add_instruction(w, in);
}

/* The code of a range could not be had: its sources are shown. */
static int add_sources(struct weblist *w, const struct range *r) {
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < w->n_targets; i++) {
        const struct weblist_target *t = &w->targets[i];

        if (t->object == r->object && t->address >= r->begin && t->address <= r->end)
            rc = add_unknown(w, t);
    }
    return rc;
}

static int read_range(struct reading *r, const struct range *range) {
    struct weblist *w = r->weblist;
    uint64_t begin = 0, bytes = range->end - range->begin;
    struct disassembly d = {0};
    struct answer answer;
    char why[1024];
    int rc = 0;

    code_object_address(range->object, range->begin, &begin);
    if (!r->disassembler.objdump[0])
        rc = disassembler_init(&r->disassembler, why, sizeof(why));
    if (rc == 0)
        rc = disassemble(&r->disassembler, range->mapping->file, begin, begin + bytes,
                         w->report->options.intel_syntax, &d, why, sizeof(why));
    if (rc == 0) {
        look_up(r, range, &d, range->begin - begin, &answer);
        rc = add_code(r, &d, range->begin - begin, &answer);
        answer_release(&answer);
    } else if (rc != -ENOMEM) {
        if (!w->note)
            w->note = profile_string(w->report->profile, why);
        rc = add_sources(w, range);
    }
    disassembly_release(&d);
    return rc;
}

/* ---- all of it */

static int by_file_line(const void *a, const void *b) {
    const struct weblist_entry *x = a, *y = b;
    int order = strcmp(x->file, y->file);

    if (order)
        return order;
    if (x->line != y->line)
        return x->line > y->line ? 1 : -1;
    if (x->instruction != y->instruction)
        return x->instruction > y->instruction ? 1 : -1;
    return (x->depth > y->depth) - (x->depth < y->depth);
}

int weblist_read_code(struct weblist *w) {
    struct reading r = {.weblist = w};
    int rc = find_ranges(&r);

    for (size_t i = 0; rc == 0 && i < w->n_targets; i++)
        if (!w->targets[i].object)
            rc = add_unknown(w, &w->targets[i]);
    if (rc == 0 && r.n_ranges > 0)
        r.files = symbolize_files_new();
    for (size_t i = 0; rc == 0 && i < r.n_ranges; i++)
        rc = read_range(&r, &r.ranges[i]);
    if (w->n_entries > 0)
        qsort(w->entries, w->n_entries, sizeof(*w->entries), by_file_line);
    symbolize_files_free(r.files);
    free(r.ranges);
    return rc;
}
