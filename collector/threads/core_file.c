/* The file's tables are read with libelf; segments are read where they are needed. */
#include "collector/threads/core_file.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/procfs.h>
#include <unistd.h>

#include "base/grow.h"

enum { SEGMENTS_MAX = 1 << 20, THREADS_MAX = 1 << 20 };

static const char no_memory[] = "out of memory", damaged[] = "it is damaged";

/* ---- notes */

static int add_thread(struct core_file *c, const void *desc, size_t n) {
    struct elf_prstatus status;
    if (n < sizeof status || c->n_threads == THREADS_MAX)
        return 0;
    if (!grow_array(&c->threads, c->n_threads, sizeof *c->threads))
        return -ENOMEM;
    memcpy(&status, desc, sizeof status);
    struct core_thread *t = &c->threads[c->n_threads++];
    *t = (struct core_thread){.tid = (uint32_t)status.pr_pid, .signal = status.pr_cursig};
    _Static_assert(sizeof t->regs == sizeof status.pr_reg, "the same registers");
    memcpy(&t->regs, status.pr_reg, sizeof t->regs);
    return 0;
}

static void read_process(struct core_file *c, const void *desc, size_t n) {
    struct elf_prpsinfo info;
    if (n < sizeof info)
        return;
    memcpy(&info, desc, sizeof info);
    c->pid = (uint32_t)info.pr_pid;
    memcpy(c->name, info.pr_fname, sizeof info.pr_fname);
}

static void read_auxv(struct core_file *c, const void *desc, size_t n) {
    Elf64_auxv_t entry;
    for (size_t at = 0; n - at >= sizeof entry; at += sizeof entry) {
        memcpy(&entry, (const char *)desc + at, sizeof entry);
        if (entry.a_type == AT_PHDR)
            c->headers = entry.a_un.a_val;
        else if (entry.a_type == AT_SYSINFO_EHDR)
            c->vdso = entry.a_un.a_val;
    }
}

/* NT_FILE: the numbers of files and bytes a page; start, end and page in the file of each; names.
 */
static int read_files(struct core_file *c, const char *desc, size_t n) {
    uint64_t head[2], entry[3];
    int err = 0;
    if (n < sizeof head)
        return 0;
    memcpy(head, desc, sizeof head);
    if (head[0] > (n - sizeof head) / sizeof entry)
        return 0;
    const char *name = desc + sizeof head + head[0] * sizeof entry, *end = desc + n;
    for (uint64_t i = 0; i < head[0] && err != -ENOMEM; i++) {
        size_t len = strnlen(name, (size_t)(end - name));
        if (name + len == end) /* no NUL */
            return 0;
        memcpy(entry, desc + sizeof head + i * sizeof entry, sizeof entry);
        struct image_mapping m = {.start = entry[0],
                                  .end = entry[1],
                                  .offset = entry[2] * head[1],
                                  .path = (char *)name,
                                  .fd = -1};
        err = image_add_mapping(&c->image, &m);
        name += len + 1;
    }
    return err == -ENOMEM ? err : 0;
}

static int read_note(struct core_file *c, const GElf_Nhdr *note, const char *name,
                     const char *desc) {
    if (note->n_namesz != 5 || memcmp(name, "CORE", 5) != 0)
        return 0;
    switch (note->n_type) {
    case NT_PRSTATUS:
        return add_thread(c, desc, note->n_descsz);
    case NT_PRPSINFO:
        read_process(c, desc, note->n_descsz);
        return 0;
    case NT_AUXV:
        read_auxv(c, desc, note->n_descsz);
        return 0;
    case NT_FILE:
        return read_files(c, desc, note->n_descsz);
    }
    return 0;
}

static int read_notes(struct core_file *c, const GElf_Phdr *p) {
    Elf_Data *data = elf_getdata_rawchunk(c->elf, (int64_t)p->p_offset, p->p_filesz, ELF_T_NHDR);
    size_t name_at, desc_at, at = 0, next;
    GElf_Nhdr note;
    int err = 0;
    if (!data) { /* behind the end of the file */
        c->truncated = true;
        return 0;
    }
    for (; !err && (next = gelf_getnote(data, at, &note, &name_at, &desc_at)) > 0; at = next)
        err = read_note(c, &note, (const char *)data->d_buf + name_at,
                        (const char *)data->d_buf + desc_at);
    return err;
}

/* ---- segments */

