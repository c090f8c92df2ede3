/* A core file of an x86-64 Linux process: its threads' registers, its memory as far as it was
 * written, and which files were mapped where.
 *
 * Nothing in the file is trusted. Not async-signal-safe. One thread at a time per file. */
#ifndef CPPROF_COLLECTOR_CORE_FILE_H
#define CPPROF_COLLECTOR_CORE_FILE_H

#include <libelf.h>
#include <sys/stat.h>
#include <sys/user.h>

#include "collector/threads/image.h"

struct core_thread {
    uint32_t tid;
    int signal; /* that it was to take, or 0; the first thread's is what the process died of */
    struct user_regs_struct regs;
};

/* Memory as the file has it. */
struct core_segment {
    uint64_t address, memory_bytes;
    uint64_t offset, file_bytes; /* of these the first are there */
};

struct core_file {
    int fd;
    Elf *elf;
    struct core_thread *threads; /* in the file's order; owned */
    size_t n_threads;
    struct core_segment *segments; /* by address, disjoint; owned */
    size_t n_segments;
    uint32_t pid;
    char name[17];          /* of the process, as in /proc/PID/comm */
    uint64_t vdso, headers; /* addresses: of the vdso; in the executable, of its program headers */
    bool truncated;         /* segments reach behind the end of the file */
    struct image image;     /* reads this; its mappings are the vdso and those of files, without
                            descriptors, and of which are code is not known */
};

/* Opens a core file, or one that it names, for reading: only a regular one, without waiting for
 * anything. *st is set. On error a negative errno, and why, for people, in *why (not to be kept).
 */
int core_file_open_regular(const char *path, struct stat *st, const char **why);

/* Reads the tables of a core file. On error a negative errno, and one line for people in *why
 * (not to be kept). Close it in every case. */
int core_file_open(struct core_file *c, const char *path, const char **why);
void core_file_close(struct core_file *c);

/* Copies at most n bytes of the process's memory, as far as it is in the file itself. */
size_t core_file_read(const struct core_file *c, uint64_t address, void *to, size_t n);

#endif
