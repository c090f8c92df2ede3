/* Profiles as files: read whole; written beside their place under a temporary name and renamed, so
 * that no reader ever sees half of one. What is there and is no regular file, such as a device or a
 * pipe, is written to in place. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/read_all.h"
#include "proto/profile.h"

/* More than any file that decodes with the default limits. */
enum { DEFAULT_MAX_FILE_BYTES = 1 << 30 };

/* ---- reading */

/* A descriptor of a file that is no directory. */
static int open_input(const char *path) {
    struct stat st;
    int fd = strcmp(path, "-") == 0 ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
                                    : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    int err = 0;

    if (fd < 0)
        return -errno;
    if (fstat(fd, &st) < 0)
        err = -errno;
    else if (S_ISDIR(st.st_mode))
        err = -EISDIR;
    if (err < 0)
        close(fd);
    return err ? err : fd;
}

int profile_read_bytes(const char *path, size_t max_bytes, void **out, size_t *out_bytes, char *why,
                       size_t why_bytes) {
    size_t max = max_bytes ? max_bytes : DEFAULT_MAX_FILE_BYTES;
    char *bytes = NULL;
    int fd = open_input(path), err = fd < 0 ? fd : read_all(fd, max, &bytes, out_bytes);

    if (fd >= 0)
        close(fd);
    if (err < 0 && why && why_bytes > 0 && err == -E2BIG)
        snprintf(why, why_bytes, "file has more than %zu bytes", max);
    else if (err < 0 && why && why_bytes > 0)
        snprintf(why, why_bytes, "%s", strerror(-err));
    *out = bytes;
    return err;
}

int profile_read(const char *path, const struct profile_limits *limits, struct profile **out,
                 char *why, size_t why_bytes) {
    struct profile_limits own = limits ? *limits : (struct profile_limits){0};
    void *bytes = NULL;
    size_t n = 0;
    int err = profile_read_bytes(path, limits ? limits->max_bytes : 0, &bytes, &n, why, why_bytes);

    own.discard = true;
    if (err == 0)
        err = profile_decode(bytes, n, &own, out, why, why_bytes);
    free(bytes);
    return err;
}

/* ---- writing */

static int write_all(void *ctx, const void *bytes, size_t n) {
    const int *fd = ctx;
    const char *at = bytes;

    while (n > 0) {
        ssize_t done = write(*fd, at, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return -errno;
        at += done;
        n -= (size_t)done;
    }
    return 0;
}

/* Encodes to a descriptor and closes it. */
static int write_fd(const struct profile *p, int fd) {
    int err = profile_encode(p, write_all, &fd);

    if (close(fd) < 0 && err == 0)
        err = -errno;
    return err;
}

/* Makes a file with a name of its own in the directory of `path`: the name's length does not depend
 * on that of `path`, which may be as long as names can be. Returns its descriptor. */
static int open_temporary(const char *path, char *name, size_t name_bytes) {
    const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    const char *slash = strrchr(path, '/');
    int directory_bytes = slash ? (int)(slash + 1 - path) : 0;
    uint64_t random;
    int fd = -1;

    do {
        if (getrandom(&random, sizeof(random), 0) != sizeof(random))
            return -EIO;
        if ((size_t)snprintf(name, name_bytes, "%.*s.cpprof-%016" PRIx64, directory_bytes, path,
                             random) >= name_bytes)
            return -ENAMETOOLONG;
        fd = open(name, flags, 0600);
    } while (fd < 0 && errno == EEXIST);
    return fd < 0 ? -errno : fd;
}

static int replace_file(const struct profile *p, const char *path) {
    char name[PATH_MAX + 32];
    int fd = open_temporary(path, name, sizeof(name)), err;

    if (fd < 0)
        return fd;
    err = write_fd(p, fd);
    if (err == 0 && rename(name, path) < 0)
        err = -errno;
    if (err < 0)
        unlink(name);
    return err;
}

int profile_write(const struct profile *p, const char *path) {
    struct stat st = {0};
    int fd;

    if (strcmp(path, "-") == 0 || strcmp(path, "/dev/stdout") == 0) {
        fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
        return fd < 0 ? -errno : write_fd(p, fd);
    }
    if (stat(path, &st) < 0 || S_ISREG(st.st_mode))
        return replace_file(p, path);
    if (S_ISDIR(st.st_mode))
        return -EISDIR;
    fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    return fd < 0 ? -errno : write_fd(p, fd);
}
