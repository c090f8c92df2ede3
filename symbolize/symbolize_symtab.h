/* Names from the symbol table of a file: .symtab, else .dynsym, also those of its separate debug
 * file and of .gnu_debugdata.
 *
 * Not async-signal-safe: malloc, libdw. One thread at a time per symtab. */
#ifndef CPPROF_SYMBOLIZE_SYMTAB_H
#define CPPROF_SYMBOLIZE_SYMTAB_H

#include <elfutils/libdwfl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "symbolize/elf_layout.h"

struct symtab;

/* Reads and sorts the symbols that name code. `mod` and `layout` must outlive the result, which
 * symtab_free takes (NULL is allowed). NULL when out of memory; no symbols is an empty table. */
struct symtab *symtab_new(Dwfl_Module *mod, const struct elf_layout *layout);
void symtab_free(struct symtab *st);

/* Copies the name of the function that holds `address`, without a symbol version, into `name`, and
 * where it begins into *start (may be NULL). False when no symbol covers the address. */
bool symtab_lookup(const struct symtab *st, uint64_t address, char *name, size_t name_bytes,
                   uint64_t *start);

/* The same for a mangled symbol that begins at `address` exactly; the suffix that gcc gives to a
 * clone (.constprop.0) is cut. */
bool symtab_mangled_at(const struct symtab *st, uint64_t address, char *name, size_t name_bytes);

#endif
