/* The build ID of an ELF file, in the spelling of a profile's mapping.
 *
 * Not async-signal-safe. Any thread, one at a time per Elf. */
#ifndef CPPROF_SYMBOLIZE_BUILD_ID_H
#define CPPROF_SYMBOLIZE_BUILD_ID_H

#include <libelf.h>
#include <stddef.h>
#include <stdint.h>

enum { BUILD_ID_HEX_BYTES = 2 * 64 + 1 }; /* 64 bytes of ID: SHA-512, the longest in use */

/* Writes the GNU build ID of `elf` in lower-case hex into `hex`; "" when the file has none, or one
 * that is longer than any in use. `elf` stays the caller's. */
void build_id_hex(Elf *elf, char hex[BUILD_ID_HEX_BYTES]);

/* The same for an ID of n bytes. */
void build_id_spell(const uint8_t *bytes, size_t n, char hex[BUILD_ID_HEX_BYTES]);

#endif
