/* An arena of a dead process is complete to the last sample. It is removed once its profiles are
 * there; a lock on the file keeps two that look for such arenas from writing them twice. */
#include "collector/recover.h"

#include <errno.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "arena/kinds.h"
#include "arena/snapshot.h"
#include "collector/message.h"

static bool has_samples(const struct arena_view *v) {
    for (int k = 0; k < KIND_COUNT; k++)
        if (snapshot_has_samples(v, kinds[k].event))
            return true;
    return false;
}

static enum recovered remove_arena(const struct arena_file *f, enum recovered done) {
    int err = arena_file_remove_all(f);
    if (!err || err == -ENOENT)
        return done;
    message("cannot remove %s/%s: %s", f->dir, f->name, strerror(-err));
    return RECOVER_FAILED;
}

/* Whether its process is of another PID namespace, a container's with the same run directory:
 * nobody here can say that it has ended. */
static bool is_elsewhere(const struct arena_header *h) {
    struct stat own;
    return h->pid_namespace && stat("/proc/self/ns/pid", &own) == 0 &&
           own.st_ino != h->pid_namespace;
}

static enum recovered recover_held(const struct arena_file *f, int fd,
                                   const struct profile_output *out) {
    struct arena_image image;
    const char *why;
    int err = arena_fd_load(fd, &image, &why);
    if (err == -ENODATA) /* killed while it made its arena */
        return remove_arena(f, RECOVERED_EMPTY);
    if (err) {
        message("cannot read %s/%s: %s; left as it is", f->dir, f->name, why);
        return RECOVER_FAILED;
    }
    if (is_elsewhere(arena_view_header(&image.view))) {
        arena_image_release(&image);
        return RECOVERED_GONE;
    }
    bool any = has_samples(&image.view);
    err = any ? profile_files_write(&image.view, NULL, out) : 0;
    arena_image_release(&image);
    return err ? RECOVER_FAILED : remove_arena(f, any ? RECOVERED : RECOVERED_EMPTY);
}

/* Whether the file is still the one of that name: who had the lock before has removed it. */
static bool still_there(const struct arena_file *f, int fd) {
    struct stat held, now;
    const char *why;
    int again = arena_file_open(f, "", &now, &why);
    if (again < 0)
        return false;
    close(again);
    return fstat(fd, &held) == 0 && held.st_ino == now.st_ino && held.st_dev == now.st_dev;
}

enum recovered recover_arena(const struct arena_file *f, const struct profile_output *out) {
    const char *why;
    enum recovered done = RECOVERED_GONE;
    int fd = arena_file_hold(f, &why);
    if (fd == -ENOENT)
        return RECOVERED_GONE;
    if (fd < 0) {
        message("cannot read %s/%s: %s; left as it is", f->dir, f->name, why);
        return RECOVER_FAILED;
    }
    if (flock(fd, LOCK_EX | LOCK_NB) == 0 && still_there(f, fd))
        done = recover_held(f, fd, out);
    close(fd);
    return done;
}
