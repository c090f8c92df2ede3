/* Groups a profile's addresses by the file that they are in, has each file looked up, and writes
 * the answers into the profile.
 *
 *   symbolize.c           profile <-> addresses of files; comments; has_* flags
 *   symbolize_places.c    where else a file may be
 *   symbolize_files.c     the files in use, found again by build ID
 *   symbolize_worker.c    one process per file, for what comes next may crash
 *   symbolize_object.c    an ELF file: DWARF, else symbol table, else PLT
 *   symbolize_answer.c    what comes back
 *
 * Addresses in no file are those of JIT code, or nobody's (symbolize_jit.c).
 *
 * Addresses of callers are already return address minus 1 (a call's last byte), so each address is
 * looked up as it is. */
#include "symbolize/symbolize.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "symbolize/symbolize_files.h"
#include "symbolize/symbolize_jit.h"
#include "symbolize/symbolize_places.h"
#include "symbolize/symbolize_text.h"

struct symbolizer {
    struct symbolize_files *files;
};

/* A location without lines. */
struct item {
    struct profile_location *location;
    size_t index;    /* of the location in the profile */
    uint64_t offset; /* in its mapping's file; the address itself when it is in no file */
    bool in_file;
};

struct work {
    struct symbolizer *symbolizer;
    struct profile *profile;
    const struct symbolize_options *options;
    struct item *items;
    size_t n;
};

struct symbolizer *symbolizer_new(void) {
    struct symbolizer *s = calloc(1, sizeof(*s));

    if (!s || !(s->files = symbolize_files_new())) {
        free(s);
        return NULL;
    }
    return s;
}

void symbolizer_free(struct symbolizer *s) {
    if (!s)
        return;
    symbolize_files_free(s->files);
    free(s);
}

/* ---- addresses of files */

/* Whether a mapping's name is a file's: not empty, not "[heap]", and not one of the names that the
 * kernel makes up for memory without a file. */
static bool names_file(const char *name) {
    static const char *const made_up[] = {"//anon", "/memfd:",        "/dev/zero",
                                          "/SYSV",  "/anon_hugepage", "/[aio]"};

    if (strcmp(name, "[vdso]") == 0)
        return true;
    if (name[0] != '/')
        return false;
    for (size_t i = 0; i < sizeof(made_up) / sizeof(made_up[0]); i++)
        if (strncmp(name, made_up[i], strlen(made_up[i])) == 0)
            return false;
    return true;
}

static struct item make_item(struct profile_location *location) {
    const struct profile_mapping *m = location->mapping;
    struct item item = {.location = location, .offset = location->address};

    if (m && names_file(m->file) && location->address >= m->start && location->address < m->limit) {
        item.offset = location->address - m->start + m->offset;
        item.in_file = true;
    }
    return item;
}

static int compare_file(const struct item *x, const struct item *y) {
    int order;

    if (!x->in_file || !y->in_file)
        return (int)y->in_file - (int)x->in_file;
    if (x->location->mapping == y->location->mapping)
        return 0;
    order = strcmp(x->location->mapping->file, y->location->mapping->file);
    return order ? order : strcmp(x->location->mapping->build_id, y->location->mapping->build_id);
}

static int compare_items(const void *a, const void *b) {
    const struct item *x = a, *y = b;
    int order = compare_file(x, y);

    if (order != 0 || x->offset == y->offset)
        return order;
    return x->offset < y->offset ? -1 : 1;
}

static int collect_items(struct work *w) {
    w->items = calloc(w->profile->n_locations + 1, sizeof(*w->items));
    if (!w->items)
        return -ENOMEM;
    for (size_t i = 0; i < w->profile->n_locations; i++)
        if (w->profile->locations[i]->n_lines == 0) {
            w->items[w->n] = make_item(w->profile->locations[i]);
            w->items[w->n++].index = i;
        }
    qsort(w->items, w->n, sizeof(*w->items), compare_items);
    return 0;
}

/* ---- answers */

static struct profile_function *make_function(struct profile *p, const struct answer *answer,
                                              uint32_t index) {
    const struct answer_function *f = &answer->functions[index];
    const char *name = symbolize_string(p, answer->text + f->name);
    const char *system_name = symbolize_string(p, answer->text + f->system_name);
    const char *file = symbolize_string(p, answer->text + f->file);

    if (!name || !system_name || !file)
        return NULL;
    return profile_function(p, name, system_name, file, f->start_line);
}

