/* Finding arenas: the files of the run directories whose names are those of arenas, and whether the
 * processes that made them live. */
#include "collector/arena_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "arena/settings.h"
#include "base/grow.h"
#include "collector/threads/proc_thread.h"

#define SHM_DIR    "/dev/shm"
#define DIR_PREFIX "cpprof-"

enum { LIST_MAX = 65536 };

bool process_lives(int pid, uint64_t start_ticks) {
    char path[64], buf[1024];
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t n = read(fd, buf, sizeof buf - 1);
    close(fd);
    if (n <= 0)
        return false;
    buf[n] = '\0';
    /* The command, field 2, is in parentheses and may hold anything. */
    const char *p = strrchr(buf, ')');
    char state;
    long threads;
    unsigned long long start;
    if (!p || sscanf(p + 1,
                     " %c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %ld %*s "
                     "%llu",
                     &state, &threads, &start) != 3)
        return false;
    /* A zombie with threads is a process whose first thread has ended. */
    bool ended = state == 'X' || (state == 'Z' && threads <= 1);
    return start == start_ticks && !ended;
}

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

/* Adds the arenas of a directory; of one process if `pid` is not 0. */
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

static int add_dir(struct arena_list *l, const char *path, int pid, const char **bad_dir) {
    uid_t owner;
    const char *dir = keep_dir(l, path);
    if (!dir)
        return -ENOMEM;
    int fd = arena_dir_open(dir, &owner), err = 0;
    if (fd == -ENOENT)
        return 0;
    if (fd < 0) {
        if (bad_dir)
            *bad_dir = dir;
        return fd;
    }
    DIR *d = fdopendir(fd);
    if (!d) {
        err = -errno;
        close(fd);
        return err;
    }
    for (struct dirent *e; !err && l->n < LIST_MAX && (e = readdir(d));) {
        struct arena_file f = {.dir = dir};
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

/* Those of all users. A directory that is not safe is passed over: anybody may make one there. */
static int add_all_users(struct arena_list *l, int pid) {
    DIR *d = opendir(SHM_DIR);
    int err = 0;
    if (!d)
        return errno == ENOENT ? 0 : -errno;
    for (struct dirent *e; err != -ENOMEM && (e = readdir(d));) {
        char path[sizeof SHM_DIR + sizeof e->d_name];
        if (strncmp(e->d_name, DIR_PREFIX, strlen(DIR_PREFIX)) != 0)
            continue;
        snprintf(path, sizeof path, SHM_DIR "/%s", e->d_name);
        err = add_dir(l, path, pid, NULL);
    }
    closedir(d);
    return err == -ENOMEM ? err : 0;
}

static int by_pid(const void *a, const void *b) {
    const struct arena_file *x = a, *y = b;
    if (x->pid != y->pid)
        return x->pid < y->pid ? -1 : 1;
    return x->start_ticks < y->start_ticks ? -1 : x->start_ticks > y->start_ticks;
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
        qsort(l->files, l->n, sizeof *l->files, by_pid);
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
