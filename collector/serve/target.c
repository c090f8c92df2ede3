/* A pid comes from a path and is used as a number only: what is opened are names that were found in
 * the run directory. */
#include "collector/serve/target.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "collector/process.h"

static bool is_served(const struct server *s, const struct arena_file *f) {
    return (!s->only_pid || s->only_pid == f->pid) &&
           (!s->only_start || s->only_start == f->start_ticks);
}

/* Ends a sentence about a process with what is wrong with its arena. */
static const char *unreadable(const char *why) {
    static _Thread_local char line[160];
    snprintf(line, sizeof line, "has an arena that cannot be read: %s", why);
    return line;
}

int target_open(struct target *t, const struct server *s, int pid, const char **why) {
    *t = (struct target){.arena_fd = -1, .pid_fd = -1};
    *why = "is not being profiled";
    int err = arena_list_init_pid(&t->list, NULL, pid, NULL);
    const struct arena_file *f = err ? NULL : arena_list_find(&t->list, pid);
    if (err || !f || !is_served(s, f))
        return err == -ENOMEM ? err : -ENOENT;
    *why = "has ended";
    if (!f->alive)
        return -ESRCH;
    t->pid_fd = (int)syscall(SYS_pidfd_open, pid, 0);
    /* Looked at again: the number may have become another process's before it was opened. */
    if (t->pid_fd >= 0 && !process_lives(pid, f->start_ticks))
        return -ESRCH;
    const char *wrong;
    t->arena_fd = arena_file_hold(f, &wrong);
    if (t->arena_fd == -ENOENT)
        return -ESRCH;
    if (t->arena_fd < 0) {
        *why = unreadable(wrong);
        return t->arena_fd;
    }
    t->file = f;
    return 0;
}

void target_release(struct target *t) {
    if (t->arena_fd >= 0)
        close(t->arena_fd);
    if (t->pid_fd >= 0)
        close(t->pid_fd);
    arena_list_release(&t->list);
}

int target_load(const struct target *t, struct arena_image *image, const char **why) {
    const char *wrong;
    int err = arena_fd_load(t->arena_fd, image, &wrong);
    if (err)
        *why = err == -ENODATA ? "has recorded nothing yet" : unreadable(wrong);
    return err;
}
