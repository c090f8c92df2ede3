/* The streaming writer of pprof files.
 *
 * Each call fills one message of protobuf-c on the stack, wraps it in an otherwise empty Profile,
 * packs that into `packed`, one scratch array that grows to the largest message, and gives those
 * bytes to zlib. A message is measured once and packed once: protobuf-c's packing into an array
 * moves nested bytes into place, while its packing into a stream measures nested messages again at
 * each level. What zlib has ready collects in `out` and goes to the sink when that is full.
 *
 * Strings live in one array, each followed by its NUL, in the order of their indices; an
 * open-addressing table of indices finds them. They are written last, by finish.
 *
 * All memory comes from the caller's `struct mem`; zlib's blocks have their size in front of them,
 * since zlib does not tell it when it frees. */
#include "proto/writer.h"

#include <errno.h>
#include <string.h>
#include <zlib.h>

#include "proto/hash.h"
#include "proto/profile.pb-c.h"

enum { OUT_BYTES = 16384, FIRST_SLOTS = 256 };

typedef Perftools__Profiles__Profile pb_profile;
typedef Perftools__Profiles__ValueType pb_value_type;
typedef Perftools__Profiles__Sample pb_sample;
typedef Perftools__Profiles__Label pb_label;
typedef Perftools__Profiles__Mapping pb_mapping;
typedef Perftools__Profiles__Location pb_location;
typedef Perftools__Profiles__Line pb_line;
typedef Perftools__Profiles__Function pb_function;

/* An array that only grows; `bytes` is its size. */
struct scratch {
    void *at;
    size_t bytes;
};

/* String i is its `n` bytes at text + offset. */
struct string {
    uint64_t hash;
    size_t offset, n;
};

struct strings {
    struct scratch text;    /* chars, text_used of them in use */
    struct scratch strings; /* struct string, `count` of them in use */
    struct scratch slots;   /* uint32_t: string index, 0 for an empty slot ("" needs none) */
    size_t text_used, count;
    size_t n_slots; /* a power of two, more than count * 4 / 3; 0 before the first string */
};

struct pprof_writer {
    struct mem mem;
    pprof_sink_fn *sink;
    void *sink_ctx;
    int error; /* the first one, negative */
    struct strings strings;
    struct scratch packed;   /* the message being written */
    struct scratch nested;   /* its labels or lines */
    struct scratch pointers; /* to each of them */
    z_stream deflate;
    unsigned char out[OUT_BYTES];
};

/* ---- memory */

static void fail(struct pprof_writer *w, int error) {
    if (w->error == 0)
        w->error = error;
}

/* Makes room for `count` elements; returns false, with the error kept, when there is none. */
static bool scratch_reserve(struct pprof_writer *w, struct scratch *s, size_t count, size_t size) {
    size_t need, bytes = s->bytes ? s->bytes : 1024;
    void *at;

    if (__builtin_mul_overflow(count, size, &need)) {
        fail(w, -ENOMEM);
        return false;
    }
    if (need <= s->bytes)
        return true;
    while (bytes < need)
        bytes = bytes > SIZE_MAX / 2 ? need : bytes * 2;
    at = w->mem.resize(w->mem.ctx, s->at, s->bytes, bytes);
    if (!at) {
        fail(w, -ENOMEM);
        return false;
    }
    *s = (struct scratch){.at = at, .bytes = bytes};
    return true;
}

static void scratch_release(struct pprof_writer *w, struct scratch *s) {
    if (s->at)
        w->mem.resize(w->mem.ctx, s->at, s->bytes, 0);
    *s = (struct scratch){0};
}

/* A union for its alignment, which zlib's structs need behind it. */
union zblock {
    size_t bytes;
    max_align_t align;
};

static voidpf zlib_alloc(voidpf ctx, uInt items, uInt size) {
    struct pprof_writer *w = ctx;
    size_t bytes = sizeof(union zblock) + (size_t)items * size;
    union zblock *block = w->mem.resize(w->mem.ctx, NULL, 0, bytes);

    if (!block)
        return NULL;
    block->bytes = bytes;
    return block + 1;
}

static void zlib_free(voidpf ctx, voidpf address) {
    struct pprof_writer *w = ctx;
    union zblock *block = (union zblock *)address - 1;

    w->mem.resize(w->mem.ctx, block, block->bytes, 0);
}

/* ---- the compressed stream */

static void out_flush(struct pprof_writer *w) {
    size_t n = OUT_BYTES - w->deflate.avail_out;
    int err = w->error == 0 && n > 0 ? w->sink(w->sink_ctx, w->out, n) : 0;

    if (err < 0)
        fail(w, err);
    w->deflate.next_out = w->out;
    w->deflate.avail_out = OUT_BYTES;
}

