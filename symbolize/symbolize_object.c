/* Opens a file with libdwfl and asks, for each address, DWARF first, then the symbol table, then
 * the PLT.
 *
 * What libdwfl is used for is finding things: the separate debug file by build ID, by
 * .gnu_debuglink with its CRC, or from debuginfod (libdwfl loads libdebuginfod by itself, which
 * does nothing unless DEBUGINFOD_URLS is set), dwz's supplementary file, the symbols in
 * .gnu_debugdata, and the biases between all of these. The look-ups themselves are done here and in
 * symbolize_dwarf.c and symbolize_symtab.c, whose openings say why.
 *
 * The file is reported at bias 0, so that dwfl's addresses are those of the file. */
#include "symbolize/symbolize_object.h"

#include <elfutils/libdwfl.h>
#include <errno.h>
#include <gelf.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "symbolize/build_id.h"
#include "symbolize/elf_layout.h"
#include "symbolize/symbolize_die.h"
#include "symbolize/symbolize_dwarf.h"
#include "symbolize/symbolize_plt.h"
#include "symbolize/symbolize_symtab.h"

enum { MAX_NAME_BYTES = 32 * 1024 };

struct object {
    enum answer_status status;
    char note[512]; /* why it is refused */
    Dwfl_Callbacks callbacks;
    char *debug_path; /* callbacks point to it */
    Dwfl *dwfl;
    Dwfl_Module *module; /* the rest is valid only when it is not refused */
    Elf *elf;
    struct elf_layout layout;
    struct symtab *symtab; /* read at the first look-up */
};

static void refuse(struct object *o, const char *why) {
    o->status = ANSWER_REFUSED;
    snprintf(o->note, sizeof(o->note), "%s", why);
}

static bool has_elf_magic(int fd) {
    char magic[SELFMAG];

    return pread(fd, magic, SELFMAG, 0) == SELFMAG && memcmp(magic, ELFMAG, SELFMAG) == 0;
}

static void check_build_id(struct object *o, const char *mapped) {
    char now[BUILD_ID_HEX_BYTES];

    build_id_hex(o->elf, now);
    if (mapped[0] == 0) {
        o->status = ANSWER_UNCHECKED;
    } else if (strcmp(mapped, now) != 0) {
        o->status = ANSWER_REFUSED;
        snprintf(o->note, sizeof(o->note),
                 "replaced since it was mapped (build ID %.128s is now %s)", mapped,
                 now[0] ? now : "none");
    }
}

/* Gives the file to libdwfl; `fd` is libdwfl's if it takes it. */
static void report(struct object *o, int fd, const char *path) {
    GElf_Addr bias;
    GElf_Ehdr header;

    o->module = dwfl_report_elf(o->dwfl, path, path, fd, 0, true);
    if (!o->module) {
        close(fd);
        refuse(o, dwfl_errmsg(-1) ?: "unreadable");
        return;
    }
    dwfl_report_end(o->dwfl, NULL, NULL);
    o->elf = dwfl_module_getelf(o->module, &bias);
    if (!o->elf || !gelf_getehdr(o->elf, &header) ||
        (header.e_type != ET_EXEC && header.e_type != ET_DYN)) {
        refuse(o, "not an executable or shared object");
        return;
    }
    if (elf_layout_init(&o->layout, o->elf) != 0)
        refuse(o, "no loadable segments");
}

struct object *object_open(const struct symbolize_source *source) {
    struct object *o = calloc(1, sizeof(*o));

