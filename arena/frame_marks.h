/* The table of marks: frames that are no code, `enum arena_pc`. Constant data, usable anywhere. */
#ifndef CPPROF_ARENA_FRAME_MARKS_H
#define CPPROF_ARENA_FRAME_MARKS_H

#include <stdint.h>

/* The mark that an address below ARENA_PC_LIMIT is taken for: itself, or 0 for one of no table. */
uint64_t frame_mark(uint64_t pc);

/* Its name, as it stands in profiles and in text. */
const char *frame_mark_name(uint64_t pc);

#endif
