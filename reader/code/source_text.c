/* Reads sources as pprof does: lines end at a newline, a carriage return before it does not count,
 * and a line too long for its reader is where the file ends. What is no regular file has no lines:
 * a profile may name any path. */
#include "reader/code/source_text.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/grow.h"
#include "base/read_all.h"
#include "reader/code/source_open.h"
#include "reader/strconv.h"

enum { MAX_LINE_BYTES = 64 * 1024 - 1, MAX_FILE_BYTES = 256 * 1024 * 1024 };

struct source_file {
    char *path;
    char *text;
    struct source_line *lines;
    size_t n_lines;
    char *error;
};

struct sources {
    char *search_path, *trim_path;
    struct source_file *files;
    size_t n_files, last;
};

struct sources *sources_new(const char *search_path, const char *trim_path, char *why,
                            size_t why_bytes) {
    struct sources *s = calloc(1, sizeof(*s));
    char text[STRCONV_ERROR_BYTES];
    int err = 0;

    if (s) {
        s->trim_path = strdup(trim_path);
        s->search_path = search_path[0] ? strdup(search_path) : getcwd(NULL, 0);
        err = !s->search_path && !search_path[0] ? errno : 0;
    }
    if (s && s->search_path && s->trim_path)
        return s;
    if (err)
        snprintf(why, why_bytes, "could not stat current dir: %s", strconv_error(err, text));
    else
        snprintf(why, why_bytes, "out of memory");
    sources_free(s);
    return NULL;
}

void sources_free(struct sources *s) {
    if (!s)
        return;
    for (size_t i = 0; i < s->n_files; i++) {
        free(s->files[i].path);
        free(s->files[i].text);
        free(s->files[i].lines);
        free(s->files[i].error);
    }
    free(s->files);
    free(s->search_path);
    free(s->trim_path);
    free(s);
}

/* Ends each line with a NUL; there is room for the last one. */
static void split(struct source_file *f, size_t bytes) {
    char *at = f->text, *end = f->text + bytes;

    while (at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        size_t n = (size_t)((newline ? newline : end) - at), kept;

        if (n > MAX_LINE_BYTES || !grow_array(&f->lines, f->n_lines, sizeof(*f->lines)))
            return;
        kept = n > 0 && at[n - 1] == '\r' ? n - 1 : n;
        at[kept] = 0;
        f->lines[f->n_lines++] = (struct source_line){at, kept};
        at += n + 1;
    }
}

/* Makes room for a NUL behind the text. */
static bool make_room(struct source_file *f, size_t bytes) {
    char *text = realloc(f->text, bytes + 1);

    f->text = text ? text : f->text;
    return text != NULL;
}

static void read_file(const struct sources *s, struct source_file *f) {
    char why[PATH_MAX + 256];
    int fd = source_open(f->path, s->trim_path, s->search_path, why, sizeof(why));
    struct stat st;
    size_t bytes;

    if (fd < 0) {
        f->error = strdup(why);
        return;
    }
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
        read_all(fd, MAX_FILE_BYTES, &f->text, &bytes) == 0 && make_room(f, bytes))
        split(f, bytes);
    close(fd);
}

static struct source_file *find(struct sources *s, const char *path) {
    struct source_file *f;

    if (s->last < s->n_files && strcmp(s->files[s->last].path, path) == 0)
        return &s->files[s->last];
    for (s->last = 0; s->last < s->n_files; s->last++)
        if (strcmp(s->files[s->last].path, path) == 0)
            return &s->files[s->last];
    if (!grow_array(&s->files, s->n_files, sizeof(*s->files)))
        return NULL;
    f = &s->files[s->n_files];
    *f = (struct source_file){.path = strdup(path)};
    if (!f->path)
        return NULL;
    read_file(s, f);
    s->n_files++;
    return f;
}

struct source_line sources_line(struct sources *s, const char *path, int64_t number) {
    const struct source_file *f = find(s, path);

    if (!f || number < 1 || (uint64_t)number > f->n_lines)
        return (struct source_line){0};
    return f->lines[number - 1];
}

const char *sources_error(struct sources *s, const char *path) {
    const struct source_file *f = find(s, path);

    return f ? f->error : NULL;
}
