/* A core file has what the process wrote; its code and unwind tables are in the files that were
 * mapped. These are used if their build ID is the one that the core has of them: the kernel writes
 * the first page of each into the core. */
#include "collector/threads/threads_core.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "collector/message.h"
#include "collector/threads/core_file.h"
#include "collector/threads/image_elf.h"
#include "collector/threads/lock_owner.h"
#include "collector/threads/proc_thread.h"
#include "collector/threads/registers_wait.h"
#include "collector/threads/threads_walk.h"
#include "symbolize/build_id.h"

struct core {
    struct core_file file;
    const char *path; /* of the core */
    struct threads_report *report;
    bool incomplete; /* a file is missing */
};

/* ---- files */

static void build_id_of_file(int fd, char hex[BUILD_ID_HEX_BYTES]) {
    Elf *elf = elf_begin(fd, ELF_C_READ, NULL);
    hex[0] = '\0';
    if (elf && elf_kind(elf) == ELF_K_ELF)
        build_id_hex(elf, hex);
    elf_end(elf);
}

static bool is_program(const struct core *c, const struct image_mapping *m) {
    const struct image_mapping *exe = image_find(&c->file.image, c->file.headers);
    return exe && strcmp(exe->path, m->path) == 0;
}

static void say_unusable(struct core *c, const struct image_mapping *m, const char *why) {
    message("%s: %s%s", m->path, why,
            is_program(c, m) ? "; say where the executable is with --exe PATH" : "");
    c->incomplete = true;
}

/* Opens the file of a mapping, which is an ELF file that has the build ID `id` in the core, if it
 * is known. -1 after a message. */
static int open_checked(struct core *c, const struct image_mapping *m, const char *id) {
    char now[BUILD_ID_HEX_BYTES];
    struct stat st;
    const char *why;
    int fd = core_file_open_regular(m->path, &st, &why);
    if (fd < 0) {
        say_unusable(c, m, why);
        return -1;
    }
    build_id_of_file(fd, now);
    if (!id[0] || strcmp(id, now) == 0)
        return fd;
    say_unusable(c, m, "not the file that the core was made with (another build ID)");
    close(fd);
    return -1;
}

/* Where the core has no headers of a file, it may be any: data is mapped, too. */
static int open_if_elf(const struct image_mapping *m) {
    char magic[SELFMAG];
    struct stat st;
    const char *why;
    int fd = core_file_open_regular(m->path, &st, &why);
    if (fd < 0 || (pread(fd, magic, SELFMAG, 0) == SELFMAG && memcmp(magic, ELFMAG, SELFMAG) == 0))
        return fd;
    close(fd);
    return -1;
}

/* Gives all mappings of the file of `m` a descriptor to read from. */
static void back_file(struct core *c, const struct image_mapping *m) {
    struct image *im = &c->file.image;
    struct image_elf elf;
    char id[BUILD_ID_HEX_BYTES];
    image_build_id(im, m, id);
    int fd = image_elf_read(im, m, &elf) ? open_checked(c, m, id) : open_if_elf(m);
    for (size_t i = 0; i < im->n && fd >= 0; i++)
        if (strcmp(im->mappings[i].path, m->path) == 0)
            im->mappings[i].fd = fd;
    image_forget(im);
}

static void back_files(struct core *c) {
    const struct image *im = &c->file.image;
    for (size_t i = 0; i < im->n; i++) {
        const char *path = im->mappings[i].path;
        bool first = i == 0 || strcmp(im->mappings[i - 1].path, path) != 0;
        if (first && im->mappings[i].fd < 0 && path[0] == '/' && strncmp(path, "/memfd:", 7) != 0)
            back_file(c, &im->mappings[i]);
    }
}

static int report_mappings(struct core *c) {
    struct image *im = &c->file.image;
    for (size_t i = 0; i < im->n; i++) {
        struct image_mapping *m = &im->mappings[i];
        char id[BUILD_ID_HEX_BYTES];
        m->executable = m->executable || image_elf_is_code(im, m);
        if (!m->executable)
            continue;
        image_build_id(im, m, id);
        if (!report_add_mapping(c->report, m->start, m->end, m->offset, m->path, id))
            return -ENOMEM;
    }
    return 0;
}

