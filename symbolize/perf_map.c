/* A map grows at its end: when code moves or its memory is used again, a later line overrides the
 * earlier ones. So the lines are read from the last to the first, and each gives its name to those
 * addresses of its range that have none yet. `next[i]` leads from an address to the next unnamed
 * one, with the paths shortened as they are walked, so that lines with huge ranges cost no more
 * than others and the whole is linear in the file, whatever it says. */
#include "symbolize/perf_map.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_MAP_BYTES = 256 << 20, MAX_NAME_BYTES = 4096 };

void perf_map_path(char *path, size_t path_bytes, long pid) {
    snprintf(path, path_bytes, "/tmp/perf-%ld.map", pid);
}

static int check_trusted(int fd, uid_t owner, size_t *bytes) {
    struct stat st;

    if (fstat(fd, &st) != 0)
        return -errno;
    if (!S_ISREG(st.st_mode))
        return -EINVAL;
    if (st.st_uid != 0 && st.st_uid != geteuid() && st.st_uid != owner)
        return -EPERM;
    if (st.st_size > MAX_MAP_BYTES)
        return -EFBIG;
    *bytes = (size_t)st.st_size;
    return 0;
}

static int read_all(int fd, char *to, size_t bytes, size_t *n) {
    *n = 0;
    while (*n < bytes) {
        ssize_t got = read(fd, to + *n, bytes - *n);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -errno;
        if (got == 0)
            break;
        *n += (size_t)got;
    }
    return 0;
}

int perf_map_read(const char *path, uid_t owner, char **text, size_t *n) {
    /* Not blocking: a FIFO of that name must not hold us up. */
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    size_t bytes = 0;
    int rc;

    *text = NULL;
    if (fd < 0)
        return -errno;
    rc = check_trusted(fd, owner, &bytes);
    if (rc == 0 && !(*text = malloc(bytes + 1)))
        rc = -ENOMEM;
    if (rc == 0)
        rc = read_all(fd, *text, bytes, n);
    close(fd);
    if (rc < 0) {
        free(*text);
        *text = NULL;
        return rc;
    }
    (*text)[*n] = 0;
    return 0;
}

/* Parses `START SIZE name`; the name is cut at the first control character. */
static bool parse_line(char *line, uint64_t *start, uint64_t *size, const char **name) {
    char *p = line, *end;

    if (!isxdigit((unsigned char)*p))
        return false;
    *start = strtoull(p, &end, 16);
    if (end == p || *end != ' ' || !isxdigit((unsigned char)end[1]))
        return false;
    p = end + 1;
    *size = strtoull(p, &end, 16);
    if (end == p || *end != ' ')
        return false;
    p = end + 1;
    for (end = p; (unsigned char)*end >= ' ' && end - p < MAX_NAME_BYTES; end++)
        ;
    *end = 0;
    *name = p;
    return end > p && *size > 0;
}

static size_t first_not_below(const uint64_t *addresses, size_t n, uint64_t address) {
    size_t lo = 0, hi = n;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;

        if (addresses[mid] < address)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static size_t first_unnamed(size_t *next, size_t i) {
    while (next[i] != i) {
        next[i] = next[next[i]];
        i = next[i];
    }
    return i;
}

int perf_map_lookup(char *text, size_t n, const uint64_t *addresses, size_t n_addresses,
                    const char **names) {
    size_t *next = malloc((n_addresses + 1) * sizeof(*next));
    size_t left = n_addresses;

    if (!next)
        return -ENOMEM;
    for (size_t i = 0; i <= n_addresses; i++)
        next[i] = i;
    for (size_t end = n; end > 0 && left > 0;) {
        uint64_t start, size;
        const char *name;
        size_t begin = end;

        while (begin > 0 && text[begin - 1] != '\n')
            begin--;
        text[end] = 0;
        if (parse_line(text + begin, &start, &size, &name)) {
            size_t i = first_unnamed(next, first_not_below(addresses, n_addresses, start));

            for (; i < n_addresses && addresses[i] - start < size; i = first_unnamed(next, i)) {
                names[i] = name;
                next[i] = i + 1;
                left--;
            }
        }
        end = begin > 0 ? begin - 1 : 0;
    }
    free(next);
    return 0;
}
