/* Profiles of an arena as files.
 *
 * Each is put together in memory, written to a temporary name in its directory, and renamed with
 * RENAME_NOREPLACE: nobody ever sees half a file, and two that dump the same process at once, the
 * agent included, cannot take each other's name; who comes second takes the next number. */
#include "collector/profile_files.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "arena/settings.h"
#include "arena/snapshot.h"
#include "arena/threads_profile.h"
#include "base/clock.h"
#include "collector/message.h"
#include "proto/profile.h"

enum { SEQ_TRIES = 1000 };

/* The program's name as a part of a file name, whatever an arena says. */
static void file_safe_exe(const struct arena_header *h, char *exe, size_t room) {
    size_t n = strnlen(h->exe, sizeof h->exe);
    if (n >= room)
        n = room - 1;
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)h->exe[i];
        exe[i] = c <= ' ' || c == '/' || c == 0x7f ? '_' : (char)c;
    }
    exe[n] = '\0';
    if (n == 0 || exe[0] == '.')
        snprintf(exe, room, "unknown");
}

int profile_request_parse(struct profile_request *request, int argc, char **argv) {
    static const struct option options[] = {
        {"dir", required_argument, NULL, 'd'}, {"no-symbolize", no_argument, NULL, 'n'}, {0}};
    *request = (struct profile_request){0};
    opterr = 0;
    for (int c; (c = getopt_long(argc, argv, "d:", options, NULL)) != -1;) {
        if (c == 'd')
            request->dir = optarg;
        else if (c == 'n')
            request->no_symbolize = true;
        else
            return usage_error("bad option %s", argv[optind - 1]);
    }
    return EXIT_DONE;
}

const char *profile_dir(const char *dir) {
    if (!dir)
        dir = getenv(settings[SETTING_DIR].name);
    if (!dir || !*dir)
        dir = ".";
    if (mkdir(dir, 0755) != 0 && errno != EEXIST) {
        message("cannot make directory %s: %s", dir, strerror(errno));
        return NULL;
    }
    struct stat st;
    if (stat(dir, &st) != 0 || !S_ISDIR(st.st_mode)) {
        message("%s: not a directory", dir);
        return NULL;
    }
    return dir;
}

int profile_output_init(struct profile_output *out, const struct profile_request *request) {
    *out = (struct profile_output){.dir = profile_dir(request->dir)};
    if (!out->dir)
        return -ENOTDIR;
    if (request->no_symbolize)
        return 0;
    signal(SIGCHLD, SIG_DFL); /* the symbolizer waits for its readers of files */
    out->symbolizer = symbolizer_new();
    if (!out->symbolizer)
        message("out of memory");
    return out->symbolizer ? 0 : -ENOMEM;
}

void profile_output_release(struct profile_output *out) {
    symbolizer_free(out->symbolizer);
    out->symbolizer = NULL;
}

/* ---- bytes */

struct bytes {
    char *s;
    size_t n, room;
};

static int bytes_add(void *ctx, const void *s, size_t n) {
    struct bytes *b = ctx;
    if (n > b->room - b->n) {
        size_t room = b->room ? b->room : 65536;
        while (room - b->n < n)
            room *= 2;
        char *grown = realloc(b->s, room);
        if (!grown)
            return -ENOMEM;
        b->s = grown;
        b->room = room;
    }
    memcpy(b->s + b->n, s, n);
    b->n += n;
    return 0;
}

static int write_all(int fd, const struct bytes *b) {
    for (size_t at = 0; at < b->n;) {
        ssize_t n = write(fd, b->s + at, b->n - at);
        if (n < 0 && errno != EINTR)
            return -errno;
        at += n > 0 ? (size_t)n : 0;
    }
    return 0;
}

static int write_temporary(int dir, const char *name, const struct bytes *b) {
    int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return -errno;
    int err = write_all(fd, b);
    if (close(fd) != 0 && !err)
        err = -errno;
    if (err)
        unlinkat(dir, name, 0);
    return err;
}

/* Gives a temporary file its name, unless that is taken. Not every file system knows
 * RENAME_NOREPLACE; a hard link does the same. */
