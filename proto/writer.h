/* Writes a pprof file as a stream: one call per message of profile.proto, in any order, each packed
 * by protobuf-c and given to zlib at once, so that memory does not grow with the number of samples.
 *
 * A protobuf message is the concatenation of its fields, so a Profile may be written as a sequence
 * of Profiles that each hold one sample, location, ...; every reader joins them.
 *
 * It allocates only through the `struct mem` given at init, calls nothing of libc but memory and
 * string functions, and touches no errno: it is usable where malloc is not. One thread at a time
 * per writer. Errors stick: after the first, every call does nothing, and pprof_writer_finish
 * returns it. All `int` results are 0 or a negative errno. */
#ifndef CPPROF_PROTO_WRITER_H
#define CPPROF_PROTO_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/mem.h"

/* Takes `n` bytes of the finished file in order. Returns 0 or a negative errno. */
typedef int pprof_sink_fn(void *ctx, const void *bytes, size_t n);

struct pprof_writer; /* opaque; made from `mem` */

/* Makes a writer that gives a gzip stream of compression `level` (1 fast to 9 small) to `sink`; the
 * same calls give the same bytes. Returns NULL when `mem` has no memory, or for another level. */
struct pprof_writer *pprof_writer_new(const struct mem *mem, pprof_sink_fn *sink, void *sink_ctx,
                                      int level);

/* Interns a string; returns its index in the string table (0 for NULL and ""). The bytes are
 * copied. `n` is the length in bytes for the _n form; a NUL before that ends the string. 0 also
 * after an error. */
int64_t pprof_writer_string(struct pprof_writer *w, const char *s);
int64_t pprof_writer_string_n(struct pprof_writer *w, const char *s, size_t n);

/* Labels, lines: string fields are indices from pprof_writer_string. */
struct pprof_wire_label {
    int64_t key, str, num, num_unit;
};

struct pprof_wire_line {
    uint64_t function_id;
    int64_t line, column;
};

struct pprof_wire_mapping {
    uint64_t id, memory_start, memory_limit, file_offset;
    int64_t filename, build_id;
    bool has_functions, has_filenames, has_line_numbers, has_inline_frames;
};

struct pprof_wire_function {
    uint64_t id;
    int64_t name, system_name, filename, start_line;
};

/* Fields that are not lists (period, default sample type, time, drop and keep, doc URL) are to be
 * written at most once: readers refuse a second time as two files in one. */
void pprof_write_sample_type(struct pprof_writer *w, const char *type, const char *unit);
void pprof_write_period(struct pprof_writer *w, const char *type, const char *unit, int64_t period);
void pprof_write_default_sample_type(struct pprof_writer *w, const char *type);
void pprof_write_time(struct pprof_writer *w, int64_t time_nanos, int64_t duration_nanos);
void pprof_write_comment(struct pprof_writer *w, const char *text);
void pprof_write_drop_keep(struct pprof_writer *w, const char *drop_frames,
                           const char *keep_frames);
void pprof_write_doc_url(struct pprof_writer *w, const char *url);
/* location_ids leaf first. */
void pprof_write_sample(struct pprof_writer *w, const uint64_t *location_ids, size_t n_locations,
                        const int64_t *values, size_t n_values,
                        const struct pprof_wire_label *labels, size_t n_labels);
void pprof_write_location(struct pprof_writer *w, uint64_t id, uint64_t mapping_id,
                          uint64_t address, const struct pprof_wire_line *lines, size_t n_lines,
                          bool is_folded);
void pprof_write_mapping(struct pprof_writer *w, const struct pprof_wire_mapping *m);
void pprof_write_function(struct pprof_writer *w, const struct pprof_wire_function *f);

/* Writes the string table and the end of the gzip stream, and frees the writer, also after an
 * error. Returns 0 or the first error. */
int pprof_writer_finish(struct pprof_writer *w);

#endif
