/* What the tests of the symbolizer share: a directory of their own, programs compiled in it, and
 * profiles as the kernel and the agent would have made them of such a program. */
#ifndef CPPROF_TESTS_UNIT_SYMBOLIZE_FIXTURE_H
#define CPPROF_TESTS_UNIT_SYMBOLIZE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <gelf.h>
#include <inttypes.h>
#include <libelf.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "symbolize/build_id.h"
#include "symbolize/symbolize.h"
#include "proto/profile.h"

#define PAGE_MASK_DOWN (~(uint64_t)4095)

static char directory[] = "/tmp/cpprof-symbolize-XXXXXX";

/* A path in the directory; four at a time stay valid. */
static inline const char *in_directory(const char *name) {
    static char paths[4][600];
    static int next;
    char *path = paths[next++ % 4];

    snprintf(path, sizeof(paths[0]), "%s/%s", directory, name);
    return path;
}

/* Runs a shell command in the directory; returns its exit status. */
__attribute__((format(printf, 1, 2))) static inline int shell(const char *format, ...) {
    char command[4096];
    va_list args;
    int used = snprintf(command, sizeof(command), "cd %s && ", directory);

    va_start(args, format);
    vsnprintf(command + used, sizeof(command) - (size_t)used, format, args);
    va_end(args);
    return system(command);
}

static inline int make_directory(void **state) {
    elf_version(EV_CURRENT);
    return mkdtemp(directory) ? 0 : -1;
}

static inline int remove_directory(void **state) {
    return shell("rm -rf %s", directory);
}

static inline void write_text(const char *name, const char *text) {
    FILE *f = fopen(in_directory(name), "w");

    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
}

static inline bool have_tool(const char *tool) {
    return shell("command -v %s >/dev/null", tool) == 0;
}

/* What `nm` says of a defined symbol (as it is in the symbol table); 0 when it is not there. */
static inline uint64_t symbol_address(const char *file, const char *symbol) {
    char command[1200];
    uint64_t address = 0;
    FILE *nm;

    snprintf(command, sizeof(command), "nm --defined-only %s | awk '$3 == \"%s\" { print $1 }'",
             in_directory(file), symbol);
    nm = popen(command, "r");
    assert_non_null(nm);
    if (fscanf(nm, "%" SCNx64, &address) != 1)
        address = 0;
    pclose(nm);
    return address;
}

/* Maps the (largest) executable segment of a program as the kernel does, `base` above its own
 * addresses, with the build ID that it has now. */
static inline struct profile_mapping *map_program(struct profile *p, const char *path,
                                                  uint64_t base) {
    struct profile_mapping *m = profile_add_mapping(p);
    int fd = open(path, O_RDONLY);
    Elf *elf = elf_begin(fd, ELF_C_READ, NULL);
    char build_id[BUILD_ID_HEX_BYTES];
    uint64_t largest = 0;
    size_t n;

    assert_non_null(elf);
    assert_int_equal(elf_getphdrnum(elf, &n), 0);
    for (size_t i = 0; i < n; i++) {
        GElf_Phdr h;

        if (!gelf_getphdr(elf, (int)i, &h) || h.p_type != PT_LOAD || !(h.p_flags & PF_X) ||
            h.p_memsz < largest)
            continue;
        largest = h.p_memsz;
        m->start = base + (h.p_vaddr & PAGE_MASK_DOWN);
        m->limit = (base + h.p_vaddr + h.p_memsz + 4095) & PAGE_MASK_DOWN;
        m->offset = h.p_offset & PAGE_MASK_DOWN;
    }
    build_id_hex(elf, build_id);
    m->build_id = profile_string(p, build_id);
    m->file = profile_string(p, path);
    elf_end(elf);
    close(fd);
    return m;
}

/* A profile with one sample type, as profile_check demands of one with samples. */
static inline struct profile *empty_profile(void) {
    struct profile *p = profile_new();

    assert_non_null(p);
    assert_int_equal(profile_add_sample_type(p, "samples", "count"), 0);
    return p;
}

static inline struct profile_location *add_address(struct profile *p, struct profile_mapping *m,
                                                   uint64_t address) {
    struct profile_location *location = profile_add_location(p);

    assert_non_null(location);
    location->mapping = m;
    location->address = address;
    return location;
}

/* Symbolizes with a symbolizer of its own. */
static inline void symbolize_with(struct profile *p, const struct symbolize_options *options) {
    struct symbolizer *s = symbolizer_new();
    char why[200] = "";

    assert_non_null(s);
    assert_int_equal(symbolize_profile(s, p, options), 0);
    symbolizer_free(s);
    if (profile_check(p, why, sizeof(why)) != 0)
        fail_msg("%s", why);
}

static inline void symbolize(struct profile *p) {
    symbolize_with(p, NULL);
}

static inline bool has_comment(const struct profile *p, const char *part) {
    for (size_t i = 0; i < p->n_comments; i++)
        if (strstr(p->comments[i], part))
            return true;
    return false;
}

static inline void assert_no_comment(const struct profile *p) {
    if (p->n_comments > 0)
        fail_msg("comment: %s", p->comments[0]);
}

/* One line of a location: its function's name, the end of its file's name, and its number. */
static inline void assert_line(const struct profile_location *location, size_t i, const char *name,
                               const char *file, int64_t number) {
    const struct profile_line *line = &location->lines[i];
    size_t file_bytes, end_bytes = strlen(file);

    if (i >= location->n_lines)
        fail_msg("%s: line %zu of %zu", name, i, location->n_lines);
    assert_string_equal(line->function->name, name);
    file_bytes = strlen(line->function->filename);
    if (file_bytes < end_bytes ||
        strcmp(line->function->filename + file_bytes - end_bytes, file) != 0)
        fail_msg("%s is in %s, not in %s", name, line->function->filename, file);
    assert_int_equal(line->line, number);
}

#endif
