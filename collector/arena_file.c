/* Copying arenas.
 *
 * A file is copied, not mapped: its process could truncate it while it is read, and a mapping would
 * then raise SIGBUS. The copy is anonymous memory into which the file's data extents are read, so a
 * sparse arena costs what it holds.
 *
 * A living arena changes while it is copied. What is referred to was written before the reference,
 * so the parts are copied in the order of the references: indexes, then the header and the bitmap
 * of reserved units, then the heap. Whatever the copied indexes name is then in the copied heap. */
#include "collector/arena_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "arena/threads_record.h"

static const char unreadable[] = "it cannot be read";
static const uint64_t file_bytes_max = UINT64_C(16) << 30;

int arena_dir_open(const char *path, uid_t *owner) {
    struct stat st;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return errno == ELOOP || errno == ENOTDIR ? -EPERM : -errno;
    bool safe = fstat(fd, &st) == 0 && (st.st_mode & 022) == 0 &&
                (st.st_uid == geteuid() || geteuid() == 0);
    if (!safe) {
        close(fd);
        return -EPERM;
    }
    *owner = st.st_uid;
    return fd;
}

static const char *why_not_open(int err) {
    return err == -ELOOP                     ? "a symbolic link, not a file"
           : err == -EACCES || err == -EPERM ? "permission denied"
                                             : "it is gone";
}

int arena_file_open(const struct arena_file *f, const char *suffix, struct stat *st,
                    const char **why) {
    uid_t owner;
    char name[sizeof f->name + 32];
    int dir = arena_dir_open(f->dir, &owner);
    *why = why_not_open(-ENOENT);
    if (dir < 0)
        return dir;
    snprintf(name, sizeof name, "%s%s", f->name, suffix);
    int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    int err = fd < 0 ? -errno : -EINVAL;
    close(dir);
    if (fd < 0)
        *why = why_not_open(err);
    else if (fstat(fd, st) != 0 || !S_ISREG(st->st_mode))
        *why = "not a regular file";
    else if (st->st_uid != owner)
        *why = "not owned by the owner of its directory";
    else
        return fd;
    if (fd >= 0)
        close(fd);
    return err;
}

/* Whether an arena has a size that can be. */
static int check_size(const struct stat *st, const char **why) {
    if ((uint64_t)st->st_size > file_bytes_max)
        *why = "too large to be an arena";
    else if ((uint64_t)st->st_size < sizeof(struct arena_header))
        *why = "truncated: no room for the header";
    else
        return 0;
    return -EINVAL;
}

static int open_arena(const struct arena_file *f, struct stat *st, const char **why) {
    int fd = arena_file_open(f, "", st, why);
    int err = fd < 0 ? 0 : check_size(st, why);
    if (!err)
        return fd;
    close(fd);
    return err;
}

int arena_file_hold(const struct arena_file *f, const char **why) {
    struct stat st;
    return open_arena(f, &st, why);
}

/* Reads [from, to) into `base`, where the file has that much; holes are left as they are. */
static int read_range(int fd, uint8_t *base, off_t from, off_t to) {
    while (from < to) {
        off_t data = lseek(fd, from, SEEK_DATA);
        if (data < 0 && errno == ENXIO)
            return 0; /* a hole up to the end */
        off_t hole = data < 0 ? to : lseek(fd, data, SEEK_HOLE);
        if (data < 0)
            data = from; /* a file system that knows no holes */
        if (hole < 0 || hole > to)
            hole = to;
        while (data < hole) {
            ssize_t n = pread(fd, base + data, (size_t)(hole - data), data);
            if (n < 0 && errno != EINTR)
                return -errno;
            if (n == 0)
                return 0;
            data += n > 0 ? n : 0;
        }
        from = hole > data ? hole : data;
    }
    return 0;
}

static int check(const struct arena_view *v, const char **why) {
    *why = arena_view_check(v);
    if (!*why)
        return 0;
    return arena_view_unfinished(v) ? -ENODATA : arena_view_other_version(v) ? -EPROTO : -EINVAL;
}

int arena_file_header(const struct arena_file *f, struct arena_header *h, uint64_t *used_bytes,
                      const char **why) {
    struct stat st;
    int fd = open_arena(f, &st, why);
    if (fd < 0)
        return fd;
    memset(h, 0, sizeof *h);
    int err = read_range(fd, (uint8_t *)h, 0, sizeof *h);
    close(fd);
    if (err) {
        *why = unreadable;
        return err;
    }
    if (used_bytes)
        *used_bytes = (uint64_t)st.st_blocks * 512;
    struct arena_view v = {(const uint8_t *)h, (uint64_t)st.st_size};
    return check(&v, why);
}

static int copy_parts(int fd, uint8_t *base, const struct arena_view *v, const char **why) {
    int err = read_range(fd, base, 0, sizeof(struct arena_header));
    if (err || (err = check(v, why)))
        return err;
    /* Copied, since the header is read again below. */
    const struct arena_header h = *arena_view_header(v);
    const off_t index = (off_t)h.label_index.offset, heap = (off_t)h.heap.offset;
    *why = unreadable;
    if ((err = read_range(fd, base, index, heap)) || (err = read_range(fd, base, 0, index)) ||
        (err = read_range(fd, base, heap, (off_t)h.size)))
        return err;
    return check(v, why);
}

int arena_fd_load(int fd, struct arena_image *image, const char **why) {
    struct stat st;
    *why = unreadable;
    int err = fstat(fd, &st) == 0 ? check_size(&st, why) : -errno;
    if (err)
        return err;
    uint64_t size = (uint64_t)st.st_size;
    void *base = mmap(NULL, size, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED) {
        *why = "not enough memory to copy it";
        return -ENOMEM;
    }
    image->view = (struct arena_view){base, size};
    *why = unreadable;
    err = copy_parts(fd, base, &image->view, why);
    if (err)
        arena_image_release(image);
    return err;
}

int arena_file_load(const struct arena_file *f, struct arena_image *image, const char **why) {
    int fd = arena_file_hold(f, why);
    if (fd < 0)
        return fd;
    int err = arena_fd_load(fd, image, why);
    close(fd);
    return err;
}

void arena_image_release(struct arena_image *image) {
    munmap((void *)image->view.base, image->view.size);
    image->view = (struct arena_view){NULL, 0};
}

int arena_file_remove(const struct arena_file *f, const char *suffix) {
    uid_t owner;
    char name[sizeof f->name + 32];
    int dir = arena_dir_open(f->dir, &owner), err;
    if (dir < 0)
        return dir;
    snprintf(name, sizeof name, "%s%s", f->name, suffix);
    err = unlinkat(dir, name, 0) == 0 ? 0 : -errno;
    close(dir);
    return err;
}

int arena_file_remove_all(const struct arena_file *f) {
    struct arena_file temporary = *f;
    arena_file_remove(f, THREADS_SUFFIX);
    if ((size_t)snprintf(temporary.name, sizeof temporary.name, ".%s", f->name) <
        sizeof temporary.name)
        arena_file_remove(&temporary, THREADS_SUFFIX ".tmp");
    return arena_file_remove(f, "");
}
