/* libdw takes the section apart; what is left is where each FDE's function begins, which its CIE
 * says how to read. */
#include "collector/threads/frame_index.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <errno.h>
#include <gelf.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"

enum { ENTRIES_MAX = 1 << 22 };

struct section {
    Elf_Data *data;
    const unsigned char *ident; /* of the file */
    uint64_t address;           /* in memory */
    Dwarf_Off cie;              /* whose encoding is known */
    uint8_t encoding;
};

static bool find_section(Elf *elf, uint64_t bias, struct section *s) {
    size_t names;
    if (elf_getshdrstrndx(elf, &names) != 0)
        return false;
    for (Elf_Scn *scn = NULL; (scn = elf_nextscn(elf, scn));) {
        GElf_Shdr header;
        const char *name;
        if (!gelf_getshdr(scn, &header) || header.sh_type == SHT_NOBITS ||
            !(name = elf_strptr(elf, names, header.sh_name)) || strcmp(name, ".eh_frame") != 0)
            continue;
        *s = (struct section){.data = elf_rawdata(scn, NULL),
                              .ident = (const unsigned char *)elf_getident(elf, NULL),
                              .address = header.sh_addr + bias,
                              .cie = UINT64_MAX};
        return s->data && s->ident;
    }
    return false;
}

/* How many bytes a pointer of that encoding takes; 0: not known. */
static size_t encoded_bytes(uint8_t encoding) {
    switch (encoding & 7) {
    case DW_EH_PE_absptr:
    case DW_EH_PE_udata8:
        return 8;
    case DW_EH_PE_udata4:
        return 4;
    case DW_EH_PE_udata2:
        return 2;
    }
    return 0;
}

/* The encoding of function addresses: the R of a CIE's augmentation; absolute without one. */
static uint8_t cie_encoding(const Dwarf_CIE *cie) {
    const char *what = cie->augmentation;
    const uint8_t *at = cie->augmentation_data, *end = at + cie->augmentation_data_size;
    if (*what++ != 'z')
        return DW_EH_PE_absptr;
    for (; *what && at && at < end; what++) {
        if (*what == 'R')
            return *at;
        if (*what == 'L')
            at++;
        else if (*what == 'P')
            at += 1 + encoded_bytes(*at);
        else if (*what != 'S' && *what != 'B')
            break;
    }
    return DW_EH_PE_absptr;
}

/* The encoding of the CIE at an offset; 0xff when there is none. */
static uint8_t encoding_at(struct section *s, Dwarf_Off offset) {
    Dwarf_CFI_Entry entry;
    Dwarf_Off next;
    if (offset == s->cie)
        return s->encoding;
    s->cie = offset;
    s->encoding = 0xff;
    if (dwarf_next_cfi(s->ident, s->data, true, offset, &next, &entry) == 0 &&
        dwarf_cfi_cie_p(&entry))
        s->encoding = cie_encoding(&entry.cie);
    return s->encoding;
}

static bool read_function(struct section *s, const Dwarf_FDE *fde, uint64_t *function) {
    uint8_t encoding = encoding_at(s, fde->CIE_pointer);
    size_t n = encoded_bytes(encoding);
    uint64_t base = 0, value = 0;
    if (encoding == 0xff || n < 4 || (size_t)(fde->end - fde->start) < n)
        return false;
    if ((encoding & 0x70) == DW_EH_PE_pcrel)
        base = s->address + (uint64_t)(fde->start - (const uint8_t *)s->data->d_buf);
    else if ((encoding & 0x70) != DW_EH_PE_absptr)
        return false;
    memcpy(&value, fde->start, n);
    if (n == 4 && (encoding & DW_EH_PE_signed))
        value = (uint64_t)(int64_t)(int32_t)value;
    *function = base + value;
    return true;
}

static int add_entry(struct frame_index *x, uint64_t base, uint64_t function, uint64_t fde) {
    struct frame_entry e = {(int32_t)(function - base), (int32_t)(fde - base)};
    if (base + (uint64_t)(int64_t)e.function != function ||
        base + (uint64_t)(int64_t)e.fde != fde || x->n == ENTRIES_MAX)
        return 0;
    if (!grow_array(&x->entries, x->n, sizeof e))
        return -ENOMEM;
    x->entries[x->n++] = e;
    return 0;
}

static int by_function(const void *a, const void *b) {
    const struct frame_entry *x = a, *y = b;
    return x->function < y->function ? -1 : x->function > y->function;
}

static int read_section(struct frame_index *x, struct section *s, uint64_t base) {
    Dwarf_CFI_Entry entry;
    uint64_t function;
    int err = 0, got;
    for (Dwarf_Off at = 0, next; !err; at = next) {
        got = dwarf_next_cfi(s->ident, s->data, true, at, &next, &entry);
        if (got > 0 || next == (Dwarf_Off)-1 || next <= at)
            break;
        if (got == 0 && !dwarf_cfi_cie_p(&entry) && read_function(s, &entry.fde, &function))
            err = add_entry(x, base, function, s->address + at);
    }
    if (x->n)
        qsort(x->entries, x->n, sizeof *x->entries, by_function);
    return err;
}

int frame_index_read(struct frame_index *x, int fd, uint64_t bias, uint64_t base) {
    struct section s;
    int err = 0;
    *x = (struct frame_index){0};
    elf_version(EV_CURRENT);
    Elf *elf = elf_begin(fd, ELF_C_READ, NULL);
    if (elf && elf_kind(elf) == ELF_K_ELF && find_section(elf, bias, &s))
        err = read_section(x, &s, base);
    elf_end(elf);
    return err;
}

void frame_index_release(struct frame_index *x) {
    free(x->entries);
    *x = (struct frame_index){0};
}
