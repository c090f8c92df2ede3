/* What an unwinder and the symbolizer need of the ELF files in a process: read from the process's
 * memory, so that it is what was running, whatever is on disk now.
 *
 * Not async-signal-safe. One thread at a time per image. */
#ifndef CPPROF_COLLECTOR_IMAGE_ELF_H
#define CPPROF_COLLECTOR_IMAGE_ELF_H

#include "collector/threads/image.h"

struct image_elf {
    uint64_t start, end;  /* what its segments take */
    uint64_t bias;        /* address in the process = address in the file + bias */
    uint64_t frame_table; /* address of .eh_frame_hdr; 0: none */
};

/* Reads the headers of the file that `m`, a mapping of `im`, is of. False when they are not there,
 * or are none. */
bool image_elf_read(struct image *im, const struct image_mapping *m, struct image_elf *elf);

/* Whether a mapping shows a part of its file that is code. */
bool image_elf_is_code(struct image *im, const struct image_mapping *m);

/* Gives mappings of code that have no file, but lie between two of one file where that has code, to
 * that file: a program has copied its own there, onto huge pages. 0, -ENOMEM. */
int image_elf_adopt_copies(struct image *im);

/* Its GNU build ID in lower-case hex; "" when it has none that can be read. */
void image_build_id(struct image *im, const struct image_mapping *m, char hex[BUILD_ID_HEX_BYTES]);

#endif
