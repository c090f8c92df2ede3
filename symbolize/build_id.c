/* Reads the NT_GNU_BUILD_ID note. libdw looks for it in the section headers and, where a file has
 * been stripped of those, in the program headers. */
#include "symbolize/build_id.h"

#include <elfutils/libdwelf.h>
#include <sys/types.h>

void build_id_hex(Elf *elf, char hex[BUILD_ID_HEX_BYTES]) {
    const void *note = NULL;
    ssize_t n = dwelf_elf_gnu_build_id(elf, &note);

    build_id_spell(note, n > 0 ? (size_t)n : 0, hex);
}

void build_id_spell(const uint8_t *bytes, size_t n, char hex[BUILD_ID_HEX_BYTES]) {
    static const char digits[] = "0123456789abcdef";

    if (2 * n >= BUILD_ID_HEX_BYTES)
        n = 0;
    for (size_t i = 0; i < n; i++) {
        hex[2 * i] = digits[bytes[i] >> 4];
        hex[2 * i + 1] = digits[bytes[i] & 15];
    }
    hex[2 * n] = 0;
}
