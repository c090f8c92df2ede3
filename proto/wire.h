/* Protobuf's wire format: a message taken apart into its fields. It knows wire types only; what the
 * fields mean is the decoder's.
 *
 * Private to proto/. No state, no allocation; thread-safe and async-signal-safe. What is read
 * points into the caller's bytes. */
#ifndef CPPROF_PROTO_WIRE_H
#define CPPROF_PROTO_WIRE_H

#include <stddef.h>
#include <stdint.h>

/* The bytes of a message that are still to be read. */
struct wire {
    const uint8_t *at, *end;
};

enum wire_type { WIRE_VARINT = 0, WIRE_FIXED64 = 1, WIRE_BYTES = 2, WIRE_FIXED32 = 5 };

struct wire_field {
    uint32_t number; /* not 0 */
    enum wire_type type;
    uint64_t value;    /* of a varint or fixed field */
    struct wire bytes; /* of a WIRE_BYTES field */
};

/* Reads one varint; returns 1, 0 at the end, or -EINVAL with a static text in *why. */
int wire_varint(struct wire *w, uint64_t *value, const char **why);
/* Reads one field, in the same way. */
int wire_next(struct wire *w, struct wire_field *f, const char **why);
/* How many varints well-formed packed bytes hold. */
size_t wire_count_varints(struct wire w);

#endif
