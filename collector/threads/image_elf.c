/* The headers of a file lie at its offset 0, which is mapped at or before its code. */
#include "collector/threads/image_elf.h"

#include <elf.h>
#include <errno.h>
#include <string.h>

enum { HEADERS_MAX = 256, NOTES_MAX_BYTES = 4096, PAGE_BYTES = 4096 };

/* The program headers of one file, and where they are for. */
struct headers {
    struct image *im;
    uint64_t base; /* where offset 0 is mapped */
    uint64_t bias; /* address in the process = address in the file + bias */
    Elf64_Phdr at[HEADERS_MAX];
    size_t n;
};

/* Where offset 0 of the file of `m` is mapped; 0 when it is not. */
static uint64_t find_base(const struct image *im, const struct image_mapping *m) {
    for (;; m--) {
        if (m->offset == 0)
            return m->start;
        if (m == im->mappings || strcmp(m[-1].path, m->path) != 0)
            return 0;
    }
}

static bool shows(const struct image_mapping *m, const Elf64_Phdr *p) {
    return p->p_type == PT_LOAD && m->offset + (m->end - m->start) > p->p_offset &&
           m->offset < p->p_offset + p->p_filesz;
}

/* The segment that `m` shows tells how far addresses are from those of the file. */
static bool find_bias(struct headers *h, const struct image_mapping *m) {
    for (size_t i = 0; i < h->n; i++) {
        const Elf64_Phdr *p = &h->at[i];
        if (!shows(m, p) || (m->executable && !(p->p_flags & PF_X)))
            continue;
        h->bias = m->start - m->offset + p->p_offset - p->p_vaddr;
        return true;
    }
    return false;
}

static bool read_headers(struct image *im, const struct image_mapping *m, struct headers *h) {
    Elf64_Ehdr e;
    *h = (struct headers){.im = im, .base = find_base(im, m)};
    if (!h->base || !image_read(im, h->base, &e, sizeof e) ||
        memcmp(e.e_ident, ELFMAG, SELFMAG) != 0 || e.e_ident[EI_CLASS] != ELFCLASS64 ||
        e.e_phentsize != sizeof *h->at)
        return false;
    h->n = e.e_phnum < HEADERS_MAX ? e.e_phnum : HEADERS_MAX;
    return image_read(im, h->base + e.e_phoff, h->at, h->n * sizeof *h->at) && find_bias(h, m);
}

bool image_elf_read(struct image *im, const struct image_mapping *m, struct image_elf *elf) {
    struct headers h;
    if (!read_headers(im, m, &h))
        return false;
    *elf = (struct image_elf){.start = UINT64_MAX, .bias = h.bias};
    for (size_t i = 0; i < h.n; i++) {
        uint64_t at = h.at[i].p_vaddr + h.bias, end = at + h.at[i].p_memsz;
        if (h.at[i].p_type == PT_GNU_EH_FRAME)
            elf->frame_table = at;
        if (h.at[i].p_type != PT_LOAD || end < at)
            continue;
        elf->start = at < elf->start ? at : elf->start;
        elf->end = end > elf->end ? end : elf->end;
    }
    return elf->start < elf->end;
}

bool image_elf_is_code(struct image *im, const struct image_mapping *m) {
    struct headers h;
    if (!read_headers(im, m, &h))
        return false;
    for (size_t i = 0; i < h.n; i++)
        if (shows(m, &h.at[i]) && (h.at[i].p_flags & PF_X))
            return true;
    return false;
}

/* ---- copies */

/* Where in the file of `m` the code at `address` is. Whole pages are mapped. */
static bool code_offset(struct image *im, const struct image_mapping *m, uint64_t address,
                        uint64_t *offset) {
    struct headers h;
    bool found = false;
    if (!read_headers(im, m, &h))
        return false;
    for (size_t i = 0; i < h.n && !found; i++) {
        const Elf64_Phdr *p = &h.at[i];
        uint64_t lo = p->p_vaddr + h.bias, into = p->p_vaddr % PAGE_BYTES;
        found = p->p_type == PT_LOAD && (p->p_flags & PF_X) &&
                address - (lo - into) < into + p->p_memsz;
        if (found)
            *offset = address - lo + p->p_offset;
    }
    return found;
}

/* The next mapping of a file. */
static const char *file_after(const struct image *im, size_t i) {
    while (++i < im->n)
        if (im->mappings[i].path[0])
            return im->mappings[i].path;
    return "";
}

int image_elf_adopt_copies(struct image *im) {
    for (size_t i = 1; i < im->n; i++) {
        struct image_mapping *m = &im->mappings[i];
        uint64_t offset;
        if (m->path[0] || m[-1].path[0] != '/' || strcmp(m[-1].path, file_after(im, i)) != 0 ||
            !code_offset(im, &m[-1], m->start, &offset))
            continue;
        if (image_rename_mapping(m, m[-1].path) != 0)
            return -ENOMEM;
        m->offset = offset;
    }
    return 0;
}

/* ---- build ID */

/* Looks for the build ID among `n` bytes of notes. */
static bool find_id(const uint8_t *notes, size_t n, char *hex) {
    Elf64_Nhdr note;
    for (size_t at = 0; n - at >= sizeof note;) {
        memcpy(&note, notes + at, sizeof note);
        at += sizeof note;
        uint64_t name = (note.n_namesz + UINT64_C(3)) & ~UINT64_C(3);
        uint64_t desc = (note.n_descsz + UINT64_C(3)) & ~UINT64_C(3);
        if (name > n - at || note.n_descsz > n - at - name)
            return false;
        if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 &&
            memcmp(notes + at, "GNU", 4) == 0 && 2 * note.n_descsz < BUILD_ID_HEX_BYTES) {
            build_id_spell(notes + at + name, note.n_descsz, hex);
            return true;
        }
        if (desc > n - at - name)
            return false;
        at += name + desc;
    }
    return false;
}

void image_build_id(struct image *im, const struct image_mapping *m, char hex[BUILD_ID_HEX_BYTES]) {
    struct headers h;
    uint8_t notes[NOTES_MAX_BYTES];
    hex[0] = '\0';
    if (!read_headers(im, m, &h))
        return;
    for (size_t i = 0; i < h.n; i++) {
        uint64_t n = h.at[i].p_filesz < sizeof notes ? h.at[i].p_filesz : sizeof notes;
        if (h.at[i].p_type == PT_NOTE && image_read(im, h.at[i].p_vaddr + h.bias, notes, n) &&
            find_id(notes, n, hex))
            return;
    }
}