    if (!o || (source->debug_path && !(o->debug_path = strdup(source->debug_path)))) {
        close(source->fd);
        free(o);
        return NULL;
    }
    o->callbacks.find_elf = dwfl_build_id_find_elf;
    o->callbacks.find_debuginfo = dwfl_standard_find_debuginfo;
    o->callbacks.section_address = dwfl_offline_section_address;
    o->callbacks.debuginfo_path = &o->debug_path;
    if (!has_elf_magic(source->fd)) {
        close(source->fd);
        refuse(o, "not an ELF file");
        return o;
    }
    o->dwfl = dwfl_begin(&o->callbacks);
    if (!o->dwfl) {
        close(source->fd);
        refuse(o, "out of memory");
        return o;
    }
    report(o, source->fd, source->path);
    if (o->status != ANSWER_REFUSED)
        check_build_id(o, source->build_id);
    return o;
}

void object_close(struct object *o) {
    if (!o)
        return;
    symtab_free(o->symtab);
    elf_layout_release(&o->layout);
    if (o->dwfl)
        dwfl_end(o->dwfl);
    free(o->debug_path);
    free(o);
}

/* A name that stands for all of the function: no inlined calls are known. */
static void add_symbol(struct answer *answer, const struct symbolize_lookup *lookup,
                       const char *symbol, const char *suffix) {
    struct answer_span *span = &answer->spans[lookup->slot];
    struct answer_function function = {.file = lookup->file};
    char text[MAX_NAME_BYTES + 8];

    symbolize_names(answer, symbol, &function.name, &function.system_name);
    if (suffix[0]) {
        snprintf(text, sizeof(text), "%s%s", answer->text + function.name, suffix);
        function.name = answer_string(answer, text);
        snprintf(text, sizeof(text), "%s%s", answer->text + function.system_name, suffix);
        function.system_name = answer_string(answer, text);
    }
    span->first = answer_frame(answer, answer_function(answer, function), lookup->line);
    span->n = 1;
}

static void name_by_symbol(struct object *o, const struct symbolize_lookup *lookup,
                           struct answer *answer) {
    char symbol[MAX_NAME_BYTES];
    uint64_t start;

    if (plt_symbol(o->elf, lookup->address, symbol, sizeof(symbol))) {
        if (symbol[0])
            add_symbol(answer, lookup, symbol, "@plt");
        else
            add_symbol(answer, lookup, ".plt", "");
    } else if (symtab_lookup(o->symtab, lookup->address, symbol, sizeof(symbol), &start)) {
        add_symbol(answer, lookup, symbol, "");
        answer->spans[lookup->slot].offset = (uint32_t)(lookup->address - start);
    }
}

static int lookup_all(struct object *o, struct symbolize_lookup *lookups, size_t n,
                      struct answer *answer) {
    struct symbolize_file file = {.layout = &o->layout};
    Dwarf_Addr bias = 0;
    int rc = 0;

    /* First, because it is also what finds the symbols of a separate debug file. */
    file.dwarf = dwfl_module_getdwarf(o->module, &bias);
    file.bias = bias;
    if (!o->symtab && !(o->symtab = symtab_new(o->module, &o->layout)))
        return -ENOMEM;
    file.symtab = o->symtab;
    if (file.dwarf)
        rc = symbolize_dwarf(&file, lookups, n, answer);
    for (size_t i = 0; i < n && rc == 0; i++)
        if (answer->spans[lookups[i].slot].n == 0)
            name_by_symbol(o, &lookups[i], answer);
    return rc;
}

int object_lookup(struct object *o, const uint64_t *offsets, uint32_t n, struct answer *answer) {
    struct symbolize_lookup *lookups = calloc((size_t)n + 1, sizeof(*lookups));
    size_t found = 0;
    int rc;

    if (!lookups)
        return -ENOMEM;
    answer->status = o->status;
    answer->note = answer_string(answer, o->note);
    if (o->status != ANSWER_REFUSED)
        for (uint32_t i = 0; i < n; i++)
            if (elf_layout_address(&o->layout, offsets[i], &lookups[found].address))
                lookups[found++].slot = i;
    rc = found > 0 ? lookup_all(o, lookups, found, answer) : 0;
    free(lookups);
    return rc == 0 ? answer->error : rc;
}
