/* Names of the stubs through which a file calls functions of others: `malloc@plt`.
 *
 * Not async-signal-safe: libelf. One thread at a time per Elf. */
#ifndef CPPROF_SYMBOLIZE_PLT_H
#define CPPROF_SYMBOLIZE_PLT_H

#include <libelf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Writes the name of the symbol that the stub around `address` (of the file `elf`) jumps to,
 * without
 * "@plt", into `name`; for the code that all stubs share, and for a stub that does not say, "".
 * False when `address` is not in a section of stubs. */
bool plt_symbol(Elf *elf, uint64_t address, char *name, size_t name_bytes);

#endif