static int set_lines(struct profile *p, struct profile_location *location,
                     const struct answer *answer, const struct answer_span *span,
                     struct profile_function **functions) {
    struct profile_line *lines = profile_alloc(p, span->n * sizeof(*lines));

    if (!lines)
        return -ENOMEM;
    for (uint32_t i = 0; i < span->n; i++) {
        const struct answer_frame *frame = &answer->frames[span->first + i];

        if (!functions[frame->function])
            functions[frame->function] = make_function(p, answer, frame->function);
        if (!functions[frame->function])
            return -ENOMEM;
        lines[i] = (struct profile_line){functions[frame->function], frame->line, 0};
    }
    location->lines = lines;
    location->n_lines = span->n;
    return 0;
}

/* Writes an answer into the profile; *unnamed is how many addresses have no name in it. */
static int apply(struct work *w, const struct item *items, const struct answer *answer,
                 uint32_t *unnamed) {
    struct profile *p = w->profile;
    uint32_t *offsets = w->options->function_offsets;
    struct profile_function **functions =
        calloc((size_t)answer->n_functions + 1, sizeof(*functions));
    int rc = functions ? 0 : -ENOMEM;

    *unnamed = 0;
    for (uint32_t i = 0; i < answer->n_spans && rc == 0; i++) {
        if (offsets)
            offsets[items[i].index] = answer->spans[i].offset;
        if (answer->spans[i].n == 0)
            ++*unnamed;
        else
            rc = set_lines(p, items[i].location, answer, &answer->spans[i], functions);
    }
    free(functions);
    return rc;
}

static int comment_answer(struct profile *p, const char *file, const struct answer *answer,
                          uint32_t unnamed) {
    int rc = 0;

    if (answer->status == ANSWER_REFUSED)
        return symbolize_comment(p, "%s: %s, not symbolized", file, answer->text + answer->note);
    if (answer->status == ANSWER_UNCHECKED)
        rc = symbolize_comment(
            p, "%s: mapped without a build ID, symbolized from the file as it is now", file);
    if (rc == 0 && unnamed > 0)
        rc = symbolize_comment(p, "%s: no symbol for %u of %u addresses", file, unnamed,
                               answer->n_spans);
    return rc;
}

/* Looks the file up at its path, and where else it may be. A failure is told of the path. */
static int look_up(struct work *w, const struct profile_mapping *m,
                   struct symbolize_request *request, struct answer *answer, char *why,
                   size_t why_bytes) {
    struct symbolize_files *files = w->symbolizer->files;
    struct symbolize_places places;
    int rc = symbolize_files_lookup(files, request, answer, why, why_bytes);

    if ((rc == 0 && answer->status != ANSWER_REFUSED) || !request->build_id[0])
        return rc;
    symbolize_places(w->profile, m, w->options->exe, &places);
    for (int i = 0; i < places.n; i++) {
        struct answer other = {0};
        char unsaid[256];

        request->place = places.path[i];
        if (symbolize_files_lookup(files, request, &other, unsaid, sizeof(unsaid)) == 0 &&
            other.status == ANSWER_OK) {
            answer_release(answer);
            *answer = other;
            return 0;
        }
        answer_release(&other);
    }
    return rc;
}

/* Symbolizes `n` items of one file. */
static int symbolize_file(struct work *w, const struct item *items, uint32_t n) {
    const struct profile_mapping *m = items[0].location->mapping;
    uint64_t *offsets = malloc(n * sizeof(*offsets));
    struct symbolize_request request = {.path = m->file,
                                        .build_id = m->build_id,
                                        .offsets = offsets,
                                        .n = n,
                                        .debug_path = w->options->debug_path,
                                        .in_process = w->options->in_process};
    struct answer answer = {0};
    char why[256] = "";
    uint32_t unnamed;
    int rc;

    if (!offsets)
        return -ENOMEM;
    for (uint32_t i = 0; i < n; i++)
        offsets[i] = items[i].offset;
    if (look_up(w, m, &request, &answer, why, sizeof(why)) < 0) {
        rc = symbolize_comment(w->profile, "%s: %s, not symbolized", m->file, why);
    } else {
        rc = apply(w, items, &answer, &unnamed);
        if (rc == 0)
            rc = comment_answer(w->profile, m->file, &answer, unnamed);
    }
    answer_release(&answer);
    free(offsets);
    return rc;
}

