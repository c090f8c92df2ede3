/* Copies of fetched profiles: pprof.PROGRAM.TYPE.TYPE.NNN.pb.gz, in $PPROF_TMPDIR, else ~/pprof,
 * else the directory for temporary files. The name is taken with O_EXCL, the file then put in its
 * place whole. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "reader/source/source_parts.h"
#include "reader/strconv.h"

enum { MAX_COPIES = 9999 };

/* Makes a directory and those above it. */
static int make_directories(const char *path) {
    char *copy = strdup(path);
    struct stat st;
    int err = copy ? 0 : -ENOMEM;

    for (char *at = copy; err == 0 && at;) {
        at = strchr(at + strspn(at, "/"), '/');
        if (at)
            *at = '\0';
        if (mkdir(copy, 0755) < 0 && errno != EEXIST)
            err = -errno;
        if (at)
            *at = '/';
    }
    if (err == 0 && (stat(path, &st) < 0 || !S_ISDIR(st.st_mode)))
        err = -ENOTDIR;
    free(copy);
    return err;
}

static bool use(char *path) {
    char text[STRCONV_ERROR_BYTES];
    int err = path ? make_directories(path) : -ENOMEM;

    if (err < 0)
        fprintf(stderr, "Could not use temp dir %s: %s\n", path ? path : "",
                strconv_error(err, text));
    return err == 0;
}

/* The directory for copies: malloc'ed, or NULL. */
static char *directory(void) {
    const char *own = getenv("PPROF_TMPDIR"), *home = getenv("HOME"), *tmp = getenv("TMPDIR");
    char *path = NULL;

    if (own && *own && use(path = strdup(own)))
        return path;
    free(path);
    path = NULL;
    if (home && *home && asprintf(&path, "%s/pprof", home) >= 0 && use(path))
        return path;
    free(path);
    path = strdup(tmp && *tmp ? tmp : "/tmp");
    if (use(path))
        return path;
    free(path);
    return NULL;
}

/* What the file's name begins with. It comes from a server: no part of it leads elsewhere. */
static void name_prefix(const struct profile *p, char *name, size_t room) {
    const char *file = p->n_mappings > 0 ? p->mappings[0]->file : "", *base = strrchr(file, '/');
    size_t n = (size_t)snprintf(name, room, "pprof.");

    base = base ? base + 1 : file;
    if (*base)
        n += (size_t)snprintf(name + n, room - n, "%s.", base);
    for (size_t i = 0; i < p->n_sample_types && n < room; i++)
        n += (size_t)snprintf(name + n, room - n, "%s.", p->sample_types[i].type);
    for (char *c = name; *c; c++)
        if (*c == '/')
            *c = '_';
}

/* Takes the first name that is free; it is *path, malloc'ed. */
static int take_name(const char *directory_path, const char *prefix, char **path) {
    for (int i = 1; i <= MAX_COPIES; i++) {
        int fd;

        if (asprintf(path, "%s%s%s%03d.pb.gz", directory_path,
                     directory_path[strlen(directory_path) - 1] == '/' ? "" : "/", prefix, i) < 0)
            return -ENOMEM;
        fd = open(*path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd >= 0) {
            close(fd);
            return 0;
        }
        free(*path);
        if (errno != EEXIST)
            return -errno;
    }
    return -EEXIST;
}

int source_save(const struct profile *p, char *why, size_t why_bytes) {
    char prefix[NAME_MAX - 16], text[STRCONV_ERROR_BYTES], *path = NULL, *where = directory();
    int err;

    if (!where) {
        snprintf(why, why_bytes, "failed to identify temp dir");
        return -ENOENT;
    }
    name_prefix(p, prefix, sizeof(prefix));
    err = take_name(where, prefix, &path);
    if (err == 0) {
        err = profile_write(p, path);
        if (err == 0)
            fprintf(stderr, "Saved profile in %s\n", path);
        else
            unlink(path);
        free(path);
    }
    if (err == -EEXIST)
        fprintf(stderr, "Could not save profile: could not create file of the form %s001.pb.gz\n",
                prefix);
    else if (err < 0)
        fprintf(stderr, "Could not save profile: %s\n", strconv_error(err, text));
    free(where);
    return 0;
}
