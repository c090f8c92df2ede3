/* Takes gzip files apart in memory, also those that hold a profile in another format.
 *
 * Threads: no state. Not async-signal-safe: it uses malloc. */
#ifndef CPPROF_PROTO_GUNZIP_H
#define CPPROF_PROTO_GUNZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether the bytes begin as a gzip file does. */
bool gunzip_magic(const uint8_t *bytes, size_t n);

/* Decompresses one or more gzip members that fill `n` bytes. On success *out is malloc's, the
 * caller's, never NULL, *out_bytes long. Otherwise -EINVAL, with a static text in *why, -E2BIG when
 * it would be more than `max_bytes`, or -ENOMEM. */
int gunzip(const uint8_t *bytes, size_t n, size_t max_bytes, uint8_t **out, size_t *out_bytes,
           const char **why);

#endif