/* ---- addresses in no file */

static int symbolize_no_file(struct work *w, const struct item *items, size_t n) {
    struct profile_location **locations = calloc(n, sizeof(*locations));
    int rc;

    if (!locations)
        return -ENOMEM;
    for (size_t i = 0; i < n; i++)
        locations[i] = items[i].location;
    rc = symbolize_jit(w->profile, locations, n, w->options->perf_map);
    free(locations);
    return rc;
}

/* ---- flags of mappings */

/* How many locations of a mapping have what. */
struct coverage {
    struct profile_mapping *mapping;
    size_t all, touched, named, with_file, with_line;
};

static int compare_coverage(const void *a, const void *b) {
    const struct coverage *x = a, *y = b;

    return x->mapping < y->mapping ? -1 : x->mapping > y->mapping;
}

static struct coverage *coverage_of(struct coverage *list, size_t n,
                                    struct profile_mapping *mapping) {
    struct coverage key = {.mapping = mapping};

    return mapping && n ? bsearch(&key, list, n, sizeof(*list), compare_coverage) : NULL;
}

static void count_location(struct coverage *c, const struct profile_location *location) {
    bool file = location->n_lines > 0, line = file;

    for (size_t i = 0; i < location->n_lines; i++) {
        file = file && location->lines[i].function->filename[0];
        line = line && location->lines[i].line > 0;
    }
    c->all++;
    c->named += location->n_lines > 0;
    c->with_file += file;
    c->with_line += line;
}

/* pprof leaves a mapping alone that has any of these set, so they are set only where nothing is
 * left for it to do. */
static int set_flags(struct work *w) {
    struct profile *p = w->profile;
    struct coverage *list = calloc(p->n_mappings + 1, sizeof(*list));

    if (!list)
        return -ENOMEM;
    for (size_t i = 0; i < p->n_mappings; i++)
        list[i].mapping = p->mappings[i];
    qsort(list, p->n_mappings, sizeof(*list), compare_coverage);
    for (size_t i = 0; i < p->n_locations; i++) {
        struct coverage *c = coverage_of(list, p->n_mappings, p->locations[i]->mapping);

        if (c)
            count_location(c, p->locations[i]);
    }
    for (size_t i = 0; i < w->n; i++) {
        struct coverage *c = coverage_of(list, p->n_mappings, w->items[i].location->mapping);

        if (c && w->items[i].location->n_lines > 0)
            c->touched++;
    }
    for (size_t i = 0; i < p->n_mappings; i++) {
        struct coverage *c = &list[i];

        /* Also where some addresses have no symbol: what can be known is, and pprof, which would
         * look for the file here, could only guess. */
        if (c->touched == 0)
            continue;
        c->mapping->has_functions = true;
        c->mapping->has_filenames |= c->with_file == c->all;
        c->mapping->has_line_numbers |= c->with_line == c->all;
        c->mapping->has_inline_frames |= c->with_line == c->all;
    }
    free(list);
    return 0;
}

int symbolize_profile(struct symbolizer *s, struct profile *p,
                      const struct symbolize_options *options) {
    static const struct symbolize_options defaults;
    struct work w = {.symbolizer = s, .profile = p, .options = options ? options : &defaults};
    int rc = collect_items(&w);

    for (size_t i = 0, end; i < w.n && rc == 0; i = end) {
        const uint32_t most = 1 << 20; /* addresses in one request */

        for (end = i; end < w.n && compare_file(&w.items[i], &w.items[end]) == 0; end++)
            if (w.items[i].in_file && end - i >= most)
                break;
        if (w.items[i].in_file)
            rc = symbolize_file(&w, w.items + i, (uint32_t)(end - i));
        else
            rc = symbolize_no_file(&w, w.items + i, end - i);
    }
    if (rc == 0)
        rc = set_flags(&w);
    free(w.items);
    return rc;
}
