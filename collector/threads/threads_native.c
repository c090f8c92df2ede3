/* A process without the agent: stopped for as long as copying takes (threads_stop.c), walked when
 * it runs again (threads_walk.c).
 *
 * The stacks walked are the copies. Code, unwind tables and what lies deeper than a copy reaches
 * are read of the running process; they are the same as at the stop but for code that was unloaded,
 * and for the outer frames of very deep stacks, which may have returned. */
#include "collector/threads/threads_native.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "arena/arena.h"
#include "collector/message.h"
#include "collector/threads/image_elf.h"
#include "collector/threads/lock_owner.h"
#include "collector/threads/registers_wait.h"
#include "collector/threads/threads_stop.h"

struct native {
    struct thread_stop stop;
    struct image image;
    int exe; /* descriptor of the executable; -1: none */
    struct threads_report *report;
};

static size_t read_memory(void *ctx, uint64_t address, void *to, size_t n) {
    const struct native *p = ctx;
    ssize_t got = pread(p->stop.memory, to, n, (off_t)address);
    return got > 0 ? (size_t)got : 0;
}

/* ---- mappings */

/* Adds a line of /proc/PID/maps to the image, if it is of a file or code. */
static int add_line(struct image *im, char *line) {
    unsigned long long start, end, offset;
    char flags[8];
    int at = 0;
    line[strcspn(line, "\n")] = '\0';
    if (sscanf(line, "%llx-%llx %7s %llx %*s %*s %n", &start, &end, flags, &offset, &at) < 4 || !at)
        return 0;
    const char *path = line + at;
    struct image_mapping m = {.start = start,
                              .end = end,
                              .offset = offset,
                              .path = (char *)path,
                              .executable = flags[2] == 'x',
                              .fd = -1};
    if (!m.executable && path[0] != '/')
        return 0;
    return image_add_mapping(im, &m) == -ENOMEM ? -ENOMEM : 0;
}

/* The executable itself, whatever is at its path now: of a static one, which may have no search
 * table of its unwind information, the section headers are needed, and they are in no memory. */
static void open_executable(struct native *p) {
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/%d/task/%d/exe", (int)p->stop.pid, (int)p->stop.living);
    ssize_t n = readlink(link, path, sizeof path - 1);
    p->exe = n > 0 ? open(link, O_RDONLY | O_CLOEXEC) : -1;
    path[n > 0 ? n : 0] = '\0';
    for (size_t i = 0; i < p->image.n; i++)
        if (strcmp(p->image.mappings[i].path, path) == 0)
            p->image.mappings[i].fd = p->exe;
}

static int read_mappings(struct native *p) {
    char path[64], *line = NULL;
    size_t room = 0;
    int err = 0;
    snprintf(path, sizeof path, "/proc/%d/task/%d/maps", (int)p->stop.pid, (int)p->stop.living);
    FILE *f = fopen(path, "re");
    if (!f)
        return -errno;
    while (!err && getline(&line, &room, f) > 0)
        err = add_line(&p->image, line);
    free(line);
    fclose(f);
    return err ? err : image_elf_adopt_copies(&p->image);
}

/* Every mapping of code, as profiles have them. */
static int report_mappings(struct native *p) {
    for (size_t i = 0; i < p->image.n; i++) {
        const struct image_mapping *m = &p->image.mappings[i];
        char id[BUILD_ID_HEX_BYTES];
        if (!m->executable)
            continue;
        image_build_id(&p->image, m, id);
        if (!report_add_mapping(p->report, m->start, m->end, m->offset, m->path, id))
            return -ENOMEM;
    }
    return 0;
}

/* ---- threads */

static bool has_thread(const struct thread_stop *s, uint32_t tid) {
    for (size_t i = 0; i < s->n; i++)
        if (s->threads[i].about.tid == (pid_t)tid)
            return true;
    return false;
}

static void find_owner(const struct native *p, const struct stopped_thread *from,
                       struct report_thread *t) {
    bool same = t->object && t->object == from->regs.rdi; /* it may have gone on since */
    uint32_t owner = same ? mutex_owner(from->lock) : 0;
    if (!owner || !has_thread(&p->stop, owner))
        return;
    t->owner = owner;
    t->state = wait_word(ARENA_WAIT_MUTEX);
}

static int add_thread(struct native *p, const struct stopped_thread *from, struct walker *w) {
    const struct proc_thread *about = &from->about;
    if (about->state == 'Z' || about->state == 'X' || (!from->copied && about->state == '?'))
        return 0; /* it has ended */
    struct report_thread *t =
        report_add_thread(p->report, (uint32_t)about->tid, about->name, sizeof about->name);
    if (!t)
        return -ENOMEM;
    t->state = proc_state_word(about->state, about->wait);
    if (!from->copied)
        return report_push_pseudo(p->report, &t->stack, ARENA_PC_NO_STACK);
    if (about->restarted)
        t->state = proc_state_word(about->state, registers_wait(&p->image, &from->regs));
    t->object = about->object;
    find_owner(p, from, t);
    return walker_walk(w, &from->regs, &from->stack, p->report, &t->stack);
}

static int add_threads(struct native *p) {
    struct walker *w = walker_new(&p->image);
    int err = w ? 0 : -ENOMEM;
    for (size_t i = 0; i < p->stop.n && !err; i++)
        err = add_thread(p, &p->stop.threads[i], w);
    walker_free(w);
    return err;
}

/* ---- */

static int read_process(struct native *p, pid_t pid) {
    char why[256];
    int err = thread_stop_copy(&p->stop, pid, why, sizeof why);
    if (err) {
        message("%s", why);
        return err;
    }
    err = image_init(&p->image, read_memory, p);
    if (!err)
        err = read_mappings(p);
    if (!err)
        open_executable(p);
    if (!err)
        err = report_mappings(p);
    if (!err)
        err = add_threads(p);
    if (err)
        message("cannot read process %d: %s", (int)pid, strerror(-err));
    return err;
}

int threads_native_read(struct threads_report *r, pid_t pid) {
    struct native p = {.stop = {.memory = -1}, .exe = -1, .report = r};
    int err = report_init(r, (uint32_t)pid);
    if (err)
        message("out of memory");
    else
        err = read_process(&p, pid);
    report_sort(r);
    image_release(&p.image);
    thread_stop_release(&p.stop);
    if (p.exe >= 0)
        close(p.exe);
    return err;
}
