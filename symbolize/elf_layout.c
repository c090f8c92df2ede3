/* Reads program and section headers.
 *
 * A profile knows an address as start + (position in the file - offset) of its mapping, so the way
 * back to an address of the file leads through the segment that holds that position. This is right
 * for every layout: p_vaddr need not equal p_offset, and a bias never enters.
 *
 * The ranges of code are what names are held against: a symbol or a DWARF range that begins outside
 * of code names nothing. Linkers leave the ranges of functions they dropped at address 0 or 1; in a
 * file whose code begins low these would otherwise claim the addresses of others. */
#include "symbolize/elf_layout.h"

#include <errno.h>
#include <gelf.h>
#include <stdlib.h>

enum { MAX_HEADERS = 1 << 16 };

static int add_code(struct elf_layout *layout, uint64_t address, uint64_t bytes) {
    struct elf_range *grown;

    if (address == 0 || bytes == 0 || bytes > UINT64_MAX - address)
        return 0;
    grown = realloc(layout->code, (layout->n_code + 1) * sizeof(*grown));
    if (!grown)
        return -ENOMEM;
    layout->code = grown;
    layout->code[layout->n_code++] = (struct elf_range){address, address + bytes};
    return 0;
}

static int read_sections(struct elf_layout *layout, Elf *elf) {
    Elf_Scn *section = NULL;
    int rc = 0;

    while (rc == 0 && layout->n_code < MAX_HEADERS && (section = elf_nextscn(elf, section))) {
        GElf_Shdr header;

        if (gelf_getshdr(section, &header) && (header.sh_flags & SHF_ALLOC) &&
            (header.sh_flags & SHF_EXECINSTR))
            rc = add_code(layout, header.sh_addr, header.sh_size);
    }
    return rc;
}

static int read_segments(struct elf_layout *layout, Elf *elf) {
    size_t n = 0;

    if (elf_getphdrnum(elf, &n) != 0)
        n = 0;
    if (n > MAX_HEADERS)
        n = MAX_HEADERS;
    layout->segments = calloc(n + 1, sizeof(*layout->segments));
    if (!layout->segments)
        return -ENOMEM;
    for (size_t i = 0; i < n; i++) {
        GElf_Phdr header;

        if (!gelf_getphdr(elf, (int)i, &header) || header.p_type != PT_LOAD)
            continue;
        layout->segments[layout->n_segments++] = (struct elf_segment){
            .offset = header.p_offset,
            .file_bytes = header.p_filesz,
            .address = header.p_vaddr,
            .executable = header.p_flags & PF_X,
        };
    }
    return layout->n_segments > 0 ? 0 : -ENOEXEC;
}

int elf_layout_init(struct elf_layout *layout, Elf *elf) {
    int rc;

    *layout = (struct elf_layout){0};
    rc = read_segments(layout, elf);
    if (rc == 0)
        rc = read_sections(layout, elf);
    if (rc == 0 && layout->n_code == 0)
        for (size_t i = 0; rc == 0 && i < layout->n_segments; i++)
            if (layout->segments[i].executable)
                rc = add_code(layout, layout->segments[i].address, layout->segments[i].file_bytes);
    return rc;
}

void elf_layout_release(struct elf_layout *layout) {
    free(layout->segments);
    free(layout->code);
    *layout = (struct elf_layout){0};
}

bool elf_layout_address(const struct elf_layout *layout, uint64_t offset, uint64_t *address) {
    const struct elf_segment *best = NULL;

    /* Two segments may hold one position; what is profiled is code. */
    for (size_t i = 0; i < layout->n_segments; i++) {
        const struct elf_segment *s = &layout->segments[i];

        if (offset >= s->offset && offset - s->offset < s->file_bytes &&
            (!best || (s->executable && !best->executable)))
            best = s;
    }
    if (best)
        *address = best->address + (offset - best->offset);
    return best != NULL;
}

const struct elf_range *elf_layout_code(const struct elf_layout *layout, uint64_t address) {
    for (size_t i = 0; i < layout->n_code; i++)
        if (address >= layout->code[i].lo && address < layout->code[i].hi)
            return &layout->code[i];
    return NULL;
}
