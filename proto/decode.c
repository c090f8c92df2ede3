/* The strict decoder of pprof files.
 *
 * protobuf-c's unpack is not used. It says only that it failed, never why; it would hold the whole
 * file a second time, as structs of its own (a two-byte message becomes one of a hundred bytes);
 * it keeps unknown fields; it takes a string with a NUL for a shorter one. This reader turns wire
 * bytes into the model directly.
 *
 * Fields of a Profile come in any order, and writers put the string table last, so the file is read
 * in rounds: one counts the messages of each kind and reads the header's numbers; then one round
 * per kind, in an order in which all that a message refers to is there before it: strings, mappings
 * and functions, locations, samples. A round skips what it is not about, which is cheap.
 *
 * What a file can make it allocate is bounded: the counts are held against a limit before arrays
 * are made, and all else is in proportion to the file. References that lead nowhere become NULL
 * here and are refused by profile_check at the end, but for mappings, which may be unknown. */
#include "proto/decode.h"

#include <errno.h>
#include <stdlib.h>

#include "proto/discard.h"
#include "proto/gunzip.h"
#include "proto/pool.h"

enum { DEFAULT_MAX_BYTES = 1 << 30, DEFAULT_MAX_SAMPLES = 16 << 20, MIN_MEMORY = 64 << 20 };
/* What is read is given back in pieces of this size. */
enum { DISCARD_BYTES = 256 << 10 };

static int too_big(struct decoder *d, const char *what, size_t limit) {
    decode_malformed(d, "profile has more than %zu %s", limit, what);
    return -E2BIG;
}

/* The first round: counts, and the numbers of the header. */
static int scan_field(struct decoder *d, const struct wire_field *f, void *target) {
    struct profile *p = target;

    if (f->number < N_FIELDS)
        d->counts[f->number]++;
    switch (f->number) {
    case SAMPLE_TYPE:
    case SAMPLE:
    case MAPPING:
    case LOCATION:
    case FUNCTION:
    case STRING_TABLE:
    case PERIOD_TYPE:
        return decode_need_type(d, f, WIRE_BYTES);
    case TIME_NANOS:
        if (p->time_nanos != 0)
            return decode_malformed(d, "parsing profile: concatenated profiles detected");
        return decode_i64(d, f, &p->time_nanos);
    case DURATION_NANOS:
        return decode_i64(d, f, &p->duration_nanos);
    case PERIOD:
        return decode_i64(d, f, &p->period);
    case COMMENT:
        d->counts[COMMENT] += decode_count_numbers(f) - 1;
        return 0;
    default:
        return 0;
    }
}

static int take_comment(struct decoder *d, uint64_t index, void *target) {
    struct profile *p = target;

    return decode_string_at(d, index, &p->comments[p->n_comments++]);
}

/* What of the header refers to strings. */
static int header_field(struct decoder *d, const struct wire_field *f, void *target) {
    struct profile *p = target;

    switch (f->number) {
    case DROP_FRAMES:
        return decode_string_ref(d, f, &p->drop_frames);
    case KEEP_FRAMES:
        return decode_string_ref(d, f, &p->keep_frames);
    case PERIOD_TYPE:
        return decode_value_type(d, f->bytes, &p->period_type);
    case COMMENT:
        return decode_numbers(d, f, take_comment, p);
    case DEFAULT_SAMPLE_TYPE:
        return decode_string_ref(d, f, &p->default_sample_type);
    case DOC_URL:
        return decode_string_ref(d, f, &p->doc_url);
    default:
        return 0;
    }
}

/* Calls `decode` for each message of one list; the first round has seen that these are bytes.
 * Samples are the last, behind which nothing needs the file any more. */
static int each_message(struct decoder *d, uint32_t number,
                        int (*decode)(struct decoder *d, struct wire message)) {
    struct wire file = d->file;
    const uint8_t *kept = file.at;
    struct wire_field f;
    const char *why;
    int err = 0;

    for (size_t left = d->counts[number]; left > 0 && err == 0;) {
        if (wire_next(&file, &f, &why) <= 0)
            return 0;
        if (f.number != number)
            continue;
        err = decode(d, f.bytes);
        left--;
        if (d->discard && number == SAMPLE && file.at - kept >= DISCARD_BYTES) {
            discard_pages(kept, file.at);
            kept = file.at;
        }
    }
    return err;
}

/* A list of the profile with room for `n` elements, which profile_add_* will not have to grow. */
static void *list_of(struct decoder *d, struct profile_array *array, size_t n, size_t size) {
    *array = (struct profile_array){.at = pool_array(d->p->pool, n, size), .room = n};
    return array->at;
}