/* Compresses what next_in holds, all of it, and with Z_FINISH the end of the stream. */
static void deflate_input(struct pprof_writer *w, int flush) {
    int rc = Z_OK;

    while (w->error == 0 &&
           (w->deflate.avail_in > 0 || (flush == Z_FINISH && rc != Z_STREAM_END))) {
        if (w->deflate.avail_out == 0)
            out_flush(w);
        rc = deflate(&w->deflate, flush);
        if (rc == Z_STREAM_ERROR)
            fail(w, -EIO);
    }
}

/* A piece at a time, since zlib counts input in an unsigned int. */
static void compress_bytes(struct pprof_writer *w, const uint8_t *bytes, size_t n) {
    const size_t max_piece = 1u << 30;

    while (n > 0 && w->error == 0) {
        size_t piece = n < max_piece ? n : max_piece;
        w->deflate.next_in = (Bytef *)bytes;
        w->deflate.avail_in = (uInt)piece;
        deflate_input(w, Z_NO_FLUSH);
        bytes += piece;
        n -= piece;
    }
}

static void write_profile(struct pprof_writer *w, const pb_profile *p) {
    size_t n;

    if (w->error != 0)
        return;
    n = protobuf_c_message_get_packed_size(&p->base);
    if (!scratch_reserve(w, &w->packed, n, 1))
        return;
    protobuf_c_message_pack(&p->base, w->packed.at);
    compress_bytes(w, w->packed.at, n);
}

/* ---- strings */

static const char *string_text(const struct strings *s, size_t index) {
    const struct string *string = (const struct string *)s->strings.at + index;
    return (const char *)s->text.at + string->offset;
}

/* The slot that holds the string, or the empty one where it belongs. */
static uint32_t *string_slot(const struct strings *s, const char *text, size_t n, uint64_t hash) {
    const struct string *all = s->strings.at;
    uint32_t *slots = s->slots.at;
    size_t i = hash & (s->n_slots - 1);

    for (;; i = (i + 1) & (s->n_slots - 1)) {
        const struct string *at = &all[slots[i]];
        if (slots[i] == 0)
            return &slots[i];
        if (at->hash == hash && at->n == n && memcmp(string_text(s, slots[i]), text, n) == 0)
            return &slots[i];
    }
}

/* Makes room in the table for one more string. */
static bool slots_reserve(struct pprof_writer *w) {
    struct strings *s = &w->strings;
    const struct string *all = s->strings.at;
    size_t n = s->n_slots ? s->n_slots * 2 : FIRST_SLOTS;
    uint32_t *slots;

    if ((s->count + 1) * 4 < s->n_slots * 3)
        return true;
    if (s->count >= UINT32_MAX / 2) {
        fail(w, -EOVERFLOW);
        return false;
    }
    if (!scratch_reserve(w, &s->slots, n, sizeof(uint32_t)))
        return false;
    slots = s->slots.at;
    memset(slots, 0, n * sizeof(uint32_t));
    s->n_slots = n;
    for (size_t index = 1; index < s->count; index++) {
        size_t i = all[index].hash & (n - 1);
        while (slots[i] != 0)
            i = (i + 1) & (n - 1);
        slots[i] = (uint32_t)index;
    }
    return true;
}

/* Appends a string and its NUL; returns false, with the error kept, when there is no memory. */
static bool string_append(struct pprof_writer *w, const char *text, size_t n, uint64_t hash) {
    struct strings *s = &w->strings;
    char *at;

    if (!scratch_reserve(w, &s->strings, s->count + 1, sizeof(struct string)))
        return false;
    if (n >= SIZE_MAX - s->text_used) {
        fail(w, -ENOMEM);
        return false;
    }
    if (!scratch_reserve(w, &s->text, s->text_used + n + 1, 1))
        return false;
    at = (char *)s->text.at + s->text_used;
    if (n > 0)
        memcpy(at, text, n);
    at[n] = '\0';
    ((struct string *)s->strings.at)[s->count++] =
        (struct string){.hash = hash, .offset = s->text_used, .n = n};
    s->text_used += n + 1;
    return true;
}

int64_t pprof_writer_string_n(struct pprof_writer *w, const char *text, size_t n) {
    uint64_t hash;
    uint32_t *slot;

    if (text)
        n = strnlen(text, n);
    if (!text || n == 0 || w->error != 0)
        return 0;
    hash = hash_bytes(text, n, 0);
    if (!slots_reserve(w))
        return 0;
    slot = string_slot(&w->strings, text, n, hash);
    if (*slot != 0)
        return *slot;
    if (!string_append(w, text, n, hash))
        return 0;
    *slot = (uint32_t)(w->strings.count - 1);
    return *slot;
}

