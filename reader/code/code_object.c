/* Files of machine code.
 *
 * A profile's address is a position in the file, and that lies in one of its segments, which gives
 * the address that symbols and objdump use: elf_layout. Two kinds of mapping know no positions: one
 * that spans all addresses is made up by a tool, and its addresses are those of the file; in an
 * object file that is not linked they count from its beginning. */
#include "reader/code/code_object.h"

#include <elfutils/libdwfl.h>
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/grow.h"
#include "reader/strconv.h"
#include "symbolize/elf_layout.h"

struct code_object {
    const struct profile_mapping *mapping;
    int fd;
    Elf *elf;
    int type; /* ET_EXEC, ... */
    struct elf_layout layout;
    bool has_layout;
    struct code_symbol *symbols;
    size_t n_symbols;
    char **names; /* of symbols that were found elsewhere */
    size_t n_names;
};

/* `WHAT FILE: reason`, as Go writes it. */
static int refuse(int err, const char *what, const char *file, char *why, size_t why_bytes) {
    char text[STRCONV_ERROR_BYTES];

    snprintf(why, why_bytes, "%s %s: %s", what, file, strconv_error(err, text));
    return err;
}

/* ---- opening */

static int open_file(struct code_object *o, const char *file, char *why, size_t why_bytes) {
    unsigned char magic[SELFMAG];
    struct stat st;
    ssize_t n;

    if (stat(file, &st) != 0)
        return refuse(-errno, "stat", file, why, why_bytes);
    if (!S_ISREG(st.st_mode)) {
        snprintf(why, why_bytes, "unrecognized binary format: %s", file);
        return -EINVAL;
    }
    o->fd = open(file, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (o->fd < 0)
        return refuse(-errno, "error opening", file, why, why_bytes);
    n = pread(o->fd, magic, sizeof(magic), 0);
    if (n < (ssize_t)sizeof(magic)) {
        snprintf(why, why_bytes, "error reading magic number from %s: %s", file,
                 n < 0    ? strerror(errno)
                 : n == 0 ? "EOF"
                          : "unexpected EOF");
        return -EINVAL;
    }
    if (memcmp(magic, ELFMAG, SELFMAG) == 0)
        return 0;
    snprintf(why, why_bytes, "unrecognized binary format: %s", file);
    return -EINVAL;
}

static int read_headers(struct code_object *o, const char *file, char *why, size_t why_bytes) {
    GElf_Ehdr header;
    int rc;

    if (elf_version(EV_CURRENT) != EV_NONE)
        o->elf = elf_begin(o->fd, ELF_C_READ, NULL);
    if (!o->elf || !gelf_getehdr(o->elf, &header)) {
        snprintf(why, why_bytes, "error reading ELF file %s: error parsing %s: %s", file, file,
                 o->elf && elf_kind(o->elf) == ELF_K_NONE ? "EOF" : elf_errmsg(-1));
        return -EINVAL;
    }
    o->type = header.e_type;
    rc = elf_layout_init(&o->layout, o->elf);
    o->has_layout = rc == 0;
    return rc == -ENOMEM ? rc : 0;
}

int code_object_open(const struct profile_mapping *m, struct code_object **out, char *why,
                     size_t why_bytes) {
    struct code_object *o = calloc(1, sizeof(*o));
    int rc;

    if (!o) {
        snprintf(why, why_bytes, "out of memory");
        return -ENOMEM;
    }
    o->mapping = m;
    o->fd = -1;
    rc = open_file(o, m->file, why, why_bytes);
    if (rc == 0)
        rc = read_headers(o, m->file, why, why_bytes);
    if (rc < 0)
        code_object_close(o);
    else
        *out = o;
    return rc;
}

static void forget_symbols(struct code_object *o) {
    free(o->symbols);
    o->symbols = NULL;
    o->n_symbols = 0;
    for (size_t i = 0; i < o->n_names; i++)
        free(o->names[i]);
    free(o->names);
    o->names = NULL;
    o->n_names = 0;
}

void code_object_close(struct code_object *o) {
    if (!o)
        return;
    forget_symbols(o);
    elf_layout_release(&o->layout);
    elf_end(o->elf);
    if (o->fd >= 0)
        close(o->fd);
    free(o);
}

void code_object_build_id(const struct code_object *o, char hex[BUILD_ID_HEX_BYTES]) {
    build_id_hex(o->elf, hex);
}

/* ---- addresses */

static bool spans_everything(const struct profile_mapping *m) {
    return m->start == 0 && m->offset == 0 && (m->limit == 0 || m->limit == UINT64_MAX);
}

uint64_t code_object_position(const struct code_object *o, uint64_t address) {
    const struct profile_mapping *m = o->mapping;

    if (spans_everything(m)) /* then it is an address of the file */
        for (size_t i = 0; i < o->layout.n_segments; i++) {
            const struct elf_segment *s = &o->layout.segments[i];

            if (address >= s->address && address - s->address < s->file_bytes)
                return address - s->address + s->offset;
        }
    return address - m->start + m->offset;
}

bool code_object_address(const struct code_object *o, uint64_t address, uint64_t *in_file) {
    const struct profile_mapping *m = o->mapping;

    *in_file = address;
    if (spans_everything(m))
        return true;
    if (address < m->start || address >= m->limit)
        return false;
    if (o->type == ET_REL)
        *in_file = address - m->start;
    else if (!o->has_layout ||
             !elf_layout_address(&o->layout, code_object_position(o, address), in_file))
        *in_file = o->type == ET_EXEC ? address : code_object_position(o, address);
    return true;
}

/* ---- symbols */

static int by_address_name(const void *a, const void *b) {
    const struct code_symbol *x = a, *y = b;

    return x->address != y->address ? (x->address > y->address ? 1 : -1) : strcmp(x->name, y->name);
}

static Elf_Scn *find_table(Elf *elf, GElf_Word type, GElf_Shdr *header) {
    Elf_Scn *section = NULL;

    while ((section = elf_nextscn(elf, section)))
        if (gelf_getshdr(section, header) && header->sh_type == type && header->sh_entsize > 0)
            return section;
    return NULL;
}

/* What nm lists with an address: neither what is defined elsewhere, nor names of files and
 * sections. */
static bool is_listed(const GElf_Sym *symbol, const char *name) {
    int type = GELF_ST_TYPE(symbol->st_info);

    return symbol->st_shndx != SHN_UNDEF && type != STT_FILE && type != STT_SECTION && name &&
           name[0];
}

static int add_symbol(struct code_object *o, uint64_t address, const char *name) {
    if (!grow_array(&o->symbols, o->n_symbols, sizeof(*o->symbols)))
        return -ENOMEM;
    o->symbols[o->n_symbols++] = (struct code_symbol){address, name};
    return 0;
}

static int read_table(struct code_object *o, Elf_Scn *section, const GElf_Shdr *header) {
    size_t n = header->sh_size / header->sh_entsize;
    Elf_Data *data = elf_getdata(section, NULL);
    int rc = 0;

    for (size_t i = 1; rc == 0 && data && i < n && i < INT32_MAX; i++) {
        GElf_Sym symbol;
        const char *name;

        if (!gelf_getsym(data, (int)i, &symbol))
            break;
        name = elf_strptr(o->elf, header->sh_link, symbol.st_name);
        if (is_listed(&symbol, name))
            rc = add_symbol(o, symbol.st_value, name);
    }
    return rc;
}

/* Adds a symbol whose name ends with it, or before a version (`@@GLIBC_2.34`), and is copied. */
static int add_copied(struct code_object *o, uint64_t address, const char *name) {
    char *copy = strndup(name, strcspn(name, "@"));

    if (!copy || !grow_array(&o->names, o->n_names, sizeof(*o->names))) {
        free(copy);
        return -ENOMEM;
    }
    o->names[o->n_names++] = copy;
    return add_symbol(o, address, copy);
}

/* Symbols of a module of libdwfl. Names of versions have no address, though they say so. */
static int read_module(struct code_object *o, Dwfl_Module *module) {
    int n = dwfl_module_getsymtab(module), rc = 0;

    for (int i = 1; rc == 0 && i < n; i++) {
        GElf_Sym symbol;
        GElf_Addr address;
        const char *name = dwfl_module_getsym_info(module, i, &symbol, &address, NULL, NULL, NULL);

        if (name && is_listed(&symbol, name) && symbol.st_shndx != SHN_ABS)
            rc = add_copied(o, address, name);
    }
    return rc;
}

/* Has libdwfl look at the file, and for what belongs to it. */
static int read_elsewhere(struct code_object *o) {
    static const Dwfl_Callbacks callbacks = {
        .find_elf = dwfl_build_id_find_elf,
        .find_debuginfo = dwfl_standard_find_debuginfo,
        .section_address = dwfl_offline_section_address,
    };
    const char *file = o->mapping->file;
    int fd = fcntl(o->fd, F_DUPFD_CLOEXEC, 0), rc = 0;
    Dwfl *dwfl = dwfl_begin(&callbacks);
    Dwfl_Module *module = NULL;

    if (dwfl && fd >= 0)
        module = dwfl_report_elf(dwfl, file, file, fd, 0, true); /* takes fd if it can */
    if (!module && fd >= 0)
        close(fd);
    if (module) {
        dwfl_report_end(dwfl, NULL, NULL);
        rc = read_module(o, module);
    }
    dwfl_end(dwfl);
    return rc;
}

int code_object_symbols(struct code_object *o, bool elsewhere, const struct code_symbol **symbols,
                        size_t *n) {
    GElf_Shdr header;
    Elf_Scn *section = find_table(o->elf, SHT_SYMTAB, &header);
    int rc = 0;

    forget_symbols(o);
    if (section && !elsewhere)
        rc = read_table(o, section, &header);
    else if (!section && elsewhere)
        rc = read_elsewhere(o);
    if (o->n_symbols > 0)
        qsort(o->symbols, o->n_symbols, sizeof(*o->symbols), by_address_name);
    *symbols = o->symbols;
    *n = o->n_symbols;
    return rc;
}
