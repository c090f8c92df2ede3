/* Numbers as people read them. Any thread. */
#ifndef CPPROF_BASE_HUMAN_H
#define CPPROF_BASE_HUMAN_H

#include <stddef.h>
#include <stdint.h>

/* 3d02h, 2h05m, 4m09s or 12s. */
void human_duration(uint64_t seconds, char *s, size_t room);

/* 3.5K, 12M: powers of 1024. */
void human_bytes(uint64_t bytes, char *s, size_t room);

#endif
