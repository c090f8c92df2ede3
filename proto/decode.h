/* The parts of the decoder: decode.c reads a Profile's lists with decode_messages.c, which reads
 * one message of each kind.
 *
 * Private to proto/. Functions of one decoder: one thread at a time; not async-signal-safe. `int`
 * results are 0, -ENOMEM, or -EINVAL with the reason in the decoder's `why`. */
#ifndef CPPROF_PROTO_DECODE_H
#define CPPROF_PROTO_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/ids.h"
#include "proto/profile.h"
#include "proto/wire.h"

/* Fields of Profile, by number. */
enum {
    SAMPLE_TYPE = 1,
    SAMPLE,
    MAPPING,
    LOCATION,
    FUNCTION,
    STRING_TABLE,
    DROP_FRAMES,
    KEEP_FRAMES,
    TIME_NANOS,
    DURATION_NANOS,
    PERIOD_TYPE,
    PERIOD,
    COMMENT,
    DEFAULT_SAMPLE_TYPE,
    DOC_URL,
    N_FIELDS
};

struct decoder {
    struct profile *p;
    struct wire file;
    size_t max_messages; /* of one kind */
    size_t max_memory;   /* bytes of the profile's pool; 0: no limit */
    bool discard;        /* the file's bytes may go once they are read */
    size_t counts[N_FIELDS];
    const char **strings; /* the string table; each is the pool's */
    size_t n_strings;
    struct ids mappings, functions, locations;
    char *why;
    size_t why_bytes;
};

/* Takes one field of the message that becomes `target`. */
typedef int decode_field_fn(struct decoder *d, const struct wire_field *f, void *target);
/* Takes one value of a repeated number of the message that becomes `target`. */
typedef int decode_number_fn(struct decoder *d, uint64_t value, void *target);

/* Says why the file is refused, one line; returns -EINVAL. */
__attribute__((format(printf, 2, 3))) int decode_malformed(struct decoder *d, const char *format,
                                                           ...);

/* Calls `take` for each field of a message. */
int decode_fields(struct decoder *d, struct wire message, decode_field_fn *take, void *target);

/* Check the wire type of a field and take its value. Strings are looked up in the string table. */
int decode_need_type(struct decoder *d, const struct wire_field *f, enum wire_type type);
int decode_i64(struct decoder *d, const struct wire_field *f, int64_t *to);
int decode_string_ref(struct decoder *d, const struct wire_field *f, const char **to);
int decode_string_at(struct decoder *d, uint64_t index, const char **to);

/* Calls `take` for each value of a repeated number, which may be packed or not. */
int decode_numbers(struct decoder *d, const struct wire_field *f, decode_number_fn *take,
                   void *target);
/* How many these are, at most. */
size_t decode_count_numbers(const struct wire_field *f);

/* Append one message to the decoder's profile, or for a string to its string table, given its
 * bytes. Strings come first, then sample types, mappings and functions, locations, samples. */
int decode_string(struct decoder *d, struct wire message);
int decode_sample_type(struct decoder *d, struct wire message);
int decode_mapping(struct decoder *d, struct wire message);
int decode_function(struct decoder *d, struct wire message);
int decode_location(struct decoder *d, struct wire message);
int decode_sample(struct decoder *d, struct wire message);
/* The same for a ValueType that stands alone. */
int decode_value_type(struct decoder *d, struct wire message, struct profile_value_type *to);

#endif
