/* A stub has no symbol; what it is for is said by the relocation of the slot that it jumps through.
 *
 * On x86-64 the stub is read: `jmp *slot(%rip)` (.plt, .plt.sec, .plt.got) leads to the relocation
 * with that r_offset, `push $n` (the lazy half of a stub, first thing after endbr64) to the n'th of
 * .rela.plt. This holds for every linker and layout, where counting stubs does not. On other
 * machines stubs are named by their section alone. */
#include "symbolize/symbolize_plt.h"

#include <gelf.h>
#include <string.h>

enum { STUB_BYTES = 16, MAX_RELOCATIONS = 1 << 22 };

static const char *section_name(Elf *elf, const GElf_Shdr *header) {
    size_t strings;

    if (elf_getshdrstrndx(elf, &strings) != 0)
        return NULL;
    return elf_strptr(elf, strings, header->sh_name);
}

static bool is_plt(const char *name) {
    return name && (strcmp(name, ".plt") == 0 || strcmp(name, ".plt.sec") == 0 ||
                    strcmp(name, ".plt.got") == 0 || strcmp(name, ".plt.bnd") == 0);
}

/* The section of stubs that holds `address`. */
static Elf_Scn *plt_section(Elf *elf, uint64_t address, GElf_Shdr *header) {
    Elf_Scn *section = NULL;

    while ((section = elf_nextscn(elf, section)))
        if (gelf_getshdr(section, header) && header->sh_type == SHT_PROGBITS &&
            address >= header->sh_addr && address - header->sh_addr < header->sh_size)
            return is_plt(section_name(elf, header)) ? section : NULL;
    return NULL;
}

static bool relocation_symbol(Elf *elf, const GElf_Shdr *relocations, const GElf_Rela *rela,
                              char *name, size_t name_bytes) {
    Elf_Scn *symbols = elf_getscn(elf, relocations->sh_link);
    Elf_Data *data = symbols ? elf_getdata(symbols, NULL) : NULL;
    GElf_Shdr header;
    GElf_Sym sym;
    const char *text;

    if (!data || !gelf_getshdr(symbols, &header) ||
        !gelf_getsym(data, (int)GELF_R_SYM(rela->r_info), &sym))
        return false;
    text = elf_strptr(elf, header.sh_link, sym.st_name);
    if (!text || text[0] == 0 || strlen(text) >= name_bytes)
        return false;
    strcpy(name, text);
    return true;
}

/* What a stub says about its relocation: the slot's address, or its number in .rela.plt. */
struct stub {
    uint64_t slot;
    uint32_t index;
    bool by_slot, by_index;
};

static struct stub read_stub(const unsigned char *code, size_t n, uint64_t address) {
    static const unsigned char endbr64[] = {0xf3, 0x0f, 0x1e, 0xfa};
    struct stub stub = {0};
    size_t i = n >= 4 && memcmp(code, endbr64, 4) == 0 ? 4 : 0;
    int32_t operand;

    if (i + 5 <= n && code[i] == 0x68) { /* push $n */
        memcpy(&stub.index, code + i + 1, 4);
        stub.by_index = true;
        return stub;
    }
    if (i < n && code[i] == 0xf2) /* the prefix "bnd" */
        i++;
    if (i + 6 <= n && code[i] == 0xff && code[i + 1] == 0x25) { /* jmp *operand(%rip) */
        memcpy(&operand, code + i + 2, 4);
        stub.slot = address + i + 6 + (uint64_t)(int64_t)operand;
        stub.by_slot = true;
    }
    return stub;
}

static bool stub_symbol(Elf *elf, struct stub stub, char *name, size_t name_bytes) {
    Elf_Scn *section = NULL;
    GElf_Shdr header;

    while ((section = elf_nextscn(elf, section))) {
        Elf_Data *data;
        size_t n;

        if (!gelf_getshdr(section, &header) || header.sh_type != SHT_RELA ||
            header.sh_entsize == 0 || !(data = elf_getdata(section, NULL)))
            continue;
        n = data->d_size / header.sh_entsize;
        if (stub.by_index && strcmp(section_name(elf, &header) ?: "", ".rela.plt") != 0)
            continue;
        for (size_t i = stub.by_index ? stub.index : 0; i < n && i < MAX_RELOCATIONS; i++) {
            GElf_Rela rela;

            if (!gelf_getrela(data, (int)i, &rela))
                break;
            if (stub.by_index || rela.r_offset == stub.slot)
                return relocation_symbol(elf, &header, &rela, name, name_bytes);
        }
    }
    return false;
}

bool plt_symbol(Elf *elf, uint64_t address, char *name, size_t name_bytes) {
    GElf_Shdr header;
    Elf_Scn *section = plt_section(elf, address, &header);
    GElf_Ehdr elf_header;
    Elf_Data *data;
    uint64_t at, bytes;

    if (!section)
        return false;
    name[0] = 0;
    data = elf_getdata(section, NULL);
    if (!data || !data->d_buf || !gelf_getehdr(elf, &elf_header) ||
        elf_header.e_machine != EM_X86_64)
        return true;
    bytes = header.sh_entsize == 8 ? 8 : STUB_BYTES;
    at = (address - header.sh_addr) / bytes * bytes;
    if (at < data->d_size) {
        size_t left = data->d_size - at;
        struct stub stub = read_stub((const unsigned char *)data->d_buf + at,
                                     left < bytes ? left : bytes, header.sh_addr + at);

        if (!(stub.by_slot || stub.by_index) || !stub_symbol(elf, stub, name, name_bytes))
            name[0] = 0;
    }
    return true;
}
