/* Names from the files that were mapped, through the symbolizer. What google/pprof's
 * internal/symbolizer leaves alone, is left alone here.
 *
 * The symbolizer names whatever has no name yet, in the whole profile, by absolute paths and
 * positions in files. So while it works, the profile has only the locations that are to be named,
 * and their mappings say what it needs. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reader/code/code_object.h"
#include "reader/source/source_parts.h"
#include "symbolize/symbolize.h"

static bool starts(const char *s, const char *with) {
    return strncmp(s, with, strlen(with)) == 0;
}

/* ---- which */

static const char *base_name(const char *path) {
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

/* What is no file: mapping.Unsymbolizable. */
static bool is_no_file(const char *file) {
    const char *base = base_name(file);

    return *base == '[' || starts(base, "linux-vdso") || starts(file, "/dev/dri/") ||
           strcmp(file, "//anon") == 0 || starts(file, "/memfd:");
}

/* Whether the file of a mapping can be read, and is the one that was mapped; says why not. */
static bool has_binary(const struct profile_mapping *m, bool *missing) {
    char build_id[BUILD_ID_HEX_BYTES], why[SOURCE_WHY_BYTES] = "";
    int err = source_open_object(m->file, build_id, why, sizeof(why));

    if (err == 0 && *m->build_id && *build_id && strcmp(m->build_id, build_id) != 0) {
        snprintf(why, sizeof(why), "build ID mismatch");
        err = -ESTALE;
    } else if (err < 0) {
        *missing = true;
    }
    if (err < 0)
        fprintf(stderr, "Local symbolization failed for %s%s%s%s: %s\n", base_name(m->file),
                *m->build_id ? " (build ID " : "", m->build_id, *m->build_id ? ")" : "", why);
    return err == 0;
}

/* Whether the locations of a mapping are to be named from its file. */
static bool is_wanted(const struct profile *p, const struct profile_mapping *m, bool force,
                      bool *missing) {
    if (!force && (m->has_functions || m->has_filenames || m->has_line_numbers))
        return false;
    if (!*m->file) {
        if (m == p->mappings[0])
            fprintf(stderr, "Main binary filename not available.\n");
        else
            *missing = true;
        return false;
    }
    if (is_no_file(m->file) || (!*m->build_id && source_url_is_absolute(m->file, "http")))
        return false;
    return has_binary(m, missing);
}

/* ---- what is done */

/* A mapping at work. */
struct job {
    struct profile_mapping *mapping;
    bool used, wanted;
    struct profile_mapping before;  /* what it said */
    struct code_object *by_address; /* its file, if its addresses are those of the file */
};

/* A location at work, and what it had. */
struct place {
    struct profile_location *location;
    struct profile_line *lines;
    size_t n_lines;
    uint64_t address;
};

/* What the profile had, while the symbolizer sees less of it. */
struct view {
    struct profile_location **all;
    size_t n_all, n_functions, n_comments;
    struct profile_location **chosen; /* owned */
    struct place *places;             /* of each chosen one; owned */
    size_t n;
};

static int compare_jobs(const void *a, const void *b) {
    const struct job *x = a, *y = b;

    return (x->mapping > y->mapping) - (x->mapping < y->mapping);
}

static struct job *job_of(struct job *jobs, size_t n, struct profile_mapping *m) {
    const struct job key = {.mapping = m};

    return m ? bsearch(&key, jobs, n, sizeof(key), compare_jobs) : NULL;
}

/* Decides about every mapping that has locations. *jobs is malloc'ed. */
static int choose_mappings(struct profile *p, bool force, struct job **jobs) {
    struct job *list = calloc(p->n_mappings + 1, sizeof(*list));
    bool missing = false;

    *jobs = list;
    if (!list)
        return -ENOMEM;
    for (size_t i = 0; i < p->n_mappings; i++)
        list[i].mapping = p->mappings[i];
    qsort(list, p->n_mappings, sizeof(*list), compare_jobs);
    for (size_t i = 0; i < p->n_locations; i++) {
        struct job *job = job_of(list, p->n_mappings, p->locations[i]->mapping);

        if (job)
            job->used = true;
    }
    for (size_t i = 0; i < p->n_mappings; i++) {
        struct job *job = job_of(list, p->n_mappings, p->mappings[i]);

        job->wanted = job->used && is_wanted(p, p->mappings[i], force, &missing);
    }
    if (missing)
        fprintf(stderr, "Some binary filenames not available. Symbolization may be incomplete.\n"
                        "Try setting PPROF_BINARY_PATH to the search path for local binaries.\n");
    return 0;
}

/* Whether a mapping says nothing of where the file was mapped: addresses are then the file's own.
 */
static bool says_nothing(const struct profile_mapping *m) {
    return m->start == 0 && m->offset == 0 && (m->limit == 0 || m->limit == UINT64_MAX);
}

/* Makes a mapping say what the symbolizer needs. */
static int prepare_mapping(struct profile *p, struct job *job) {
    struct profile_mapping *m = job->mapping;
    char path[PATH_MAX], why[SOURCE_WHY_BYTES];

    job->before = *m;
    if (realpath(m->file, path))
        m->file = profile_string(p, path);
    if (!m->file) {
        m->file = job->before.file;
        return -ENOMEM;
    }
    if (!says_nothing(m))
        return 0;
    m->limit = UINT64_MAX;
    /* It could be opened a moment ago. */
    return code_object_open(&job->before, &job->by_address, why, sizeof(why)) == -ENOMEM ? -ENOMEM
                                                                                         : 0;
}

static void restore_mapping(struct job *job) {
    struct profile_mapping *m = job->mapping;

    m->file = job->before.file;
    m->limit = job->before.limit;
    code_object_close(job->by_address);
    job->by_address = NULL;
}

static int prepare_mappings(struct profile *p, struct job *jobs) {
    int err = 0;

    for (size_t i = 0; i < p->n_mappings; i++) {
        jobs[i].before = *jobs[i].mapping;
        if (jobs[i].wanted && err == 0)
            err = prepare_mapping(p, &jobs[i]);
    }
    return err;
}

/* Leaves the profile with the locations that are to be named, without their lines. */
static int narrow(struct profile *p, struct job *jobs, struct view *v) {
    *v = (struct view){.all = p->locations,
                       .n_all = p->n_locations,
                       .n_functions = p->n_functions,
                       .n_comments = p->n_comments,
                       .chosen = calloc(p->n_locations + 1, sizeof(*v->chosen)),
                       .places = calloc(p->n_locations + 1, sizeof(*v->places))};
    if (!v->chosen || !v->places)
        return -ENOMEM;
    for (size_t i = 0; i < p->n_locations; i++) {
        struct profile_location *l = p->locations[i];
        struct job *job = job_of(jobs, p->n_mappings, l->mapping);

        if (!job || !job->wanted)
            continue;
        v->places[v->n] = (struct place){l, l->lines, l->n_lines, l->address};
        v->chosen[v->n++] = l;
        l->n_lines = 0;
        if (job->by_address)
            l->address = code_object_position(job->by_address, l->address);
    }
    p->locations = v->chosen;
    p->n_locations = v->n;
    return 0;
}

/* What the symbolizer has noted in comments is for stderr here. */
static void show_notes(struct profile *p, size_t n_before) {
    static const char prefix[] = "cpprof: ";

    for (size_t i = n_before; i < p->n_comments; i++) {
        const char *note = p->comments[i];

        if (strstr(note, "not symbolized"))
            fprintf(stderr, "Local symbolization failed for %s\n",
                    starts(note, prefix) ? note + sizeof(prefix) - 1 : note);
    }
    p->n_comments = n_before;
}

/* Names of functions only, of those that are not inlined: what a symbol table has. */
static int strip_lines(struct profile *p, struct profile_location *l) {
    struct profile_line *line = &l->lines[l->n_lines - 1];
    const char *name = line->function->system_name;

    *line = (struct profile_line){.function = profile_function(p, name, name, "", 0)};
    l->lines = line;
    l->n_lines = 1;
    return line->function ? 0 : -ENOMEM;
}

static void mark(struct profile_location *l) {
    struct profile_mapping *m = l->mapping;

    m->has_inline_frames = true;
    l->is_folded = false;
    for (size_t i = 0; i < l->n_lines; i++) {
        m->has_functions = m->has_functions || *l->lines[i].function->system_name;
        m->has_filenames = m->has_filenames || *l->lines[i].function->filename;
        m->has_line_numbers = m->has_line_numbers || l->lines[i].line != 0;
    }
}

/* Gives the profile its locations back. Those that got no lines keep what they had. */
static int widen(struct profile *p, struct view *v, bool fast) {
    int err = 0;

    p->locations = v->all;
    p->n_locations = v->n_all;
    for (size_t i = 0; i < v->n; i++) {
        struct place *place = &v->places[i];
        struct profile_location *l = place->location;

        l->address = place->address;
        if (l->n_lines == 0) {
            l->lines = place->lines;
            l->n_lines = place->n_lines;
            continue;
        }
        if (fast && err == 0)
            err = strip_lines(p, l);
        mark(l);
    }
    return err;
}

/* New functions have their system names until they are demangled. */
static void use_system_names(struct profile *p, size_t from) {
    for (size_t i = from; i < p->n_functions; i++)
        if (*p->functions[i]->system_name)
            p->functions[i]->name = p->functions[i]->system_name;
}

/* The flags of mappings are pprof's here: whether any location has what, not every one. */
static void clear_flags(struct job *jobs, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (jobs[i].wanted) {
            struct profile_mapping *m = jobs[i].mapping;
            m->has_functions = m->has_filenames = false;
            m->has_line_numbers = m->has_inline_frames = false;
        }
}

static int run_symbolizer(struct profile *p) {
    struct symbolizer *s = symbolizer_new();
    int err = s ? symbolize_profile(s, p, NULL) : -ENOMEM;

    symbolizer_free(s);
    return err;
}

static int symbolize_chosen(struct profile *p, struct job *jobs, bool fast) {
    struct view v = {0};
    int err = prepare_mappings(p, jobs);

    err = err ? err : narrow(p, jobs, &v);
    if (err == 0) {
        int widened;

        err = run_symbolizer(p);
        clear_flags(jobs, p->n_mappings);
        widened = widen(p, &v, fast);
        err = err ? err : widened;
        use_system_names(p, v.n_functions);
        show_notes(p, v.n_comments);
    }
    for (size_t i = 0; i < p->n_mappings; i++)
        restore_mapping(&jobs[i]);
    free(v.chosen);
    free(v.places);
    return err;
}

int source_symbolize_locally(struct profile *p, bool force, bool fast) {
    struct job *jobs = NULL;
    int err = choose_mappings(p, force, &jobs);
    bool any = false;

    for (size_t i = 0; i < p->n_mappings && err == 0; i++)
        any = any || jobs[i].wanted;
    if (any)
        err = symbolize_chosen(p, jobs, fast);
    free(jobs);
    return err;
}
