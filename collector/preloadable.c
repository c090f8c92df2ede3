/* What LD_PRELOAD cannot reach: executables without a dynamic loader, those of another machine or
 * another libc, and those that gain privileges when executed, for which the loader ignores it. */
#include "collector/preloadable.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { SCRIPTS_MAX = 5, PHDRS_MAX = 512 };

struct judge {
    char *why;
    size_t why_bytes;
};

static enum preloadable verdict(const struct judge *j, enum preloadable v, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static enum preloadable verdict(const struct judge *j, enum preloadable v, const char *format,
                                ...) {
    va_list args;
    va_start(args, format);
    vsnprintf(j->why, j->why_bytes, format, args);
    va_end(args);
    return v;
}

/* Finds a program as execvp does; true when there is a file, executable or not. */
static bool find_program(const char *program, char *path, size_t room) {
    const char *dirs = getenv("PATH");
    bool found = false;
    if (strchr(program, '/'))
        return (size_t)snprintf(path, room, "%s", program) < room && access(path, F_OK) == 0;
    if (!*program)
        return false;
    for (const char *d = dirs ? dirs : "/bin:/usr/bin";; d++) {
        char candidate[PATH_MAX];
        struct stat st;
        int len = (int)strcspn(d, ":");
        int n = snprintf(candidate, sizeof candidate, "%.*s%s%s", len, d, len ? "/" : "", program);
        bool there = (size_t)n < sizeof candidate && stat(candidate, &st) == 0 &&
                     S_ISREG(st.st_mode) && strlen(candidate) < room;
        bool executable = there && access(candidate, X_OK) == 0;
        if (executable || (there && !found))
            strcpy(path, candidate);
        found |= there;
        d += len;
        if (executable || !*d)
            return found;
    }
}

static enum preloadable check_privileges(const struct judge *j, const char *path,
                                         const struct stat *st) {
    bool user = (st->st_mode & S_ISUID) && st->st_uid != getuid();
    bool group = (st->st_mode & S_ISGID) && (st->st_mode & S_IXGRP) && st->st_gid != getgid();
    if (user || group)
        return verdict(j, PRELOADABLE_NOT, "%s is set-%s-ID: the loader preloads nothing into it",
                       path, user ? "user" : "group");
    if (getuid() != 0 && getxattr(path, "security.capability", NULL, 0) > 0)
        return verdict(j, PRELOADABLE_NOT,
                       "%s has file capabilities: the loader preloads nothing into it", path);
    return PRELOADABLE;
}

/* The loader that an executable names. */
static enum preloadable check_loader(const struct judge *j, int fd, const char *path,
                                     const Elf64_Phdr *ph) {
    char loader[PATH_MAX];
    size_t n = ph->p_filesz < sizeof loader - 1 ? ph->p_filesz : sizeof loader - 1;
    ssize_t got = pread(fd, loader, n, (off_t)ph->p_offset);
    if (got <= 0)
        return verdict(j, PRELOADABLE_NOT_EXECUTABLE, "%s is a damaged executable", path);
    loader[got] = '\0';
    if (strstr(loader, "ld-musl"))
        return verdict(j, PRELOADABLE_NOT, "%s uses musl; the agent needs glibc", path);
    return PRELOADABLE;
}

static enum preloadable check_elf(const struct judge *j, int fd, const char *path,
                                  const Elf64_Ehdr *eh) {
    if (eh->e_ident[EI_CLASS] != ELFCLASS64)
        return verdict(j, PRELOADABLE_NOT, "%s is a 32-bit executable; the agent is 64-bit", path);
    if (eh->e_machine != EM_X86_64 || eh->e_ident[EI_DATA] != ELFDATA2LSB)
        return verdict(j, PRELOADABLE_NOT,
                       "%s is for another machine; the agent is for x86-64 (machine %u)", path,
                       eh->e_machine);
    if (eh->e_phentsize != sizeof(Elf64_Phdr) || eh->e_phnum > PHDRS_MAX)
        return verdict(j, PRELOADABLE_NOT_EXECUTABLE, "%s is a damaged executable", path);
    for (unsigned i = 0; i < eh->e_phnum; i++) {
        Elf64_Phdr ph;
        if (pread(fd, &ph, sizeof ph, (off_t)(eh->e_phoff + i * sizeof ph)) != sizeof ph)
            break;
        if (ph.p_type == PT_INTERP)
            return check_loader(j, fd, path, &ph);
    }
    return verdict(j, PRELOADABLE_NOT,
                   "%s is %s: there is no loader that could preload anything into it", path,
                   eh->e_type == ET_DYN ? "static-pie" : "statically linked");
}

/* Cuts the interpreter's path out of the first line of a script. False when there is none. */
static bool script_interpreter(char *line, char *path, size_t room) {
    char *p = line + 2 + strspn(line + 2, " \t");
    size_t n = strcspn(p, " \t\n");
    if (n == 0 || n >= room)
        return false;
    memmove(path, p, n);
    path[n] = '\0';
    return true;
}

/* Looks at one file; for a script puts the interpreter into `path` and sets *again. */
static enum preloadable check_file(const struct judge *j, char *path, bool *again) {
    union {
        Elf64_Ehdr elf;
        char text[PATH_MAX + 1];
    } head = {.text = ""};
    struct stat st;
    *again = false;
    if (stat(path, &st) != 0)
        return verdict(j, PRELOADABLE_NOT_EXECUTABLE, "%s: %s", path, strerror(errno));
    if (!S_ISREG(st.st_mode))
        return verdict(j, PRELOADABLE_NOT_EXECUTABLE, "%s is not a file", path);
    if (access(path, X_OK) != 0)
        return verdict(j, PRELOADABLE_NOT_EXECUTABLE, "%s: %s", path, strerror(errno));
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) /* executable but not readable: nothing to judge it by */
        return check_privileges(j, path, &st);
    ssize_t n = pread(fd, &head, sizeof head.text - 1, 0);
    enum preloadable v = PRELOADABLE;
    if (n >= (ssize_t)sizeof head.elf && memcmp(head.elf.e_ident, ELFMAG, SELFMAG) == 0) {
        v = check_privileges(j, path, &st);
        if (v == PRELOADABLE)
            v = check_elf(j, fd, path, &head.elf);
    } else if (n > 2 && memcmp(head.text, "#!", 2) == 0) {
        *again = script_interpreter(head.text, path, PATH_MAX);
        if (!*again)
            v = verdict(j, PRELOADABLE_NOT_EXECUTABLE, "%s names no interpreter", path);
    }
    close(fd);
    return v;
}

enum preloadable preloadable_check(const char *program, char *path, size_t path_bytes, char *why,
                                   size_t why_bytes) {
    const struct judge j = {why, why_bytes};
    char at[PATH_MAX];
    bool again = true;
    enum preloadable v = PRELOADABLE;
    if (!find_program(program, at, sizeof at))
        return verdict(&j, PRELOADABLE_NOT_FOUND, "%s: not found", program);
    snprintf(path, path_bytes, "%s", at);
    for (int i = 0; i < SCRIPTS_MAX && again && v == PRELOADABLE; i++)
        v = check_file(&j, at, &again);
    return v;
}
