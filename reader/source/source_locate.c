/* The files that mappings were made of, where they are on this machine: google/pprof's
 * locateBinaries. Directories of $PPROF_BINARY_PATH are laid out by build ID, as perf's, as a copy
 * of a file system, or as GDB's debug directories. */
#include <errno.h>
#include <glob.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/grow.h"
#include "reader/code/code_object.h"
#include "reader/source/source_parts.h"
#include "reader/source/source_query.h"
#include "reader/strconv.h"

int source_open_object(const char *path, char build_id[BUILD_ID_HEX_BYTES], char *why,
                       size_t why_bytes) {
    const struct profile_mapping as_mapping = {.file = path};
    char text[STRCONV_ERROR_BYTES];
    struct code_object *o;
    int err = access(path, F_OK) < 0 ? -errno : 0;

    *build_id = '\0';
    if (err < 0) {
        snprintf(why, why_bytes, "open %s: %s", path, strconv_error(err, text));
        return err;
    }
    err = code_object_open(&as_mapping, &o, why, why_bytes);
    if (err < 0)
        return err;
    code_object_build_id(o, build_id);
    code_object_close(o);
    return 0;
}

/* ---- places to look at */

struct names {
    char **at; /* each owned */
    size_t n;
};

static void names_release(struct names *names) {
    for (size_t i = 0; i < names->n; i++)
        free(names->at[i]);
    free(names->at);
    *names = (struct names){0};
}

/* Adds a path, cleaned, as filepath.Join; takes `path`, which may be NULL. */
static int add_name(struct names *names, char *path) {
    char *clean = path ? query_clean_path(path) : NULL;

    free(path);
    if (!clean || !grow_array(&names->at, names->n, sizeof(*names->at))) {
        free(clean);
        return -ENOMEM;
    }
    names->at[names->n++] = clean;
    return 0;
}

__attribute__((format(printf, 2, 3))) static int add_format(struct names *names, const char *format,
                                                            ...) {
    va_list args;
    char *path;
    int n;

    va_start(args, format);
    n = vasprintf(&path, format, args);
    va_end(args);
    return add_name(names, n < 0 ? NULL : path);
}

static int add_matches(struct names *names, const char *directory, const char *build_id) {
    char *pattern;
    glob_t g = {0};
    int err = 0;

    if (asprintf(&pattern, "%s/%s/*", directory, build_id) < 0)
        return -ENOMEM;
    if (glob(pattern, 0, NULL, &g) == 0)
        for (size_t i = 0; i < g.gl_pathc && err == 0; i++)
            err = add_name(names, strdup(g.gl_pathv[i]));
    globfree(&g);
    free(pattern);
    return err;
}

/* A build ID that is part of a path leads nowhere else, also when it comes from a hostile file. */
static bool is_plain(const char *build_id) {
    return *build_id && !strpbrk(build_id, "/*?[\\") && strcmp(build_id, "..") != 0;
}

/* Every place in one directory, in order. */
static int add_names(struct names *names, const char *in, const struct profile_mapping *m) {
    const char *file = m->file, *slash = strrchr(file, '/'), *base = slash ? slash + 1 : file;
    const char *id = m->build_id;
    int dir = slash ? (int)(slash - file) : 0, err = 0;

    if (is_plain(id)) {
        err = add_format(names, "%s/%s/%s", in, id, base);
        err = err ? err : add_matches(names, in, id);
        err = err ? err : add_format(names, "%s/%s/%s", in, file, id);
        if (err == 0 && strlen(id) > 2)
            err = add_format(names, "%s/%.2s/%s.debug", in, id, id + 2);
    }
    if (err < 0 || !*file)
        return err;
    err = add_format(names, "%s/%s", in, base);
    err = err ? err : add_format(names, "%s/%s", in, file);
    err = err ? err : add_format(names, "%s/%s.debug", in, file);
    err = err ? err : add_format(names, "%s/%.*s/.debug/%s.debug", in, dir, file, base);
    return err ? err : add_format(names, "%s/usr/lib/debug/%.*s/%s.debug", in, dir, file, base);
}

/* Takes the first file that is a binary with the mapping's build ID. */
static int locate_in(struct profile *p, struct profile_mapping *m, const char *in, bool *found) {
    struct names names = {0};
    char build_id[BUILD_ID_HEX_BYTES], why[512];
    int err = add_names(&names, in, m);

    for (size_t i = 0; i < names.n && err == 0 && !*found; i++) {
        const char *name = names.at[i];

        if (source_open_object(name, build_id, why, sizeof(why)) < 0)
            continue;
        if (*m->build_id && strcmp(m->build_id, build_id) != 0) {
            fprintf(stderr, "Ignoring local file %s: build-id mismatch (%s != %s)\n", name,
                    m->build_id, build_id);
            continue;
        }
        *found = true;
        m->file = profile_string(p, name);
        err = m->file ? 0 : -ENOMEM;
    }
    names_release(&names);
    return err;
}

static int locate_all(struct profile *p, char *search) {
    static const char here[] = ".";
    int err = 0;

    for (size_t i = 0; i < p->n_mappings && err == 0; i++) {
        const char *in;
        char *rest = search;
        bool found = false;

        while (err == 0 && !found && rest) {
            char *end = strchrnul(rest, ':'), c = *end;

            *end = '\0';
            in = *rest ? rest : here;
            err = locate_in(p, p->mappings[i], in, &found);
            *end = c;
            rest = c ? end + 1 : NULL;
        }
    }
    return err;
}

static char *search_path(void) {
    const char *own = getenv("PPROF_BINARY_PATH"), *home = getenv("HOME");
    char *path;

    if (own && *own)
        return strdup(own);
    return asprintf(&path, "%s%spprof/binaries", home ? home : "", home && *home ? "/" : "") < 0
               ? NULL
               : path;
}

/* ---- what the command line says of the program */

static int add_fake_mapping(struct profile *p) {
    struct profile_mapping *m = profile_add_mapping(p);

    if (!m)
        return -ENOMEM;
    for (size_t i = 0; i < p->n_locations; i++)
        p->locations[i]->mapping = m;
    return 0;
}

int source_locate(struct profile *p, const struct source_request *q) {
    char *search = search_path();
    int err = search ? locate_all(p, search) : -ENOMEM;
    const char *file = q->executable ? q->executable : "", *id = q->build_id ? q->build_id : "";

    free(search);
    /* Without any, a program that is mapped where it was linked can still be named. */
    if (err == 0 && p->n_mappings == 0)
        err = add_fake_mapping(p);
    if (err < 0)
        return err;
    if (*file)
        p->mappings[0]->file = profile_string(p, file);
    if (*id && !*p->mappings[0]->build_id)
        p->mappings[0]->build_id = profile_string(p, id);
    return p->mappings[0]->file && p->mappings[0]->build_id ? 0 : -ENOMEM;
}
