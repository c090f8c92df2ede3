/* Where the bytes of an ELF file go in memory, and where its code is.
 *
 * Addresses are those of the file (p_vaddr, st_value), before any load bias. Not async-signal-safe:
 * malloc. One thread at a time per layout. */
#ifndef CPPROF_SYMBOLIZE_ELF_LAYOUT_H
#define CPPROF_SYMBOLIZE_ELF_LAYOUT_H

#include <libelf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct elf_range {
    uint64_t lo, hi; /* [lo, hi), addresses; lo > 0 */
};

struct elf_segment {
    uint64_t offset, file_bytes, address;
    bool executable;
};

struct elf_layout {
    struct elf_segment *segments; /* its PT_LOADs */
    size_t n_segments;
    struct elf_range *code; /* executable sections, or segments where it has no section headers */
    size_t n_code;
};

/* Reads the layout of `elf`, which stays the caller's and is not needed afterwards. Returns 0,
 * -ENOEXEC when it has no PT_LOAD, or -ENOMEM; to be released in every case. */
int elf_layout_init(struct elf_layout *layout, Elf *elf);
void elf_layout_release(struct elf_layout *layout);

/* The address at which the byte at `offset` of the file is loaded. False when it is not. */
bool elf_layout_address(const struct elf_layout *layout, uint64_t offset, uint64_t *address);

/* The range of code that holds `address`, or NULL. */
const struct elf_range *elf_layout_code(const struct elf_layout *layout, uint64_t address);

#endif
