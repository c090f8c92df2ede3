/* What one entry of DWARF says of itself, and names as an answer keeps them.
 *
 * Not async-signal-safe: malloc, libdw. One thread at a time per Dwarf and answer. Strings that are
 * returned belong to libdw; offsets are into the answer's text, 0 for nothing. */
#ifndef CPPROF_SYMBOLIZE_DIE_H
#define CPPROF_SYMBOLIZE_DIE_H

#include <elfutils/libdw.h>
#include <stdint.h>

#include "symbolize/symbolize_answer.h"

/* The entry that `die` leads back to by abstract origins and specifications; itself if to none. */
Dwarf_Die die_origin(Dwarf_Die *die);

/* The linkage name of a function, of its own or of its origin's; NULL when there is none. */
const char *die_linkage_name(Dwarf_Die *die);

/* The value of a number attribute (DW_AT_call_line, ...), 0 when it is absent or no line or file
 * could have it. */
uint32_t die_number(Dwarf_Die *die, unsigned int attribute);

/* Adds the name of a file of a unit; `files` are the unit's, NULL is allowed as is a NULL name. */
uint32_t die_file_name(struct answer *answer, Dwarf_Files *files, const char *name);

/* Adds the name of the file in which `die` is declared. */
uint32_t die_decl_file(Dwarf_Die *die, struct answer *answer);

/* Adds a symbol, and the name to show for it: demangled, or as it is. */
void symbolize_names(struct answer *answer, const char *symbol, uint32_t *name,
                     uint32_t *system_name);

#endif
