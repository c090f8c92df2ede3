/* Each open file is a worker process (or, in tests and fuzzing, an object of this process), kept
 * while it is one of the MAX_OPEN used last, so that the profiles of one dump read each file once.
 *
 * A file is the one that is asked for when it has the same build ID and has been found to be what
 * it says, whatever its path; or when it is the same file (device, inode, size, time). The second
 * also finds files that were refused, and those whose reader died, which are not tried again.
 *
 * A path in a profile may lead anywhere: it is opened without blocking, and only a regular file is
 * read. What the mapping says of a deleted file ("PATH (deleted)") is looked for at PATH: the build
 * ID tells whether what is there now is the same. */
#include "symbolize/symbolize_files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "symbolize/symbolize_object.h"
#include "symbolize/symbolize_vdso.h"
#include "symbolize/symbolize_worker.h"

enum { MAX_OPEN = 16, CPU_SECONDS = 60, WALL_SECONDS = 120, WALL_SECONDS_DEBUGINFOD = 900 };

/* An entry in use has a build ID. It has a worker or an object, or `failed` says why not. */
struct open_file {
    char *build_id;
    struct stat identity;
    bool verified; /* has given an answer under its build ID */
    struct worker worker;
    struct object *object;
    char failed[128];
    uint64_t used; /* when, in look-ups; 0: the entry is free */
};

struct symbolize_files {
    struct open_file files[MAX_OPEN];
    uint64_t lookups;
};

struct symbolize_files *symbolize_files_new(void) {
    return calloc(1, sizeof(struct symbolize_files));
}

static void close_file(struct open_file *f) {
    worker_stop(&f->worker);
    object_close(f->object);
    free(f->build_id);
    *f = (struct open_file){0};
}

void symbolize_files_free(struct symbolize_files *set) {
    if (!set)
        return;
    for (int i = 0; i < MAX_OPEN; i++)
        close_file(&set->files[i]);
    free(set);
}

static bool same_file(const struct stat *a, const struct stat *b) {
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static struct open_file *find_verified(struct symbolize_files *set, const char *build_id) {
    for (int i = 0; i < MAX_OPEN && build_id[0]; i++)
        if (set->files[i].used && set->files[i].verified &&
            strcmp(set->files[i].build_id, build_id) == 0)
            return &set->files[i];
    return NULL;
}

static struct open_file *find_same(struct symbolize_files *set, const char *build_id,
                                   const struct stat *identity) {
    for (int i = 0; i < MAX_OPEN; i++)
        if (set->files[i].used && same_file(&set->files[i].identity, identity) &&
            strcmp(set->files[i].build_id, build_id) == 0)
            return &set->files[i];
    return NULL;
}

static struct open_file *free_entry(struct symbolize_files *set) {
    struct open_file *oldest = &set->files[0];

    for (int i = 1; i < MAX_OPEN; i++)
        if (set->files[i].used < oldest->used)
            oldest = &set->files[i];
    close_file(oldest);
    return oldest;
}

static int open_regular(const char *path, struct stat *identity) {
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    int rc = 0;

    if (fd < 0)
        return -errno;
    if (fstat(fd, identity) != 0)
        rc = -errno;
    else if (!S_ISREG(identity->st_mode))
        rc = S_ISDIR(identity->st_mode) ? -EISDIR : -EINVAL;
    if (rc < 0)
        close(fd);
    return rc < 0 ? rc : fd;
}

static int open_path(const char *path, struct stat *identity) {
    static const char deleted[] = " (deleted)";
    size_t n = strlen(path), suffix = sizeof(deleted) - 1;
    char existing[PATH_MAX];
    int fd;

    if (strcmp(path, "[vdso]") == 0) {
        fd = vdso_image_open();
        return fd < 0 || fstat(fd, identity) == 0 ? fd : -errno;
    }
    fd = open_regular(path, identity);
    if (fd != -ENOENT || n <= suffix || n >= sizeof(existing) ||
        strcmp(path + n - suffix, deleted) != 0)
        return fd;
    snprintf(existing, sizeof(existing), "%.*s", (int)(n - suffix), path);
    return open_regular(existing, identity);
}

static struct worker_limits worker_limits(void) {
    const char *urls = getenv("DEBUGINFOD_URLS");

    return (struct worker_limits){
        .cpu_seconds = CPU_SECONDS,
        .wall_seconds = urls && urls[0] ? WALL_SECONDS_DEBUGINFOD : WALL_SECONDS,
    };
}

/* Starts reading a file; takes `fd`. */
static int start(struct open_file *f, const struct symbolize_request *request, int fd) {
    struct worker_limits limits = worker_limits();
    struct symbolize_source source = {.fd = fd,
                                      .path = request->path,
                                      .build_id = request->build_id,
                                      .debug_path = request->debug_path};

    f->build_id = strdup(request->build_id);
    if (!f->build_id) {
        close(fd);
        return -ENOMEM;
    }
    if (!request->in_process)
        return worker_start(&f->worker, &source, &limits);
    f->object = object_open(&source);
    return f->object ? 0 : -ENOMEM;
}

/* The entry for a request, open; NULL with *rc set. */
static struct open_file *open_file(struct symbolize_files *set,
                                   const struct symbolize_request *request, int *rc) {
    struct open_file *f = find_verified(set, request->build_id);
    struct stat identity;
    int fd;

    if (f)
        return f;
    fd = open_path(request->place ? request->place : request->path, &identity);
    if (fd < 0) {
        *rc = fd;
        return NULL;
    }
    f = find_same(set, request->build_id, &identity);
    if (f) {
        close(fd);
        return f;
    }
    f = free_entry(set);
    *rc = start(f, request, fd);
    if (*rc < 0) {
        close_file(f);
        return NULL;
    }
    f->identity = identity;
    return f;
}

static int ask(struct open_file *f, const struct symbolize_request *request, struct answer *answer,
               char *why, size_t why_bytes) {
    struct worker_limits limits = worker_limits();
    int rc;

    if (!f->object)
        return worker_lookup(&f->worker, &limits, request->offsets, request->n, answer, why,
                             why_bytes);
    rc = answer_init(answer, request->n);
    if (rc == 0)
        rc = object_lookup(f->object, request->offsets, request->n, answer);
    if (rc < 0)
        snprintf(why, why_bytes, "%s", strerror(-rc));
    return rc;
}

int symbolize_files_lookup(struct symbolize_files *set, const struct symbolize_request *request,
                           struct answer *answer, char *why, size_t why_bytes) {
    int rc = 0;
    struct open_file *f = open_file(set, request, &rc);

    if (!f) {
        snprintf(why, why_bytes, "%s", rc == -EINVAL ? "not a regular file" : strerror(-rc));
        return rc;
    }
    f->used = ++set->lookups;
    if (f->failed[0]) {
        snprintf(why, why_bytes, "%s", f->failed);
        return -EIO;
    }
    rc = ask(f, request, answer, why, why_bytes);
    if (rc < 0) {
        answer_release(answer);
        snprintf(f->failed, sizeof(f->failed), "%s", why);
    } else if (answer->status == ANSWER_OK) {
        f->verified = true;
    }
    return rc;
}
