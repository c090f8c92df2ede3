/* A descriptor read to its end. Not async-signal-safe. Any thread. */
#ifndef CPPROF_BASE_READ_ALL_H
#define CPPROF_BASE_READ_ALL_H

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

/* Reads to the end, at most `max` bytes, else -E2BIG. On success *out is the caller's to free; it
 * is not NUL-terminated. -ENOMEM, or -errno of read. */
static inline int read_all(int fd, size_t max, char **out, size_t *out_bytes) {
    size_t used = 0, room = 64 * 1024;
    char *bytes = malloc(room), *more;
    ssize_t n = 1;
    int err = bytes ? 0 : -ENOMEM;

    while (err == 0 && n != 0) {
        if (used == room) {
            more = realloc(bytes, room * 2);
            err = more ? 0 : -ENOMEM;
            bytes = more ? more : bytes;
            room *= 2;
            continue;
        }
        n = read(fd, bytes + used, room - used);
        if (n > 0)
            used += (size_t)n;
        else if (n < 0 && errno != EINTR)
            err = -errno;
        if (err == 0 && used > max)
            err = -E2BIG;
    }
    if (err < 0) {
        free(bytes);
        return err;
    }
    *out = bytes;
    *out_bytes = used;
    return 0;
}

#endif
