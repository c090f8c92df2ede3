/* Functions, files, lines and inlined calls of addresses, from DWARF.
 *
 * Not async-signal-safe: malloc, libdw. One thread at a time per Dwarf. */
#ifndef CPPROF_SYMBOLIZE_DWARF_H
#define CPPROF_SYMBOLIZE_DWARF_H

#include <elfutils/libdw.h>
#include <stddef.h>
#include <stdint.h>

#include "symbolize/elf_layout.h"
#include "symbolize/symbolize_answer.h"
#include "symbolize/symbolize_symtab.h"

/* One address that is looked up. */
struct symbolize_lookup {
    uint64_t address; /* of the file */
    uint32_t slot;    /* its span in the answer */
    /* Set by symbolize_dwarf also where no function is known: text offset and number, or 0. */
    uint32_t file, line;
    uint64_t start; /* of the outermost function around it, or of its part; valid with a node */

    /* Within symbolize_dwarf: the narrowest unit that claims the address, and the innermost
     * function of it. */
    uint64_t unit, unit_bytes, claim_bytes;
    int32_t node;
};

/* What names are made with; all borrowed. */
struct symbolize_file {
    Dwarf *dwarf;
    uint64_t bias; /* address of the file = address in DWARF + bias */
    const struct elf_layout *layout;
    const struct symtab *symtab;
};

/* Sets the span of each of the `n` lookups whose function DWARF knows, and the file and line of
 * those for which it knows only that. Sorts `lookups`. Returns 0 or -ENOMEM; what is wrong with the
 * DWARF itself is no error, the address then has no name. */
int symbolize_dwarf(const struct symbolize_file *file, struct symbolize_lookup *lookups, size_t n,
                    struct answer *answer);

#endif
