/* Finds sources. A profile names them by the paths of the machine that built the program; the user
 * has them in a directory of his own, most often the current one or one above it. */
#include "reader/code/source_open.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reader/paths.h"
#include "reader/strconv.h"

/* A FIFO must not hold us up. */
static int open_source(const char *path) {
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

    return fd < 0 ? -errno : fd;
}

static int open_absolute(const char *path, char *why, size_t why_bytes) {
    int fd = open_source(path);

    if (fd < 0) {
        char text[STRCONV_ERROR_BYTES];

        snprintf(why, why_bytes, "open %s: %s", path, strconv_error(fd, text));
    }
    return fd;
}

/* The directory that `dir` is in, in its place. Returns whether that is another. */
static bool parent(char *dir) {
    size_t before = strlen(dir);
    const char *slash = strrchr(dir, '/');
    bool was_dot = strcmp(dir, ".") == 0;

    dir[slash ? slash + 1 - dir : 0] = 0;
    return path_clean(dir, dir) != before || (strcmp(dir, ".") == 0 && !was_dot);
}

/* Below `dir`, which is changed, and below each directory that it is in. */
static int open_below(char *dir, const char *path, char *joined) {
    int fd;

    do {
        sprintf(joined, "%s%s%s", dir, dir[0] ? "/" : "", path);
        path_clean(joined, joined);
        fd = open_source(joined);
    } while (fd < 0 && parent(dir));
    return fd;
}

int source_open(const char *path, const char *trim_path, const char *search_path, char *why,
                size_t why_bytes) {
    size_t room = strlen(path) + strlen(search_path) + 8;
    char *directory, *joined;
    int fd = -ENOMEM;

    path = path_trim(path, trim_path, search_path);
    if (path[0] == '/')
        return open_absolute(path, why, why_bytes);
    snprintf(why, why_bytes, "could not find file %s on path %s", path, search_path);
    directory = malloc(room);
    joined = malloc(room);
    for (const char *dir = search_path; directory && joined;) {
        size_t n = strcspn(dir, ":");

        snprintf(directory, room, "%.*s", (int)n, dir);
        fd = open_below(directory, path, joined);
        if (fd >= 0 || !dir[n])
            break;
        dir += n + 1;
    }
    free(directory);
    free(joined);
    return fd;
}
