/* What an ELF image in memory says of itself; the file at its path may be another one by now.
 * Nothing is believed, and what cannot be read fails. Async-signal-safe, but for one caller at a
 * time: what is read is too large for a handler's stack. */
#ifndef CPPROF_PRELOAD_ELF_IMAGE_H
#define CPPROF_PRELOAD_ELF_IMAGE_H

#include <stdbool.h>
#include <stdint.h>

enum { BUILD_ID_MAX = 39 };

/* The build ID of the image whose file offset 0 is mapped at `base`. Returns its length, at most
 * BUILD_ID_MAX, 0 for none. */
uint8_t elf_image_build_id(uint64_t base, uint8_t *id);

/* Where in that file the code at `address` is. False, and *offset as it was, when it is in no
 * executable segment. */
bool elf_image_code_offset(uint64_t base, uint64_t address, uint64_t *offset);

#endif
