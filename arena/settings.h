/* The table of settings: what each environment variable means. The agent's parser, `cpprof help
 * env` and the manual all come from it. Constant data, usable anywhere. */
#ifndef CPPROF_ARENA_SETTINGS_H
#define CPPROF_ARENA_SETTINGS_H

#include <stdint.h>

enum setting_type {
    SETTING_NUMBER, /* decimal, from min to max, in `unit` */
    SETTING_SIZE,   /* the same in bytes; may end in k, M or G (powers of 1024, either case) */
    SETTING_BOOL,   /* 0 or 1 */
    SETTING_TEXT,   /* anything; what is allowed stands in `about` */
};

enum setting_id {
    SETTING_CPU_RATE,
    SETTING_HEAP_RATE,
    SETTING_MUTEX_FRACTION,
    SETTING_BLOCK_RATE,
    SETTING_MUTEX_THRESHOLD,
    SETTING_BLOCK_THRESHOLD,
    SETTING_STACK_DEPTH,
    SETTING_SIGNAL,
    SETTING_DIR,
    SETTING_DUMP,
    SETTING_AT_EXIT,
    SETTING_SYMBOLIZE,
    SETTING_EXE,
    SETTING_RUN_DIR,
    SETTING_HTTP,
    SETTING_MAX_MEMORY,
    SETTING_VERBOSE,
    SETTING_COUNT
};

struct setting {
    const char *name; /* of the environment variable */
    enum setting_type type;
    uint64_t default_value, min, max; /* of a number, size or bool; else 0 */
    const char *default_text;         /* the default as one would type it; a text's own default */
    const char *unit;                 /* "" where there is none */
    const char *about;                /* one line for people, no full stop */
};

extern const struct setting settings[SETTING_COUNT];

#endif