static int add_segment(struct core_file *c, const GElf_Phdr *p, uint64_t file_end) {
    struct core_segment s = {p->p_vaddr, p->p_memsz, p->p_offset, p->p_filesz};
    const struct core_segment *last = c->n_segments ? &c->segments[c->n_segments - 1] : NULL;
    if (s.memory_bytes == 0 || s.address + s.memory_bytes < s.address ||
        (last && s.address < last->address + last->memory_bytes) || c->n_segments == SEGMENTS_MAX)
        return 0;
    if (s.offset >= file_end || s.file_bytes > file_end - s.offset) {
        c->truncated |= s.file_bytes > 0;
        s.file_bytes = s.offset < file_end ? file_end - s.offset : 0;
    }
    if (!grow_array(&c->segments, c->n_segments, sizeof s))
        return -ENOMEM;
    c->segments[c->n_segments++] = s;
    return 0;
}

static const struct core_segment *find_segment(const struct core_file *c, uint64_t address) {
    size_t lo = 0, hi = c->n_segments;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (c->segments[mid].address + c->segments[mid].memory_bytes <= address)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < c->n_segments && address >= c->segments[lo].address ? &c->segments[lo] : NULL;
}

size_t core_file_read(const struct core_file *c, uint64_t address, void *to, size_t n) {
    const struct core_segment *s = find_segment(c, address);
    if (!s || address - s->address >= s->file_bytes)
        return 0;
    uint64_t behind = address - s->address;
    if (n > s->file_bytes - behind)
        n = s->file_bytes - behind;
    ssize_t got = pread(c->fd, to, n, (off_t)(s->offset + behind));
    return got > 0 ? (size_t)got : 0;
}

static size_t read_image(void *ctx, uint64_t address, void *to, size_t n) {
    return core_file_read(ctx, address, to, n);
}

static int read_headers(struct core_file *c, uint64_t file_end, const char **why) {
    size_t n;
    GElf_Phdr p;
    int err = 0;
    *why = damaged;
    if (elf_getphdrnum(c->elf, &n) != 0)
        return -EINVAL;
    for (size_t i = 0; i < n && !err; i++) {
        if (!gelf_getphdr(c->elf, (int)i, &p))
            return -EINVAL;
        if (p.p_type == PT_NOTE)
            err = read_notes(c, &p);
        else if (p.p_type == PT_LOAD)
            err = add_segment(c, &p, file_end);
    }
    if (err)
        *why = no_memory;
    return err;
}

/* No file, and so in no note, but code. */
static int add_vdso(struct core_file *c) {
    const struct core_segment *s = c->vdso ? find_segment(c, c->vdso) : NULL;
    if (!s || s->address != c->vdso)
        return 0;
    struct image_mapping m = {.start = s->address,
                              .end = s->address + s->memory_bytes,
                              .path = (char *)"[vdso]",
                              .executable = true,
                              .fd = -1};
    return image_add_mapping(&c->image, &m) == -ENOMEM ? -ENOMEM : 0;
}

/* ---- all of it */

static int check_kind(struct core_file *c, const char **why) {
    GElf_Ehdr e;
    *why = "not a core file";
    if (elf_kind(c->elf) != ELF_K_ELF || !gelf_getehdr(c->elf, &e) || e.e_type != ET_CORE)
        return -EINVAL;
    *why = "a core file of another kind of machine";
    return e.e_machine == EM_X86_64 && gelf_getclass(c->elf) == ELFCLASS64 ? 0 : -EINVAL;
}

int core_file_open_regular(const char *path, struct stat *st, const char **why) {
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0) {
        *why = strerror(errno);
        return -errno;
    }
    if (fstat(fd, st) == 0 && S_ISREG(st->st_mode))
        return fd;
    close(fd);
    *why = "not a regular file";
    return -EINVAL;
}

int core_file_open(struct core_file *c, const char *path, const char **why) {
    struct stat st;
    *c = (struct core_file){.fd = -1};
    elf_version(EV_CURRENT);
    c->fd = core_file_open_regular(path, &st, why);
    if (c->fd < 0)
        return c->fd;
    *why = no_memory;
    if (image_init(&c->image, read_image, c) != 0)
        return -ENOMEM;
    *why = "not a core file";
    c->elf = elf_begin(c->fd, ELF_C_READ, NULL);
    if (!c->elf)
        return -EINVAL;
    int err = check_kind(c, why);
    if (!err)
        err = read_headers(c, (uint64_t)st.st_size, why);
    if (!err)
        err = add_vdso(c);
    if (err)
        return err;
    *why = c->truncated ? "it is cut short before the threads' registers"
                        : "it has no threads' registers";
    return c->n_threads ? 0 : -EINVAL;
}

void core_file_close(struct core_file *c) {
    image_release(&c->image);
    free(c->threads);
    free(c->segments);
    elf_end(c->elf);
    if (c->fd >= 0)
        close(c->fd);
    *c = (struct core_file){.fd = -1};
}
