/* A cursor over bytes that may be anything: a read past the end gives 0 and makes it bad, and from
 * then on every read gives 0. Two words, so that it is passed in registers. */
#ifndef CPPROF_PRELOAD_UNWIND_BYTES_H
#define CPPROF_PRELOAD_UNWIND_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct bytes {
    const uint8_t *at, *end; /* at <= end; both NULL: bad */
};

static inline bool bytes_bad(const struct bytes *b) {
    return !b->at;
}

static inline void bytes_spoil(struct bytes *b) {
    b->at = b->end = NULL;
}

static inline uint64_t bytes_left(const struct bytes *b) {
    return (uint64_t)(b->end - b->at);
}

/* Steps over `size` bytes; where they began, or NULL. */
static inline const uint8_t *bytes_skip(struct bytes *b, uint64_t size) {
    const uint8_t *at = b->at;

    if (!at || size > bytes_left(b)) {
        bytes_spoil(b);
        return NULL;
    }
    b->at += size;
    return at;
}

static inline uint8_t bytes_u8(struct bytes *b) {
    const uint8_t *at = bytes_skip(b, 1);
    return at ? *at : 0;
}

static inline uint16_t bytes_u16(struct bytes *b) {
    const uint8_t *at = bytes_skip(b, 2);
    uint16_t value = 0;
    if (at)
        memcpy(&value, at, sizeof value);
    return value;
}

static inline uint32_t bytes_u32(struct bytes *b) {
    const uint8_t *at = bytes_skip(b, 4);
    uint32_t value = 0;
    if (at)
        memcpy(&value, at, sizeof value);
    return value;
}

static inline uint64_t bytes_u64(struct bytes *b) {
    const uint8_t *at = bytes_skip(b, 8);
    uint64_t value = 0;
    if (at)
        memcpy(&value, at, sizeof value);
    return value;
}

/* One LEB128 number of up to 64 bits; bits beyond are dropped. Returns the bits that it had in
 * *bits, for the sign. */
static inline uint64_t bytes_leb(struct bytes *b, unsigned *bits) {
    uint64_t value = 0;
    unsigned shift = 0;
    uint8_t byte;

    do {
        byte = bytes_u8(b);
        if (shift < 64)
            value |= (uint64_t)(byte & 0x7f) << shift;
        shift += 7;
    } while (byte & 0x80);
    *bits = shift;
    return value;
}

static inline uint64_t bytes_uleb(struct bytes *b) {
    unsigned bits;
    return bytes_leb(b, &bits);
}

static inline int64_t bytes_sleb(struct bytes *b) {
    unsigned bits;
    uint64_t value = bytes_leb(b, &bits);

    if (bits < 64 && value >> (bits - 1) & 1)
        value |= ~(uint64_t)0 << bits;
    return (int64_t)value;
}

#endif
