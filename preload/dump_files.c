/* The files of a dump: names, encoding, and what becomes of them.
 *
 * The dumper shares the program's memory but none of its descriptors, and must not run libc code
 * that has state: memory comes from mmap, the encoder is given that (proto/writer.h), and files are
 * written by raw calls. */
#include "preload/dump_files.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "arena/snapshot.h"
#include "arena/threads_profile.h"
#include "preload/command.h"
#include "preload/dump_output.h"
#include "preload/objects.h"
#include "preload/store.h"
#include "preload/sys.h"
#include "preload/text.h"
#include "preload/threads/threads_collect.h"

enum { SYMBOLIZER_NICE = 10 };

static int last_error; /* atomic: of the last dump, 0 when it was written */

/* ---- names */

static void file_name(struct text *t, uint32_t seq, enum profile_kind kind, const char *prefix,
                      const char *suffix) {
    text_str(t, agent.config.dir);
    text_str(t, "/");
    text_str(t, prefix);
    text_str(t, agent.config.exe);
    text_str(t, ".");
    text_uint(t, (uint64_t)agent.pid);
    text_str(t, ".");
    text_uint(t, seq);
    text_str(t, ".");
    text_str(t, kinds[kind].name);
    text_str(t, suffix);
}

static bool seq_is_free(uint32_t seq) {
    for (int k = 0; k < KIND_COUNT; k++) {
        TEXT(path, AGENT_PATH_MAX + 128);
        file_name(&path, seq, (enum profile_kind)k, "", ".pb.gz");
        if (sys_call3(SYS_faccessat, AT_FDCWD, (long)path.s, F_OK) == 0)
            return false;
    }
    return true;
}

/* A program that execs itself keeps its pid, and so finds its own earlier files. */
static uint32_t next_seq(struct store *s) {
    uint32_t seq;
    do
        seq = __atomic_fetch_add(&s->header->next_seq, 1, __ATOMIC_RELAXED);
    while (!seq_is_free(seq));
    return seq;
}

/* ---- writing */

/* RENAME_NOREPLACE: `cpprof dump` may have taken the number; not every file system can. */
static int rename_to_new(const char *tmp, const char *path) {
    long r = sys_call5(SYS_renameat2, AT_FDCWD, (long)tmp, AT_FDCWD, (long)path, RENAME_NOREPLACE);
    if (r == -EINVAL)
        r = sys_call4(SYS_renameat, AT_FDCWD, (long)tmp, AT_FDCWD, (long)path);
    return (int)r;
}

static int write_buckets(struct store *s, enum profile_kind kind, int fd) {
    struct arena_view view = {s->base, s->size};
    struct snapshot_time now = {sys_clock_ns(CLOCK_REALTIME), sys_clock_ns(CLOCK_MONOTONIC)};
    return snapshot_write(&view, kind, &now, &dump_mem, dump_write_all, &fd);
}

static int write_threads(struct store *s, int fd) {
    struct arena_view view = {s->base, s->size};
    size_t bytes;
    struct threads_head *record = threads_collect(&bytes);
    if (!record)
        return -ENOMEM;
    int r = threads_profile_write(&view, record, &dump_mem, dump_write_all, &fd);
    sys_unmap(record, bytes);
    return r;
}

static int write_profile(struct store *s, enum profile_kind kind, const char *tmp,
                         const char *path) {
    int fd = sys_open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return fd;
    int r = kind == KIND_THREADS ? write_threads(s, fd) : write_buckets(s, kind, fd);
    sys_close(fd);
    if (r == 0)
        r = rename_to_new(tmp, path);
    if (r != 0)
        sys_call3(SYS_unlinkat, AT_FDCWD, (long)tmp, 0);
    return r;
}

static bool wanted(enum profile_kind kind) {
    struct store *s = store_peek();
    return agent.config.dump_kinds & 1u << kind && kind_period(&kinds[kind], s->header) > 0;
}

/* One line, not one for each dump that fails in the same way. */
static void say_why(const char *path, int error, bool at_end) {
    bool again = __atomic_exchange_n(&last_error, error, __ATOMIC_RELAXED) == error;
    if (!again && (!at_end || agent.config.dir_is_set || agent.config.verbose))
        agent_message("cannot write profiles, set CPROF_DIR to a writable directory: ", path,
                      error);
}

void dump_files_write(struct dump_files *files, bool at_end) {
    struct store *s = store_peek();
    objects_refresh(s); /* code that was generated since */
    sys_call3(SYS_mkdirat, AT_FDCWD, (long)agent.config.dir, 0755);
    uint32_t seq = next_seq(s);
    for (int k = 0; k < KIND_COUNT; k++) {
        TEXT(tmp, AGENT_PATH_MAX + 128);
        TEXT(path, AGENT_PATH_MAX + 128);
        if (!wanted((enum profile_kind)k))
            continue;
        file_name(&tmp, seq, (enum profile_kind)k, ".", ".pb.gz.tmp");
        file_name(&path, seq, (enum profile_kind)k, "", ".pb.gz");
        int r = write_profile(s, (enum profile_kind)k, tmp.s, path.s);
        if (r != 0) {
            say_why(path.s, r, at_end);
            return;
        }
        if (agent.config.verbose)
            agent_message("wrote ", path.s, 0);
        if (files->n < DUMP_FILES_MAX)
            memcpy(files->path[files->n++], path.s, path.len + 1);
    }
    __atomic_store_n(&last_error, 0, __ATOMIC_RELAXED);
    store_count(s, ARENA_DUMPS, 1);
}

/* ---- symbolizing */

/* What the program runs, open for the command, in `path`: an update may have removed the file from
 * its path, and the process be gone by the time it is read. False where it cannot be opened. */
static bool open_executable(struct text *path) {
    int fd = sys_open("/proc/self/exe", O_RDONLY | O_CLOEXEC, 0);
    long kept =
        fd < 0 ? -1 : sys_call3(SYS_fcntl, fd, F_DUPFD, 3); /* not one of the standard ones */
    if (fd >= 0)
        sys_close(fd);
    text_str(path, "/proc/self/fd/");
    text_uint(path, (uint64_t)kept);
    return kept >= 0;
}

void dump_files_symbolize(struct dump_files *files) {
    char *argv[DUMP_FILES_MAX + 5];
    int n = 0;
    TEXT(cpprof, COMMAND_PATH_MAX);
    TEXT(exe, 40);
    if (!agent.config.symbolize || files->n == 0 || !command_find(&cpprof))
        return;
    argv[n++] = cpprof.s;
    argv[n++] = (char *)"symbolize";
    if (open_executable(&exe)) {
        argv[n++] = (char *)"--exe";
        argv[n++] = exe.s;
    }
    for (int i = 0; i < files->n; i++)
        argv[n++] = files->path[i];
    argv[n] = NULL;
    sys_call3(SYS_setpriority, PRIO_PROCESS, 0, SYMBOLIZER_NICE);
    command_become(cpprof.s, argv, NULL, false);
}
