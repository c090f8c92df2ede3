/* A pprof profile in memory, in the terms of profile.proto, with pointers for ids and strings.
 *
 * Ownership: everything that hangs on a profile is allocated from its own pool (profile_alloc,
 * profile_string) and freed at once by profile_free. Strings are never NULL: absent is "".
 * Pointers between messages stay valid until profile_free.
 *
 * Threads: one thread at a time per profile. Not async-signal-safe: it uses malloc. Not for the
 * agent, which writes profiles through proto/writer.h. `int` results are 0 or a negative errno. */
#ifndef CPPROF_PROTO_PROFILE_H
#define CPPROF_PROTO_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/writer.h"

struct profile_value_type {
    const char *type, *unit;
};

struct profile_label {
    const char *key;
    const char *str; /* "" for a numeric label */
    int64_t num;
    const char *num_unit;
};

struct profile_mapping {
    uint64_t id;
    uint64_t start, limit, offset; /* addresses [start, limit); offset in the file, bytes */
    const char *file;
    const char *build_id; /* lower-case hex */
    bool has_functions, has_filenames, has_line_numbers, has_inline_frames;
};

struct profile_function {
    uint64_t id;
    const char *name, *system_name, *filename;
    int64_t start_line;
};

struct profile_line {
    struct profile_function *function;
    int64_t line, column;
};

struct profile_location {
    uint64_t id;
    struct profile_mapping *mapping; /* NULL when unknown */
    uint64_t address;
    struct profile_line *lines; /* innermost inlined call first */
    size_t n_lines;
    bool is_folded;
    uint32_t index; /* a mark of whoever walks the profile; no part of it */
};

struct profile_sample {
    struct profile_location **locations; /* leaf first */
    size_t n_locations;
    int64_t *values; /* one per sample type */
    struct profile_label *labels;
    size_t n_labels;
};

struct profile {
    struct profile_value_type *sample_types;
    size_t n_sample_types;
    struct profile_sample *samples;
    size_t n_samples;
    struct profile_mapping **mappings;
    size_t n_mappings;
    struct profile_location **locations;
    size_t n_locations;
    struct profile_function **functions;
    size_t n_functions;
    const char **comments;
    size_t n_comments;
    const char *drop_frames, *keep_frames, *default_sample_type, *doc_url;
    int64_t time_nanos, duration_nanos, period;
    struct profile_value_type period_type;
    struct profile_pool *pool; /* owned */
};

/* Limits of a decode; a file that passes one is refused with -E2BIG. 0 is the default. */
struct profile_limits {
    size_t max_bytes;   /* of the file and of the uncompressed message; default 1 GiB. The profile
                         * itself may take five times as much memory, and 64 MiB */
    size_t max_samples; /* and of any other kind of message; default 16 Mi */
    bool discard;       /* the bytes are needed no more: what has been read may be given back to the
                         * system, and then is lost */
};

/* An empty profile, or NULL when out of memory. */
struct profile *profile_new(void);
void profile_free(struct profile *p); /* NULL is allowed */

/* Zeroed memory that lives as long as the profile; NULL when out of memory. */
void *profile_alloc(struct profile *p, size_t bytes);
/* A copy of a string, one copy per distinct content; NULL when out of memory. */
const char *profile_string(struct profile *p, const char *s);
const char *profile_string_n(struct profile *p, const char *s, size_t n);

/* Append an empty message, with the next id where it has one; NULL when out of memory.
 * profile_add_sample's pointer is valid until the next call of it. */
struct profile_mapping *profile_add_mapping(struct profile *p);
struct profile_location *profile_add_location(struct profile *p);
struct profile_function *profile_add_function(struct profile *p);
struct profile_sample *profile_add_sample(struct profile *p);
int profile_add_comment(struct profile *p, const char *text);
int profile_add_sample_type(struct profile *p, const char *type, const char *unit);

/* Finds or makes the function with these four fields, also among decoded ones. NULL when out of
 * memory. */
struct profile_function *profile_function(struct profile *p, const char *name,
                                          const char *system_name, const char *filename,
                                          int64_t start_line);

/* Renumbers mappings, locations and functions 1..N in their order. */
void profile_renumber(struct profile *p);

/* Checks the rules of google/pprof's CheckValid and that string references hold. Returns 0, or
 * -EINVAL with one line, without newline, in `why` (may be NULL), or -ENOMEM. */
int profile_check(const struct profile *p, char *why, size_t why_bytes);

/* Decodes an uncompressed or gzip'd profile.proto message, strictly; the result has passed
 * profile_check. On success *out is the caller's. On error returns -EINVAL (malformed), -E2BIG or
 * -ENOMEM, with one line in `why` (may be NULL). `limits` may be NULL. */
int profile_decode(const void *bytes, size_t n, const struct profile_limits *limits,
                   struct profile **out, char *why, size_t why_bytes);
/* The same for a file, by path ("-" is standard input). Also -errno of open and read; -EISDIR. */
int profile_read(const char *path, const struct profile_limits *limits, struct profile **out,
                 char *why, size_t why_bytes);
/* The bytes of such a file as they are: *out is malloc's, the caller's. `max_bytes` 0 is the
 * default limit. -errno of open and read, -EISDIR, -E2BIG or -ENOMEM, with one line in `why`. */
int profile_read_bytes(const char *path, size_t max_bytes, void **out, size_t *out_bytes, char *why,
                       size_t why_bytes);

/* Writes the profile through a writer's sink as a gzip'd file. Same profile, same bytes. -EINVAL,
 * with nothing written, if profile_check refuses it; otherwise -ENOMEM or the sink's error. */
int profile_encode(const struct profile *p, pprof_sink_fn *sink, void *sink_ctx);
/* Writes a file: temporary name beside it, mode 0600, O_EXCL|O_NOFOLLOW|O_CLOEXEC, then rename.
 * A device or pipe that is there is written in place; "-" is standard output. -EISDIR for a
 * directory, -EINVAL as profile_encode, -errno of open, write, rename; then no file is left. */
int profile_write(const struct profile *p, const char *path);

/* malloc-backed `struct mem`, for users of proto/writer.h outside the agent. Static. */
extern const struct mem mem_malloc;

#endif
