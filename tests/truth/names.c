/* Symbols through libdwfl, each file opened once. A location's address becomes one of the file's
 * by way of the segment that the mapping shows: that holds for every linker's layout. */
#include "tests/truth/names.h"

#include <elfutils/libdwfl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILES_MAX = 256, ENTRY_CODE_BYTES = 64 };

struct file {
    const char *path;
    Dwfl_Module *module; /* NULL: not to be read */
    GElf_Addr bias;
    GElf_Addr entry;
};

static struct file files[FILES_MAX];
static size_t n_files;

static Dwfl *session(void) {
    static const Dwfl_Callbacks callbacks = {
        .find_elf = dwfl_build_id_find_elf,
        .find_debuginfo = dwfl_standard_find_debuginfo,
        .section_address = dwfl_offline_section_address,
    };
    static Dwfl *dwfl;
    if (!dwfl) {
        unsetenv("DEBUGINFOD_URLS"); /* nothing is fetched for a test */
        dwfl = dwfl_begin(&callbacks);
        dwfl_report_begin(dwfl);
    }
    return dwfl;
}

static struct file *file_open(const char *path) {
    for (size_t i = 0; i < n_files; i++)
        if (strcmp(files[i].path, path) == 0)
            return &files[i];
    if (n_files == FILES_MAX)
        return NULL;
    struct file *f = &files[n_files++];
    GElf_Ehdr ehdr;
    f->path = strdup(path);
    f->module = dwfl_report_offline(session(), path, path, -1);
    Elf *elf = f->module ? dwfl_module_getelf(f->module, &f->bias) : NULL;
    if (!elf || !gelf_getehdr(elf, &ehdr))
        f->module = NULL;
    else
        f->entry = ehdr.e_entry;
    return f;
}

/* The address as the file has it; false when there is no telling. */
static bool file_address(const struct profile_location *l, struct file **file, GElf_Addr *address) {
    GElf_Phdr ph;
    GElf_Addr bias;
    const struct profile_mapping *m = l->mapping;
    if (!m || m->file[0] != '/' || !(*file = file_open(m->file)) || !(*file)->module)
        return false;
    Elf *elf = dwfl_module_getelf((*file)->module, &bias);
    uint64_t offset = l->address - m->start + m->offset;
    for (int i = 0; gelf_getphdr(elf, i, &ph); i++) {
        if (ph.p_type != PT_LOAD || offset < ph.p_offset || offset >= ph.p_offset + ph.p_filesz)
            continue;
        *address = offset - ph.p_offset + ph.p_vaddr;
        return true;
    }
    return false;
}

static const char *base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

const char *name_of(const struct profile_location *l) {
    struct file *f;
    GElf_Addr address;
    char *name = NULL;
    if (l->n_lines)
        return l->lines[l->n_lines - 1].function->name;
    if (!file_address(l, &f, &address)) {
        const char *path = l->mapping ? base_name(l->mapping->file) : "?";
        return asprintf(&name, "%s@%#lx", path, (unsigned long)l->address) < 0 ? "?" : name;
    }
    const char *symbol = dwfl_module_addrname(f->module, address + f->bias);
    if (symbol)
        return symbol;
    return asprintf(&name, "%s+%#lx", base_name(f->path), (unsigned long)address) < 0 ? "?" : name;
}

bool name_is_root(const struct profile_location *l) {
    static const char *const roots[] = {
        "_start",
        "_dl_start_user",
        "main",
        "__libc_start_call_main",
        "__libc_start_main",
        "clone3",
        "__clone3",
        "clone",
        "__clone",
        "start_thread",
    };
    struct file *f;
    GElf_Addr address;
    const char *name = name_of(l);
    for (size_t i = 0; i < sizeof roots / sizeof roots[0]; i++)
        if (strcmp(name, roots[i]) == 0)
            return true;
    /* _start of a stripped program */
    return file_address(l, &f, &address) && address >= f->entry &&
           address < f->entry + ENTRY_CODE_BYTES;
}

bool name_is_start(const struct profile_location *l) {
    struct file *f;
    GElf_Addr address, bias;
    Dwarf_Addr start, end;
    bool signal;
    Dwarf_Frame *frame;
    if (!file_address(l, &f, &address))
        return false;
    Dwarf_CFI *cfi = dwfl_module_eh_cfi(f->module, &bias);
    if (!cfi || dwarf_cfi_addrframe(cfi, address, &frame) != 0)
        return false;
    bool is_start = dwarf_frame_info(frame, &start, &end, &signal) >= -1 && start == address;
    free(frame);
    return is_start;
}