int64_t pprof_writer_string(struct pprof_writer *w, const char *s) {
    return s ? pprof_writer_string_n(w, s, strlen(s)) : 0;
}

/* Some hundred strings to a message: a message each would cost more than its string. */
static void write_strings(struct pprof_writer *w) {
    char *batch[256];
    pb_profile p = PERFTOOLS__PROFILES__PROFILE__INIT;

    p.string_table = batch;
    for (size_t i = 0; i < w->strings.count && w->error == 0; i++) {
        batch[p.n_string_table++] = (char *)string_text(&w->strings, i);
        if (p.n_string_table == sizeof(batch) / sizeof(batch[0]) || i + 1 == w->strings.count) {
            write_profile(w, &p);
            p.n_string_table = 0;
        }
    }
}

/* ---- the messages of a Profile */

static pb_value_type value_type(struct pprof_writer *w, const char *type, const char *unit) {
    pb_value_type v = PERFTOOLS__PROFILES__VALUE_TYPE__INIT;

    v.type = pprof_writer_string(w, type);
    v.unit = pprof_writer_string(w, unit);
    return v;
}

void pprof_write_sample_type(struct pprof_writer *w, const char *type, const char *unit) {
    pb_value_type v = value_type(w, type, unit), *list[1] = {&v};
    pb_profile p = PERFTOOLS__PROFILES__PROFILE__INIT;

    p.sample_type = list;
    p.n_sample_type = 1;
    write_profile(w, &p);
}

void pprof_write_period(struct pprof_writer *w, const char *type, const char *unit,
                        int64_t period) {
    pb_value_type v = value_type(w, type, unit);
    pb_profile p = PERFTOOLS__PROFILES__PROFILE__INIT;

    p.period_type = &v;
    p.period = period;
    write_profile(w, &p);
}

void pprof_write_default_sample_type(struct pprof_writer *w, const char *type) {
    pb_profile p = PERFTOOLS__PROFILES__PROFILE__INIT;

    p.default_sample_type = pprof_writer_string(w, type);
    write_profile(w, &p);
}

void pprof_write_time(struct pprof_writer *w, int64_t time_nanos, int64_t duration_nanos) {
    pb_profile p = PERFTOOLS__PROFILES__PROFILE__INIT;

    p.time_nanos = time_nanos;
    p.duration_nanos = duration_nanos;
    write_profile(w, &p);
}

void pprof_write_comment(struct pprof_writer *w, const char *text) {
    int64_t list[1] = {pprof_writer_string(w, text)};
    pb_profile p = PERFTOOLS__PROFILES__PROFILE__INIT;

    p.comment = list;
    p.n_comment = 1;
    write_profile(w, &p);
}

void pprof_write_drop_keep(struct pprof_writer *w, const char *drop_frames,
                           const char *keep_frames) {
    pb_profile p = PERFTOOLS__PROFILES__PROFILE__INIT;

    p.drop_frames = pprof_writer_string(w, drop_frames);
    p.keep_frames = pprof_writer_string(w, keep_frames);
    write_profile(w, &p);
}

void pprof_write_doc_url(struct pprof_writer *w, const char *url) {
    pb_profile p = PERFTOOLS__PROFILES__PROFILE__INIT;

    p.doc_url = pprof_writer_string(w, url);
    write_profile(w, &p);
}

/* Room for n nested messages and a list of pointers to them. */
static bool nested_reserve(struct pprof_writer *w, size_t n, size_t size) {
    return w->error == 0 && scratch_reserve(w, &w->nested, n, size) &&
           scratch_reserve(w, &w->pointers, n, sizeof(void *));
}

void pprof_write_sample(struct pprof_writer *w, const uint64_t *location_ids, size_t n_locations,
                        const int64_t *values, size_t n_values,
                        const struct pprof_wire_label *labels, size_t n_labels) {
    pb_profile p = PERFTOOLS__PROFILES__PROFILE__INIT;
    pb_sample sample = PERFTOOLS__PROFILES__SAMPLE__INIT, *list[1] = {&sample};
    pb_label *nested;

    if (!nested_reserve(w, n_labels, sizeof(pb_label)))
        return;
    nested = w->nested.at;
    sample.label = w->pointers.at;
    for (size_t i = 0; i < n_labels; i++) {
        nested[i] = (pb_label)PERFTOOLS__PROFILES__LABEL__INIT;
        nested[i].key = labels[i].key;
        nested[i].str = labels[i].str;
        nested[i].num = labels[i].num;
        nested[i].num_unit = labels[i].num_unit;
        sample.label[i] = &nested[i];
    }
    sample.n_label = n_labels;
    sample.location_id = (uint64_t *)location_ids;
    sample.n_location_id = n_locations;
    sample.value = (int64_t *)values;
    sample.n_value = n_values;
    p.sample = list;
    p.n_sample = 1;
    write_profile(w, &p);
}