static void close_files(struct image *im) {
    for (size_t i = 0; i < im->n; i++) {
        int fd = im->mappings[i].fd;
        for (size_t k = i; fd >= 0 && k < im->n; k++)
            if (im->mappings[k].fd == fd)
                im->mappings[k].fd = -1;
        if (fd >= 0)
            close(fd);
    }
}

/* The executable is read from another place than the core says. */
static int move_executable(struct core *c, const char *exe) {
    struct image *im = &c->file.image;
    const struct image_mapping *m = image_find(im, c->file.headers);
    char *old = m ? strdup(m->path) : NULL, *real = realpath(exe, NULL);
    if (!real)
        message("%s: %s", exe, strerror(errno));
    else if (!old)
        message("%s does not say which of its files is the executable", c->path);
    int err = old && real ? 0 : -ENOENT;
    for (size_t i = 0; !err && i < im->n; i++)
        if (strcmp(im->mappings[i].path, old) == 0)
            err = image_rename_mapping(&im->mappings[i], real);
    free(old);
    free(real);
    return err;
}

/* ---- threads */

static bool kills_with_core(int signal) {
    switch (signal) {
    case SIGABRT:
    case SIGBUS:
    case SIGFPE:
    case SIGILL:
    case SIGQUIT:
    case SIGSEGV:
    case SIGSYS:
    case SIGXCPU:
    case SIGXFSZ:
        return true;
    }
    return false; /* SIGTRAP, SIGSTOP: a debugger made the core */
}

/* The kernel says the signal for each thread; the first one took it. */
static const char *death_word(struct core *c, const struct core_thread *from) {
    char word[32];
    if (from != c->file.threads || !kills_with_core(from->signal))
        return NULL;
    snprintf(word, sizeof word, "SIG%s", sigabbrev_np(from->signal));
    return profile_string(c->report->profile, word);
}

static uint32_t find_owner(struct core *c, uint64_t futex) {
    uint32_t words[3], owner;
    if (!image_read(&c->file.image, futex, words, sizeof words) || !(owner = mutex_owner(words)))
        return 0;
    for (size_t i = 0; i < c->file.n_threads; i++)
        if (c->file.threads[i].tid == owner)
            return owner;
    return 0;
}

/* A thread that was in a system call has its number and arguments still. */
static void tell_state(struct core *c, const struct core_thread *from, struct report_thread *t) {
    enum arena_wait wait = registers_wait(&c->file.image, &from->regs);
    const char *death = wait ? NULL : death_word(c, from);
    if (from->regs.orig_rax == SYS_futex) {
        t->object = from->regs.rdi;
        t->owner = find_owner(c, t->object);
    }
    if (t->owner)
        wait = ARENA_WAIT_MUTEX;
    t->state = death ?: proc_state_word('R', wait);
}

static int add_thread(struct core *c, const struct core_thread *from, struct walker *w) {
    bool is_main = from->tid == c->report->pid;
    struct report_thread *t = report_add_thread(c->report, from->tid, is_main ? c->file.name : "",
                                                is_main ? sizeof c->file.name : 0);
    if (!t)
        return -ENOMEM;
    tell_state(c, from, t);
    return walker_walk(w, &from->regs, NULL, c->report, &t->stack);
}

static int add_threads(struct core *c) {
    struct walker *w = walker_new(&c->file.image);
    int err = w ? 0 : -ENOMEM;
    for (size_t i = 0; i < c->file.n_threads && !err; i++)
        err = add_thread(c, &c->file.threads[i], w);
    walker_free(w);
    return err;
}

/* ---- */

static int read_core(struct core *c, const char *exe) {
    int err = report_init(c->report, c->file.pid ? c->file.pid : c->file.threads[0].tid);
    if (!err && exe && (err = move_executable(c, exe)) != 0)
        return err;
    if (!err) {
        back_files(c);
        err = report_mappings(c);
    }
    if (!err)
        err = add_threads(c);
    if (err)
        message("%s: %s", c->path, strerror(-err));
    if (c->file.truncated)
        message("%s is cut short: stacks may be incomplete", c->path);
    return err ? err : c->incomplete || c->file.truncated ? -ENODATA : 0;
}

int threads_core_read(struct threads_report *r, const char *path, const char *exe) {
    struct core c = {.path = path, .report = r};
    const char *why = "";
    int err = core_file_open(&c.file, path, &why);
    if (err)
        message("%s: %s", path, why);
    else
        err = read_core(&c, exe);
    close_files(&c.file.image);
    core_file_close(&c.file);
    return err;
}
