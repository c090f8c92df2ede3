/* Attributes as compilers write them, with what libdw leaves to its users. Chains of references are
 * followed for a few steps only: in damaged DWARF they may lead in circles. */
#include "symbolize/symbolize_die.h"

#include <dwarf.h>
#include <limits.h>
#include <stdio.h>

#include "symbolize/demangle.h"

enum { MAX_CHAIN = 16, MAX_NAME_BYTES = 32 * 1024 };

Dwarf_Die die_origin(Dwarf_Die *die) {
    Dwarf_Die origin = *die;

    for (int i = 0; i < MAX_CHAIN; i++) {
        Dwarf_Attribute attr;
        Dwarf_Die next;

        if (!dwarf_attr(&origin, DW_AT_abstract_origin, &attr) &&
            !dwarf_attr(&origin, DW_AT_specification, &attr))
            break;
        if (!dwarf_formref_die(&attr, &next))
            break;
        origin = next;
    }
    return origin;
}

const char *die_linkage_name(Dwarf_Die *die) {
    Dwarf_Attribute attr;

    if (!dwarf_attr_integrate(die, DW_AT_linkage_name, &attr) &&
        !dwarf_attr_integrate(die, DW_AT_MIPS_linkage_name, &attr))
        return NULL;
    return dwarf_formstring(&attr);
}

uint32_t die_number(Dwarf_Die *die, unsigned int attribute) {
    Dwarf_Attribute attr;
    Dwarf_Word value;

    if (!dwarf_attr(die, attribute, &attr) || dwarf_formudata(&attr, &value) != 0 ||
        value > INT32_MAX)
        return 0;
    return (uint32_t)value;
}

/* libdw leaves a name relative to the directory of the compilation where DWARF says so. */
uint32_t die_file_name(struct answer *answer, Dwarf_Files *files, const char *name) {
    char path[PATH_MAX];
    const char *const *directories = NULL;
    size_t n = 0;

    if (!name || name[0] == '/' || !files || dwarf_getsrcdirs(files, &directories, &n) != 0 ||
        n == 0 || !directories[0] || directories[0][0] != '/')
        return answer_string(answer, name);
    if (snprintf(path, sizeof(path), "%s/%s", directories[0], name) >= (int)sizeof(path))
        return answer_string(answer, name);
    return answer_string(answer, path);
}

/* Not dwarf_decl_file, which takes DWARF 5's file 0, where clang puts the unit's main source, for
 * none. */
uint32_t die_decl_file(Dwarf_Die *die, struct answer *answer) {
    Dwarf_Attribute attr;
    Dwarf_Word index;
    Dwarf_Half version;
    Dwarf_Die unit;
    Dwarf_Files *files;
    size_t n;

    if (!dwarf_attr_integrate(die, DW_AT_decl_file, &attr) || dwarf_formudata(&attr, &index) != 0 ||
        dwarf_cu_info(attr.cu, &version, NULL, &unit, NULL, NULL, NULL, NULL) != 0 ||
        (index == 0 && version < 5) || dwarf_getsrcfiles(&unit, &files, &n) != 0)
        return 0;
    return die_file_name(answer, files, dwarf_filesrc(files, index, NULL, NULL));
}

void symbolize_names(struct answer *answer, const char *symbol, uint32_t *name,
                     uint32_t *system_name) {
    char readable[MAX_NAME_BYTES];

    *system_name = answer_string(answer, symbol);
    *name = demangle(symbol, readable, sizeof(readable)) ? answer_string(answer, readable)
                                                         : *system_name;
}
