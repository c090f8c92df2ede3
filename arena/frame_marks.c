/* The table of marks. */
#include "arena/frame_marks.h"

#include "arena/arena.h"

static const char *const names[] = {
    [0] = "[cpprof: unknown frame]",
    [ARENA_PC_TABLE_FULL] = "[cpprof: table full]",
    [ARENA_PC_TRUNCATED] = "[cpprof: stack truncated]",
    [ARENA_PC_LOST] = "[cpprof: unwinding ended]",
    [ARENA_PC_NO_HOLDER] = "[cpprof: holder unknown]",
    [ARENA_PC_NO_STACK] = "[cpprof: no stack]",
};

uint64_t frame_mark(uint64_t pc) {
    return pc < sizeof names / sizeof names[0] ? pc : 0;
}

const char *frame_mark_name(uint64_t pc) {
    return names[frame_mark(pc)];
}