static int take_name(int dir, const char *temporary, const char *name) {
    if (renameat2(dir, temporary, dir, name, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return -errno;
    if (linkat(dir, temporary, dir, name, 0) != 0)
        return -errno;
    unlinkat(dir, temporary, 0);
    return 0;
}

/* ---- files */

struct file_writer {
    const struct profile_output *out;
    int dir;
    char exe[64];
    unsigned pid, seq;
};

static int write_file(struct file_writer *w, enum profile_kind kind, const struct bytes *b) {
    char name[NAME_MAX + 1], temporary[NAME_MAX + 1];
    const char *kind_name = kinds[kind].name;
    snprintf(temporary, sizeof temporary, ".%s.%u.%u.%s" PROFILE_SUFFIX ".%d.tmp", w->exe, w->pid,
             w->seq, kind_name, (int)getpid());
    int err = write_temporary(w->dir, temporary, b);
    if (err)
        return err;
    for (int tries = 0; tries < SEQ_TRIES; tries++) {
        snprintf(name, sizeof name, "%s.%u.%u.%s" PROFILE_SUFFIX, w->exe, w->pid, w->seq,
                 kind_name);
        err = take_name(w->dir, temporary, name);
        if (err != -EEXIST)
            break;
        w->seq++;
    }
    if (err)
        unlinkat(w->dir, temporary, 0);
    else if (strcmp(w->out->dir, ".") == 0)
        puts(name);
    else
        printf("%s/%s\n", w->out->dir, name);
    return err;
}

/* Puts names into the file in `b`, or leaves it as it is: addresses are better than nothing. */
static void symbolize(struct symbolizer *symbolizer, enum profile_kind kind, struct bytes *b) {
    struct profile *p = NULL;
    struct bytes named = {0};
    char why[256] = "";
    int err = profile_decode(b->s, b->n, NULL, &p, why, sizeof why);
    if (!err)
        err = symbolize_profile(symbolizer, p, NULL);
    if (!err) {
        profile_renumber(p);
        err = profile_encode(p, bytes_add, &named);
    }
    profile_free(p);
    if (err) {
        message("cannot symbolize the %s profile: %s", kinds[kind].name,
                why[0] ? why : strerror(-err));
        free(named.s);
        return;
    }
    free(b->s);
    *b = named;
}

/* What profiles are made of. */
struct profile_source {
    const struct arena_view *view;
    const struct threads_head *threads; /* NULL: none */
};

/* Whether there is a profile of a kind. Threads are in no arena: they are a record of the moment.
 */
static bool has_kind(const struct profile_source *from, const struct kind *kind) {
    if (!kind->event)
        return from->threads != NULL;
    return kind_period(kind, arena_view_header(from->view)) > 0;
}

static int write_kind(struct file_writer *w, const struct profile_source *from,
                      enum profile_kind kind) {
    struct bytes b = {0};
    struct snapshot_time now = {clock_ns(CLOCK_REALTIME), clock_ns(CLOCK_MONOTONIC)};
    int err = kinds[kind].event
                  ? snapshot_write(from->view, kind, &now, &mem_malloc, bytes_add, &b)
                  : threads_profile_write(from->view, from->threads, &mem_malloc, bytes_add, &b);
    if (!err && w->out->symbolizer)
        symbolize(w->out->symbolizer, kind, &b);
    if (!err)
        err = write_file(w, kind, &b);
    free(b.s);
    return err;
}

int profile_files_write(const struct arena_view *v, const struct threads_head *threads,
                        const struct profile_output *out) {
    const struct arena_header *h = arena_view_header(v);
    const struct profile_source from = {v, threads};
    struct file_writer w = {.out = out, .pid = h->pid};
    int err = 0;
    w.dir = open(out->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (w.dir < 0) {
        err = -errno;
        message("cannot write profiles to %s: %s", out->dir, strerror(errno));
        return err;
    }
    file_safe_exe(h, w.exe, sizeof w.exe);
    w.seq = profile_name_free_seq(out->dir, w.exe, w.pid);
    for (int k = 0; k < KIND_COUNT && !err; k++) {
        if (!has_kind(&from, &kinds[k]))
            continue;
        err = write_kind(&w, &from, (enum profile_kind)k);
        if (err)
            message("cannot write the %s profile of process %u to %s: %s", kinds[k].name, w.pid,
                    out->dir, strerror(-err));
    }
    fflush(stdout);
    close(w.dir);
    return err;
}
