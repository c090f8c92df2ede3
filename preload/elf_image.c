/* ELF images: their first page, which has the program headers where a linker made it. */
#include "preload/elf_image.h"

#include <elf.h>
#include <string.h>

#include "preload/sys.h"

enum { PAGE_BYTES = 4096 };

static union {
    Elf64_Ehdr header;
    char bytes[PAGE_BYTES];
} page;
static char note_bytes[1024];

/* Reads the first page; returns how many program headers it has, 0 for no ELF image. */
static unsigned read_headers(uint64_t base) {
    const Elf64_Ehdr *eh = &page.header;
    size_t n = sys_read_memory(base, page.bytes, sizeof page);
    if (n < sizeof *eh)
        return 0;
    size_t table = (size_t)eh->e_phnum * sizeof(Elf64_Phdr);
    if (memcmp(eh->e_ident, ELFMAG, SELFMAG) != 0 || eh->e_ident[EI_CLASS] != ELFCLASS64 ||
        eh->e_phentsize != sizeof(Elf64_Phdr) || eh->e_phoff > n || table > n - eh->e_phoff)
        return 0;
    return eh->e_phnum;
}

static Elf64_Phdr header_at(unsigned i) {
    Elf64_Phdr ph;
    memcpy(&ph, page.bytes + page.header.e_phoff + i * sizeof ph, sizeof ph);
    return ph;
}

static uint8_t find_build_id(const char *notes, size_t n, uint8_t *id) {
    while (n >= sizeof(Elf64_Nhdr)) {
        Elf64_Nhdr h;
        memcpy(&h, notes, sizeof h);
        size_t name = ((size_t)h.n_namesz + 3) & ~(size_t)3;
        size_t desc = ((size_t)h.n_descsz + 3) & ~(size_t)3, all = sizeof h + name + desc;
        if (name > n || desc > n || all > n)
            return 0;
        if (h.n_type == NT_GNU_BUILD_ID && h.n_namesz == 4 && h.n_descsz <= BUILD_ID_MAX &&
            memcmp(notes + sizeof h, "GNU", 4) == 0) {
            memcpy(id, notes + sizeof h + name, h.n_descsz);
            return (uint8_t)h.n_descsz;
        }
        notes += all;
        n -= all;
    }
    return 0;
}

uint8_t elf_image_build_id(uint64_t base, uint8_t *id) {
    unsigned count = read_headers(base);
    for (unsigned i = 0; i < count; i++) {
        Elf64_Phdr ph = header_at(i);
        if (ph.p_type != PT_NOTE)
            continue;
        size_t want = ph.p_filesz < sizeof note_bytes ? ph.p_filesz : sizeof note_bytes;
        size_t got = sys_read_memory(base + ph.p_offset, note_bytes, want);
        uint8_t len = find_build_id(note_bytes, got, id);
        if (len)
            return len;
    }
    return 0;
}

/* The first segment, with file offset 0, is at `base`, and the others are as far from it as they
 * say. Whole pages are mapped. */
bool elf_image_code_offset(uint64_t base, uint64_t address, uint64_t *offset) {
    unsigned count = read_headers(base);
    uint64_t first = 0;
    bool any = false, found = false;
    for (unsigned i = 0; i < count && !found; i++) {
        Elf64_Phdr ph = header_at(i);
        if (ph.p_type != PT_LOAD)
            continue;
        if (!any)
            first = ph.p_vaddr - ph.p_offset;
        any = true;
        uint64_t lo = base + (ph.p_vaddr - first), into = ph.p_vaddr % PAGE_BYTES;
        found = (ph.p_flags & PF_X) && address - (lo - into) < into + ph.p_memsz;
        if (found)
            *offset = address - lo + ph.p_offset;
    }
    return found;
}
