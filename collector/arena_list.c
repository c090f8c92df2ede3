/* Finding arenas: the files of the run directories whose names are those of arenas, and whether the
 * processes that made them live. */
#include "collector/arena_file.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "arena/settings.h"
#include "base/grow.h"
#include "collector/process.h"
#include "collector/threads/proc_thread.h"

#define SHM_DIR    "/dev/shm"
#define DIR_PREFIX "cpprof-"

enum { DIR_FILES_MAX = 65536 }; /* of one user, who so takes no room from others */

/* ---- directories */

/* A decimal number of at most 19 digits at *s, which is left after it. */
static bool parse_number(const char **s, uint64_t *n) {
    const char *p = *s;
    for (*n = 0; *p >= '0' && *p <= '9'; p++)
        *n = *n * 10 + (uint64_t)(*p - '0');
    bool ok = p > *s && p - *s <= 19;
    *s = p;
    return ok;
}

static bool parse_name(const char *name, struct arena_file *f) {
    uint64_t pid;
    const char *p = name;
    if (strlen(name) >= sizeof f->name || !parse_number(&p, &pid) || *p++ != '.')
        return false;
    if (!parse_number(&p, &f->start_ticks) || *p || pid == 0 || pid > INT32_MAX)
        return false;
    f->pid = (int)pid;
    strcpy(f->name, name);
    return true;
}

static int add_file(struct arena_list *l, const struct arena_file *f) {
    if (!grow_array(&l->files, l->n, sizeof *l->files))
        return -ENOMEM;
    l->files[l->n++] = *f;
    return 0;
}

/* Keeps a copy of a directory's name. */
static const char *keep_dir(struct arena_list *l, const char *path) {
    char **grown = realloc(l->dirs, (l->n_dirs + 1) * sizeof *grown);
    if (!grown)
        return NULL;
    l->dirs = grown;
    char *copy = l->dirs[l->n_dirs] = strdup(path);
    l->n_dirs += copy != NULL;
    return copy;
}

/* Whether it is one of the process's user IDs: real, effective, saved, of the file system. */
static bool process_has_uid(int pid, uid_t uid) {
    char value[128], *at = value;
    if (!proc_status_line(pid, "Uid", value, sizeof value))
        return false;
    for (int i = 0; i < 4; i++)
        if (strtoul(at, &at, 10) == uid)
            return true;
    return false;
}

/* Adds the arenas of a directory that is open; of one process if `pid` is not 0. Takes fd. */
static int add_files(struct arena_list *l, int fd, const char *dir, uid_t owner, int pid) {
    const size_t most = l->n + DIR_FILES_MAX;
    int err = 0;
    DIR *d = fdopendir(fd);
    if (!d) {
        err = -errno;
        close(fd);
        return err;
    }
    for (struct dirent *e; !err && l->n < most && (e = readdir(d));) {
        struct arena_file f = {.dir = dir, .owner = owner};
        if (!parse_name(e->d_name, &f) || (pid && f.pid != pid))
            continue;
        f.alive = process_lives(f.pid, f.start_ticks);
        /* Whoever may write there could give himself out for somebody else's process. */
        if (f.alive && owner != 0 && !process_has_uid(f.pid, owner))
            continue;
        err = add_file(l, &f);
    }
    closedir(d);
    return err;
}

static int add_dir(struct arena_list *l, const char *path, int pid, const char **bad_dir) {
    uid_t owner;
    const char *dir = keep_dir(l, path);
    if (!dir)
        return -ENOMEM;
    int fd = arena_dir_open(dir, &owner);
    if (fd == -ENOENT)
        return 0;
    if (fd < 0 && bad_dir)
        *bad_dir = dir;
    return fd < 0 ? fd : add_files(l, fd, dir, owner, pid);
}

/* One user's, as one of all: his own, not another one that he has made there. */
static int add_user(struct arena_list *l, const char *path, uid_t user, int pid) {
    uid_t owner;
    int fd = arena_dir_open(path, &owner);
    if (fd < 0)
        return 0; /* not safe, or gone: anybody may make one there */
    const char *dir = owner == user ? keep_dir(l, path) : NULL;
    if (dir)
        return add_files(l, fd, dir, owner, pid);
    close(fd);
    return owner == user ? -ENOMEM : 0;
}

/* Those of all users. */
static int add_all_users(struct arena_list *l, int pid) {
    DIR *d = opendir(SHM_DIR);
    int err = 0;
    if (!d)
        return errno == ENOENT ? 0 : -errno;
    for (struct dirent *e; err != -ENOMEM && (e = readdir(d));) {
        char path[sizeof SHM_DIR + sizeof e->d_name];
        const char *user = e->d_name + strlen(DIR_PREFIX);
        uint64_t uid;
        if (strncmp(e->d_name, DIR_PREFIX, strlen(DIR_PREFIX)) != 0 || !parse_number(&user, &uid) ||
            *user)
            continue;
        snprintf(path, sizeof path, SHM_DIR "/%s", e->d_name);
        err = add_user(l, path, (uid_t)uid, pid);
    }
    closedir(d);
    return err == -ENOMEM ? err : 0;
}

int arena_file_compare(const void *a, const void *b) {
    const struct arena_file *x = a, *y = b;
    if (x->pid != y->pid)
        return x->pid < y->pid ? -1 : 1;
    if (x->start_ticks != y->start_ticks)
        return x->start_ticks < y->start_ticks ? -1 : 1;
    return strcmp(x->dir, y->dir);
}

int arena_list_init_pid(struct arena_list *l, const char *run_dir, int pid, const char **bad_dir) {
    char path[64];
    int err;
    memset(l, 0, sizeof *l);
    if (!run_dir)
        run_dir = getenv(settings[SETTING_RUN_DIR].name);
    if (run_dir && *run_dir) {
        err = add_dir(l, run_dir, pid, bad_dir);
    } else if (geteuid() == 0) {
        err = add_all_users(l, pid);
    } else {
        snprintf(path, sizeof path, SHM_DIR "/" DIR_PREFIX "%u", (unsigned)geteuid());
        err = add_dir(l, path, pid, bad_dir);
    }
    if (l->n)
        qsort(l->files, l->n, sizeof *l->files, arena_file_compare);
    return err;
}

int arena_list_init(struct arena_list *l, const char *run_dir, const char **bad_dir) {
    return arena_list_init_pid(l, run_dir, 0, bad_dir);
}

const struct arena_file *arena_list_find(const struct arena_list *l, int pid) {
    const struct arena_file *found = NULL;
    for (size_t i = 0; i < l->n; i++)
        if (l->files[i].pid == pid && (!found || !found->alive))
            found = &l->files[i];
    return found;
}

void arena_list_release(struct arena_list *l) {
    for (size_t i = 0; i < l->n_dirs; i++)
        free(l->dirs[i]);
    free(l->dirs);
    free(l->files);
    memset(l, 0, sizeof *l);
}
