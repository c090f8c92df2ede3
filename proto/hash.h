/* A hash of bytes for the tables of this folder: fast on short strings, and without collisions that
 * hold for every seed, so that a hostile file cannot make a table slow that is seeded by an
 * address.
 *
 * No state, no allocation; thread-safe and async-signal-safe. */
#ifndef CPPROF_PROTO_HASH_H
#define CPPROF_PROTO_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Folds the 128-bit product of two numbers: each bit of either reaches every bit of the result. */
static inline uint64_t hash_mix(uint64_t a, uint64_t b) {
    unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t hash_number(uint64_t number, uint64_t seed) {
    return hash_mix(number ^ 0x9e3779b97f4a7c15u, seed ^ 0xd6e8feb86659fd93u);
}

/* `n` bytes at `bytes`, which may be NULL if n is 0. */
static inline uint64_t hash_bytes(const char *bytes, size_t n, uint64_t seed) {
    uint64_t hash = hash_number(n, seed);

    for (; n >= 8; bytes += 8, n -= 8) {
        uint64_t word;
        memcpy(&word, bytes, 8);
        hash = hash_number(word ^ hash, seed);
    }
    if (n > 0) {
        uint64_t word = 0;
        memcpy(&word, bytes, n);
        hash = hash_number(word ^ hash, seed);
    }
    return hash;
}

#endif