/* Arrays for what the first round has counted, unless that is too much. */
static int make_room(struct decoder *d) {
    struct profile *p = d->p;
    struct profile_pool *pool = p->pool;
    const size_t *n = d->counts;

    if (n[SAMPLE] > d->max_messages)
        return too_big(d, "samples", d->max_messages);
    for (unsigned i = 0; i < N_FIELDS; i++)
        if (n[i] > d->max_messages)
            return too_big(d, "messages of a kind", d->max_messages);
    d->strings = calloc(n[STRING_TABLE] + 1, sizeof(*d->strings));
    p->sample_types = list_of(d, &pool->sample_types, n[SAMPLE_TYPE], sizeof(*p->sample_types));
    p->samples = list_of(d, &pool->samples, n[SAMPLE], sizeof(*p->samples));
    p->mappings = list_of(d, &pool->mappings, n[MAPPING], sizeof(*p->mappings));
    p->locations = list_of(d, &pool->locations, n[LOCATION], sizeof(*p->locations));
    p->functions = list_of(d, &pool->function_list, n[FUNCTION], sizeof(*p->functions));
    p->comments = list_of(d, &pool->comments, n[COMMENT], sizeof(*p->comments));
    if (!d->strings || !p->sample_types || !p->samples || !p->mappings || !p->locations ||
        !p->functions || !p->comments)
        return -ENOMEM;
    if (ids_init(&d->mappings, n[MAPPING]) < 0 || ids_init(&d->functions, n[FUNCTION]) < 0 ||
        ids_init(&d->locations, n[LOCATION]) < 0)
        return -ENOMEM;
    return 0;
}

static int check_decoded(struct decoder *d) {
    char why[160] = "";
    int err = profile_check(d->p, why, sizeof(why));

    return err == -EINVAL ? decode_malformed(d, "malformed profile: %s", why) : err;
}

static int decode_message(struct decoder *d) {
    int err = decode_fields(d, d->file, scan_field, d->p);

    err = err ? err : make_room(d);
    err = err ? err : each_message(d, STRING_TABLE, decode_string);
    if (err == 0 && d->n_strings == 0)
        err = decode_malformed(d, "parsing profile: malformed profile format: no string table");
    err = err ? err : decode_fields(d, d->file, header_field, d->p);
    err = err ? err : each_message(d, SAMPLE_TYPE, decode_sample_type);
    err = err ? err : each_message(d, MAPPING, decode_mapping);
    err = err ? err : each_message(d, FUNCTION, decode_function);
    err = err ? err : each_message(d, LOCATION, decode_location);
    err = err ? err : each_message(d, SAMPLE, decode_sample);
    return err ? err : check_decoded(d);
}

static int decode_plain(const uint8_t *bytes, size_t n, struct decoder *d, struct profile **out) {
    int err;

    if (n == 0)
        return decode_malformed(d, "parsing profile: empty input file");
    d->p = profile_new();
    if (!d->p)
        return -ENOMEM;
    d->p->pool->max_bytes = d->max_memory;
    d->file = (struct wire){.at = bytes, .end = bytes + n};
    err = decode_message(d);
    if (err == -ENOMEM && d->p->pool->over_limit)
        err = too_big(d, "bytes in memory", d->max_memory);
    d->p->pool->max_bytes = 0;
    free(d->strings);
    ids_release(&d->mappings);
    ids_release(&d->functions);
    ids_release(&d->locations);
    if (err < 0)
        profile_free(d->p);
    else
        *out = d->p;
    return err;
}

int profile_decode(const void *bytes, size_t n, const struct profile_limits *limits,
                   struct profile **out, char *why, size_t why_bytes) {
    struct decoder d = {.discard = limits && limits->discard, .why = why, .why_bytes = why_bytes};
    size_t max_bytes = limits && limits->max_bytes ? limits->max_bytes : DEFAULT_MAX_BYTES;
    uint8_t *unzipped = NULL;
    const char *gzip_why = NULL;
    int err = n > max_bytes ? -E2BIG : 0;

    d.max_messages = limits && limits->max_samples ? limits->max_samples : DEFAULT_MAX_SAMPLES;
    d.max_memory = max_bytes > SIZE_MAX / 8 ? 0 : max_bytes * 5 + MIN_MEMORY;
    if (err == 0 && gunzip_magic(bytes, n)) {
        const char *file = bytes;
        size_t file_bytes = n;
        err = gunzip(bytes, n, max_bytes, &unzipped, &n, &gzip_why);
        if (d.discard)
            discard_pages(file, file + file_bytes);
        bytes = unzipped;
        d.discard = true;
    }
    if (err == -EINVAL)
        decode_malformed(&d, "decompressing profile: %s", gzip_why);
    if (err == -E2BIG)
        too_big(&d, "bytes", max_bytes);
    if (err == 0)
        err = decode_plain(bytes, n, &d, out);
    if (err == -ENOMEM)
        decode_malformed(&d, "out of memory");
    free(unzipped);
    return err;
}
