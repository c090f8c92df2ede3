/* symbols FILE: symbolizes the addresses of an ELF file that stand on stdin, in hex, one a line, as a
 * profile that has them would be. Prints for each
 *     ADDRESS|FUNCTION|FILE:LINE|FUNCTION|FILE:LINE...
 * innermost inlined call first, functions as they are in the file (mangled), where they are; nothing behind the address
 * where nothing is known; what the symbolizer has to say of the file goes to stderr. Exit status 1 if the file cannot be read. */
#include <fcntl.h>
#include <gelf.h>
#include <inttypes.h>
#include <libelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "symbolize/build_id.h"
#include "symbolize/symbolize.h"

/* Where the file is said to be loaded; an ET_EXEC's addresses are its own. */
static uint64_t base = UINT64_C(0x100000000);

static bool map_executable_segments(struct profile *p, const char *path) {
    int fd = open(path, O_RDONLY);
    Elf *elf = elf_begin(fd, ELF_C_READ, NULL);
    char build_id[BUILD_ID_HEX_BYTES];
    GElf_Ehdr e;
    size_t n = 0;

    if (!elf || !gelf_getehdr(elf, &e) || elf_getphdrnum(elf, &n) != 0)
        return false;
    if (e.e_type == ET_EXEC)
        base = 0;
    build_id_hex(elf, build_id);
    for (size_t i = 0; i < n; i++) {
        GElf_Phdr h;
        struct profile_mapping *m;

        if (!gelf_getphdr(elf, (int)i, &h) || h.p_type != PT_LOAD || !(h.p_flags & PF_X) ||
            !(m = profile_add_mapping(p)))
            continue;
        m->start = base + (h.p_vaddr & ~UINT64_C(4095));
        m->limit = (base + h.p_vaddr + h.p_memsz + 4095) & ~UINT64_C(4095);
        m->offset = h.p_offset & ~UINT64_C(4095);
        m->build_id = profile_string(p, build_id);
        m->file = profile_string(p, path);
    }
    elf_end(elf);
    close(fd);
    return p->n_mappings > 0;
}

static struct profile_mapping *mapping_of(const struct profile *p, uint64_t address) {
    for (size_t i = 0; i < p->n_mappings; i++)
        if (address >= p->mappings[i]->start && address < p->mappings[i]->limit)
            return p->mappings[i];
    return NULL;
}

static void print_location(const struct profile_location *l) {
    printf("%" PRIx64, l->address - base);
    for (size_t i = 0; i < l->n_lines; i++) {
        const struct profile_function *f = l->lines[i].function;

        printf("|%s|%s:%" PRId64, f->system_name[0] ? f->system_name : f->name, f->filename,
               l->lines[i].line);
    }
    putchar('\n');
}

int main(int argc, char **argv) {
    static const struct symbolize_options options = {.in_process = true};
    struct symbolizer *symbolizer = symbolizer_new();
    struct profile *p = profile_new();
    uint64_t address;

    elf_version(EV_CURRENT);
    if (argc != 2 || !symbolizer || !p || !map_executable_segments(p, argv[1]))
        return 1;
    while (scanf("%" SCNx64, &address) == 1) {
        struct profile_location *l = profile_add_location(p);

        if (!l)
            return 1;
        l->address = base + address;
        l->mapping = mapping_of(p, l->address);
    }
    if (symbolize_profile(symbolizer, p, &options) != 0)
        return 1;
    for (size_t i = 0; i < p->n_locations; i++)
        print_location(p->locations[i]);
    for (size_t i = 0; i < p->n_comments; i++)
        fprintf(stderr, "# %s\n", p->comments[i]);
    profile_free(p);
    symbolizer_free(symbolizer);
    return 0;
}