void pprof_write_location(struct pprof_writer *w, uint64_t id, uint64_t mapping_id,
                          uint64_t address, const struct pprof_wire_line *lines, size_t n_lines,
                          bool is_folded) {
    pb_profile p = PERFTOOLS__PROFILES__PROFILE__INIT;
    pb_location location = PERFTOOLS__PROFILES__LOCATION__INIT, *list[1] = {&location};
    pb_line *nested;

    if (!nested_reserve(w, n_lines, sizeof(pb_line)))
        return;
    nested = w->nested.at;
    location.line = w->pointers.at;
    for (size_t i = 0; i < n_lines; i++) {
        nested[i] = (pb_line)PERFTOOLS__PROFILES__LINE__INIT;
        nested[i].function_id = lines[i].function_id;
        nested[i].line = lines[i].line;
        nested[i].column = lines[i].column;
        location.line[i] = &nested[i];
    }
    location.n_line = n_lines;
    location.id = id;
    location.mapping_id = mapping_id;
    location.address = address;
    location.is_folded = is_folded;
    p.location = list;
    p.n_location = 1;
    write_profile(w, &p);
}

void pprof_write_mapping(struct pprof_writer *w, const struct pprof_wire_mapping *m) {
    pb_profile p = PERFTOOLS__PROFILES__PROFILE__INIT;
    pb_mapping mapping = PERFTOOLS__PROFILES__MAPPING__INIT, *list[1] = {&mapping};

    mapping.id = m->id;
    mapping.memory_start = m->memory_start;
    mapping.memory_limit = m->memory_limit;
    mapping.file_offset = m->file_offset;
    mapping.filename = m->filename;
    mapping.build_id = m->build_id;
    mapping.has_functions = m->has_functions;
    mapping.has_filenames = m->has_filenames;
    mapping.has_line_numbers = m->has_line_numbers;
    mapping.has_inline_frames = m->has_inline_frames;
    p.mapping = list;
    p.n_mapping = 1;
    write_profile(w, &p);
}

void pprof_write_function(struct pprof_writer *w, const struct pprof_wire_function *f) {
    pb_profile p = PERFTOOLS__PROFILES__PROFILE__INIT;
    pb_function function = PERFTOOLS__PROFILES__FUNCTION__INIT, *list[1] = {&function};

    function.id = f->id;
    function.name = f->name;
    function.system_name = f->system_name;
    function.filename = f->filename;
    function.start_line = f->start_line;
    p.function = list;
    p.n_function = 1;
    write_profile(w, &p);
}

/* ---- life */

static void writer_free(struct pprof_writer *w) {
    struct mem mem = w->mem;

    scratch_release(w, &w->pointers);
    scratch_release(w, &w->nested);
    scratch_release(w, &w->packed);
    scratch_release(w, &w->strings.slots);
    scratch_release(w, &w->strings.strings);
    scratch_release(w, &w->strings.text);
    mem.resize(mem.ctx, w, sizeof(*w), 0);
}

struct pprof_writer *pprof_writer_new(const struct mem *mem, pprof_sink_fn *sink, void *sink_ctx,
                                      int level) {
    const int window_bits =
        15 + 16; /* + 16: a gzip header, which without more has no time, no name */
    struct pprof_writer *w = mem->resize(mem->ctx, NULL, 0, sizeof(*w));

    if (!w)
        return NULL;
    memset(w, 0, offsetof(struct pprof_writer, out));
    w->mem = *mem;
    w->sink = sink;
    w->sink_ctx = sink_ctx;
    w->deflate.zalloc = zlib_alloc;
    w->deflate.zfree = zlib_free;
    w->deflate.opaque = w;
    w->deflate.next_out = w->out;
    w->deflate.avail_out = OUT_BYTES;
    if (deflateInit2(&w->deflate, level, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
        writer_free(w);
        return NULL;
    }
    /* The empty string, at index 0, is in every table. */
    if (!string_append(w, "", 0, 0)) {
        deflateEnd(&w->deflate);
        writer_free(w);
        return NULL;
    }
    return w;
}

int pprof_writer_finish(struct pprof_writer *w) {
    int error;

    write_strings(w);
    w->deflate.avail_in = 0;
    deflate_input(w, Z_FINISH);
    out_flush(w);
    error = w->error;
    deflateEnd(&w->deflate);
    writer_free(w);
    return error;
}
