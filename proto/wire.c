/* Protobuf's wire format, strictly: what no encoder writes is refused, such as groups, field number
 * 0, varints of more than 64 bits and lengths beyond the end. */
#include "proto/wire.h"

#include <errno.h>
#include <string.h>

int wire_varint(struct wire *w, uint64_t *value, const char **why) {
    uint64_t v = 0;

    if (w->at == w->end)
        return 0;
    for (unsigned shift = 0; shift < 70 && w->at < w->end; shift += 7) {
        uint8_t byte = *w->at++;
        if (shift == 63 && byte > 1)
            break;
        v |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            *value = v;
            return 1;
        }
    }
    *why = "bad varint";
    return -EINVAL;
}

/* A little-endian number of `n` bytes. */
static int fixed(struct wire *w, size_t n, uint64_t *value, const char **why) {
    if ((size_t)(w->end - w->at) < n) {
        *why = "not enough data";
        return -EINVAL;
    }
    *value = 0;
    for (size_t i = 0; i < n; i++)
        *value |= (uint64_t)w->at[i] << (8 * i);
    w->at += n;
    return 1;
}

/* Reads a varint that must be there. */
static int varint(struct wire *w, uint64_t *value, const char **why) {
    int rc = wire_varint(w, value, why);

    if (rc == 0)
        *why = "not enough data";
    return rc == 0 ? -EINVAL : rc;
}

static int length_prefixed(struct wire *w, struct wire *bytes, const char **why) {
    uint64_t n;
    int rc = varint(w, &n, why);

    if (rc < 0)
        return rc;
    if (n > (uint64_t)(w->end - w->at)) {
        *why = "too much data";
        return -EINVAL;
    }
    *bytes = (struct wire){.at = w->at, .end = w->at + n};
    w->at += n;
    return 1;
}

int wire_next(struct wire *w, struct wire_field *f, const char **why) {
    static const char *const unknown[8] = {
        [3] = "unknown wire type: 3",
        [4] = "unknown wire type: 4",
        [6] = "unknown wire type: 6",
        [7] = "unknown wire type: 7",
    };
    uint64_t key;
    int rc = wire_varint(w, &key, why);

    if (rc <= 0)
        return rc;
    if (unknown[key & 7]) {
        *why = unknown[key & 7];
        return -EINVAL;
    }
    if (key >> 3 == 0 || key >> 3 > 0x1fffffff) {
        *why = "bad field number";
        return -EINVAL;
    }
    *f = (struct wire_field){.number = (uint32_t)(key >> 3), .type = (enum wire_type)(key & 7)};
    switch (f->type) {
    case WIRE_VARINT:
        return varint(w, &f->value, why);
    case WIRE_FIXED64:
        return fixed(w, 8, &f->value, why);
    case WIRE_FIXED32:
        return fixed(w, 4, &f->value, why);
    default:
        return length_prefixed(w, &f->bytes, why);
    }
}

size_t wire_count_varints(struct wire w) {
    size_t n = 0;

    for (; w.at < w.end; w.at++)
        n += *w.at < 0x80;
    return n;
}
